"""Columns of several families: which of a network's outputs belong to which column.

The columns of one family form a block, which is computed at once, however many columns it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import torch
from torch import Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Distribution, Family
from aevb_cli.core.families.beta_binomial import BetaBinomialFamily
from aevb_cli.core.families.joint import Joint, JointLocationScale, taken
from aevb_cli.core.families.location_scale import LocationScale
from aevb_cli.core.families.mixtures import Index


@dataclass(frozen=True)
class Block:
    """The columns of one family.

    columns: their indices; outputs: for each raw value that is an output of the network, its indices in the order of
    the columns (for words one matrix, (columns, words), -1 where a column has fewer); constants: for each raw value
    that is learned once, its indices among the constants; words: how many each column has, where all have as many and
    their outputs follow each other.
    """

    family: Family
    columns: Index
    outputs: tuple[Index, ...]
    constants: tuple[Index, ...]
    words: int = 0

    def raw(self, out: Tensor, constants: Tensor, dim: int = -1) -> list[Tensor]:
        """The block's raw values. out, constants: all outputs and constants along `dim`; they broadcast elsewhere.

        Those of words have a last dimension more.
        """
        if self.words:
            return [taken(out, self.outputs[0], dim).unflatten(dim, (-1, self.words)).movedim(dim % out.dim() + 1, -1)]
        return [taken(out, index, dim) for index in self.outputs] + [
            taken(constants, index, dim) for index in self.constants
        ]

    def at(self, number: int) -> Tensor:
        """Where the outputs of one of its columns stand, by its place in the block, (outputs,)."""
        if self.words:
            return self.outputs[0].start + number * self.words + torch.arange(self.words)  # type: ignore[union-attr]
        return torch.tensor([index.start + number for index in self.outputs])  # type: ignore[union-attr]

    def values(self, z: Tensor, dim: int = -1) -> Tensor:
        """The block's columns of z. z: all columns along `dim`."""
        return z if self.columns == slice(None) else taken(z, self.columns, dim)

    def put(self, gradient: Sequence[Tensor], into: Tensor) -> None:
        """Write the derivatives by the network's outputs, (..., columns), to their places in `into`, (..., outputs)."""
        for each, index in zip(gradient, self.outputs, strict=False):
            if self.ragged:
                present = index >= 0  # type: ignore[operator]
                into[..., index[present]] = each[..., present]  # type: ignore[index]
            else:
                into[..., index] = each

    @property
    def ragged(self) -> bool:
        """Whether each column has several outputs, perhaps fewer than another column."""
        return isinstance(self.outputs[0], Tensor) and self.outputs[0].dim() == 2


