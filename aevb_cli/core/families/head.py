"""The targets' families: from a network's outputs to the distribution of all targets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Distribution, Family, Kind
from aevb_cli.core.families.columns import Block, in_turn, index_of
from aevb_cli.core.families.joint import Joint


@dataclass(frozen=True)
class Head:
    """The families of J targets.

    families: one for each target; location_only: the network's outputs are the locations, all else is learned once;
    gain, offset: (width,), the raw values are gain * output + offset; None where they are the outputs.

    Targets of one family, and of as many words, form a block. Order of the outputs: block by block, and in each all
    first raw values, then all second ones; of words those of each target. The constants have the same order.
    """

    families: tuple[Family, ...]
    location_only: bool = False
    gain: Tensor | None = field(default=None, compare=False)
    offset: Tensor | None = field(default=None, compare=False)

    @classmethod
    def named(cls, names: Sequence[str], words: Sequence[int], *, location_only: bool = False) -> "Head":
        """From the families' names. words: each target's number of words, 0 for numbers."""
        found = (FAMILIES[name].of(count) for name, count in zip(names, words, strict=True))
        return cls(tuple(found), location_only)

    @property
    def names(self) -> tuple[str, ...]:
        """Each target's family by name."""
        return tuple(family.name for family in self.families)

    def are(self, kind: Kind) -> list[bool]:
        """Which targets are of a kind, (J,)."""
        return [family.kind == kind for family in self.families]

    @property
    def width(self) -> int:
        """The number of a network's outputs."""
        return sum(map(self._outputs, self.families))

    @property
    def constants(self) -> int:
        """The number of constants, learned once for each member."""
        return sum(family.constants + family.outputs - self._outputs(family) for family in self.families)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """A block for each family and number of words."""
        blocks, output, constant = [], 0, 0
        for family, places in self._groups():
            count, outputs = len(places), self._outputs(family)
            learned = family.constants + family.outputs - outputs
            words = family.outputs if family.name == "categorical" else 0
            columns = slice(None) if count == len(self.families) else index_of(places)
            blocks.append(
                Block(
                    family,
                    columns,
                    (slice(output, output + count * words),) if words else in_turn(output, count, outputs),
                    in_turn(constant, count, learned),
                    words,
                )
            )
            output, constant = output + count * outputs, constant + count * learned
        return tuple(blocks)

    def fitted(self, z: Tensor) -> tuple["Head", Tensor]:
        """The head at whose outputs of 0 each target has the distribution of all rows, and its constants, (C,).

        z: (N, J), in the model's unit.
        """
        gain, offset = torch.ones(self.width), torch.zeros(self.width)
        start = torch.zeros(self.constants)
        for block, (_, places) in zip(self.blocks, self._groups(), strict=True):
            for number, place in enumerate(places):
                factors, values = block.family.marginal(z[:, place])
                count = block.words or len(block.outputs)
                gain[block.at(number)], offset[block.at(number)] = (
                    torch.tensor(each[:count], dtype=torch.float64).float() for each in (factors, values)
                )
                for index, value in zip(block.constants, values[count:], strict=True):
                    start[index.start + number] = value  # type: ignore[union-attr]
        if bool((gain == 1).all() and (offset == 0).all()):
            return self, start
        return replace(self, gain=gain, offset=offset), start

    def to(self, device: torch.device) -> "Head":
        """The head with its tensors on a device."""
        if self.gain is None or self.offset is None:
            return self
        return replace(self, gain=self.gain.to(device), offset=self.offset.to(device))

    def raw(self, out: Tensor, dim: int = -1) -> Tensor:
        """The raw values of all outputs along `dim`."""
        if self.gain is None or self.offset is None:
            return out
        shape = [-1 if place == dim % out.dim() else 1 for place in range(out.dim())]
        return torch.addcmul(self.offset.view(shape), out, self.gain.view(shape))

    def __call__(self, out: Tensor, constants: Tensor) -> Distribution:
        """The targets' distribution, of shape (..., J). out: (..., width); constants: (..., C), broadcasts."""
        out = self.raw(out)
        parts = tuple(self._about(block, block.family(*block.raw(out, constants))) for block in self.blocks)
        return parts[0] if len(parts) == 1 else Joint(parts, tuple(block.columns for block in self.blocks))

    def _about(self, block: Block, p: Distribution) -> Distribution:
        """With the raw values of all rows, about which a temperature draws in."""
        if p.kind != "class" or self.offset is None:
            return p
        return p.about(block.raw(self.offset, self.offset.new_empty(0))[0])

    def _groups(self) -> Iterator[tuple[Family, list[int]]]:
        """Each family, and number of words, with its targets' places."""
        for family in sorted(set(self.families), key=_order):
            yield family, [place for place, each in enumerate(self.families) if each == family]

    def _outputs(self, family: Family) -> int:
        return 1 if self.location_only and family.kind != "class" else family.outputs


def _order(family: Family) -> tuple[int, int]:
    return list(FAMILIES).index(family.name), family.outputs