@dataclass(frozen=True)
class Columns:
    """The families of D columns.

    families: one for each column.

    Order of the outputs: columns of numbers block by block, in each all locations and then all raw scales; then the
    other columns one by one, each with its logits. The constants have the same order; other columns have none.
    """

    families: tuple[Family, ...]

    @classmethod
    def named(cls, names: Sequence[str], words: Sequence[int]) -> "Columns":
        """From the families' names. words: each column's number of words or, if beta-binomial, of levels; else 0."""
        found = (FAMILIES[name].of(count) for name, count in zip(names, words, strict=True))
        return cls(tuple(found))

    @property
    def names(self) -> tuple[str, ...]:
        """Each column's family by name."""
        return tuple(family.name for family in self.families)

    @property
    def width(self) -> int:
        """The number of a network's outputs."""
        return sum(family.outputs for family in self.families)

    @property
    def constants(self) -> int:
        """The number of constants, learned once for each member."""
        return sum(family.constants for family in self.families)

    @property
    def levels(self) -> list[int]:
        """How many levels each column has that is beta-binomial, 0 of others."""
        return [family.levels[0] if isinstance(family, BetaBinomialFamily) else 0 for family in self.families]

    @property
    def standardised(self) -> list[bool]:
        """Which columns are standardised: those of numbers."""
        return [family.kind == "number" for family in self.families]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """A block for each family, numbers first."""
        places = {name: [place for place, each in enumerate(self.names) if each == name] for name in FAMILIES}
        numbers = [name for name in FAMILIES if places[name] and FAMILIES[name].kind != "class"]
        others = [name for name in FAMILIES if places[name] and name not in numbers]
        blocks, output, constant = [], 0, 0
        for name in numbers:
            blocks.append(self._of_numbers(places[name], output, constant))
            output += len(places[name]) * FAMILIES[name].outputs
            constant += len(places[name]) * FAMILIES[name].constants
        rest = {}
        for place, family in enumerate(self.families):
            if family.name in others:
                rest[place] = range(output, output := output + family.outputs)
        return (*blocks, *(self._of_others(places[name], rest) for name in others))

    @cached_property
    def start(self) -> Tensor:
        """The constants' first raw values, (constants,)."""
        values = torch.zeros(self.constants)
        for block in self.blocks:
            first = block.family.start[len(block.outputs) :] if block.constants else ()
            for index, value in zip(block.constants, first, strict=True):
                values[index] = value
        return values

    def __call__(self, out: Tensor, constants: Tensor) -> Distribution:
        """The columns' distribution, of shape (..., D). out: (..., width); constants: (..., constants), broadcasts."""
        parts = tuple(block.family(*block.raw(out, constants)) for block in self.blocks)
        return parts[0] if len(parts) == 1 else Joint(parts, tuple(block.columns for block in self.blocks))

    def of(self, raw: Sequence[Tensor], constants: Tensor) -> "LocationScale | JointLocationScale":
        """The distribution of columns of numbers. raw: locations and raw scales, (..., D) each."""
        parts = tuple(
            cast(
                LocationScale,
                block.family(
                    *(block.values(each) for each in raw), *(taken(constants, index, -1) for index in block.constants)
                ),
            )
            for block in self.blocks
        )
        return parts[0] if len(parts) == 1 else JointLocationScale(parts, tuple(block.columns for block in self.blocks))

    def gradient(
        self, out: Tensor, constants: Tensor, z: Tensor, *, complete: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """The derivatives of sum_d log p(z_d) by outputs and by constants, for each row.

        out: (..., M, width); z: (M, D), NaN where missing, which adds nothing; complete: no cell is missing, which
        saves time. Returns (..., M, width), and a tensor (..., M, columns) for each constant of each block.
        """
        parts, by_constants = [], []
        for block in self.blocks:
            values = block.values(z)
            found = block.family.gradient(block.raw(out, constants), values if complete else values.nan_to_num())
            if not complete:
                known = (values * 0 + 1).nan_to_num()  # 1 or 0: torch takes ten times as long to fill by a mask
                found = [each * (known[..., None] if block.ragged else known) for each in found]
            parts.append(found[: len(block.outputs)])
            by_constants += found[len(block.outputs) :]
        if len(parts) == 1 and not self.blocks[0].ragged:  # the outputs as they stand
            return torch.cat(parts[0], -1) if len(parts[0]) > 1 else parts[0][0], by_constants
        by_out = out.new_empty(out.shape)
        for block, part in zip(self.blocks, parts, strict=True):
            block.put(part, by_out)
        return by_out, by_constants

    def _of_numbers(self, places: list[int], output: int, constant: int) -> Block:
        first, *others = (self.families[place] for place in places)
        family, count = first.joined(others), len(places)
        columns = slice(None) if count == len(self.families) else index_of(places)
        return Block(
            family, columns, in_turn(output, count, family.outputs), in_turn(constant, count, family.constants)
        )

    def _of_others(self, places: list[int], outputs: dict[int, range]) -> Block:
        """The block of columns of words, or of 0 and 1. outputs: each column's indices."""
        columns = slice(None) if len(places) == len(self.families) else index_of(places)
        family = self.families[places[0]]
        if family.name != "categorical":
            return Block(family, columns, (index_of([outputs[place].start for place in places]),), ())
        most = max(len(outputs[place]) for place in places)
        logits = torch.tensor([[*outputs[place], *[-1] * (most - len(outputs[place]))] for place in places])
        return Block(family, columns, (logits,), ())


def in_turn(start: int, count: int, number: int) -> tuple[slice, ...]:
    """A slice of `count` indices for each of `number` raw values."""
    return tuple(slice(start + count * each, start + count * (each + 1)) for each in range(number))


def index_of(places: Sequence[int]) -> Index:
    """Places as an index: a slice where they are consecutive, since it copies nothing."""
    first, count = places[0], len(places)
    return slice(first, first + count) if list(places) == list(range(first, first + count)) else torch.tensor(places)
