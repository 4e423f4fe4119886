"""Units: what columns are turned into for the networks, which see numbers of zero mean and unit standard deviation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from aevb_cli.core.data.rows import in_parts, known, present_cells, total
from aevb_cli.core.shares import LOG_SLOPE, squeezed, stretched
from aevb_cli.settings import Levels, Unit

Restored_co = TypeVar("Restored_co", covariant=True)


class Standardised(Protocol[Restored_co]):
    """A distribution of standardised columns: `families.base.Distribution`."""

    def within(self, low: Tensor, high: Tensor) -> "Standardised[Restored_co]":
        """The distribution drawn in to where training rows lie."""

    def affine(self, shift: Tensor, scale: Tensor) -> Restored_co:
        """The distribution in units."""


_FORWARD: dict[Unit, Callable[[Tensor], Tensor]] = {"log": torch.log, "logit": lambda z: squeezed(z).logit()}
_BACKWARD: dict[Unit, Callable[[Tensor], Tensor]] = {"log": torch.exp, "logit": lambda u: stretched(u.sigmoid())}
_PROBABLE = frozenset[Unit](("plain", "levels", "pair"))
"""Of values that have probabilities, not densities."""


@dataclass(frozen=True)
class Scaling:
    """Each column's location and scale, over its present cells. loc, scale: (D,), float64.

    units: what is standardised, none where it is every column itself: "standard"; the "log" or "logit" of it; "mean":
    it is divided by its mean; "levels": whole numbers are counted from the lowest one; "pair": two values become 0
    and 1; "plain": it stays. stretch: (D,), the mean log slope of log or logit over the training rows.
    ends: (2, D), the lowest and highest standardised value of them; None where all units are "standard".
    """

    loc: Tensor
    scale: Tensor
    units: tuple[Unit, ...] = ()
    stretch: Tensor | None = field(default=None, compare=False)
    ends: Tensor | None = field(default=None, compare=False)

    @classmethod
    def fit(cls, values: Tensor, kept: Tensor | None = None, units: Sequence[Unit] = ()) -> "Scaling":
        """Compute both from the training rows. values: (N, D) in units, NaN where missing.

        kept: (D,) of bool, the columns to leave as they are: codes of words, or 0 and 1.
        """
        units = () if set(units) <= {"standard"} else tuple(units)
        empty = cls(torch.zeros(values.shape[1]).double(), torch.ones(values.shape[1]).double(), units)
        count = known(values)
        loc = total(values, lambda part: empty.transformed(part).nansum(0)) / count
        scale = (total(values, lambda part: (empty.transformed(part) - loc).square().nansum(0)) / count).sqrt()
        if kept is not None:
            loc, scale = torch.where(kept, 0, loc), torch.where(kept, 1, scale)
        if not units:
            return cls(loc, scale)
        for place, unit in enumerate(units):
            cells = present_cells(values[:, place])
            if unit == "mean":
                loc[place], scale[place] = 0, cells.mean()
            elif unit in _PROBABLE:
                loc[place] = 0 if unit == "plain" else cells.min()
                scale[place] = cells.max() - loc[place] if unit == "pair" else 1
        stretch = total(values, lambda part: empty._slopes(part).nansum(0)) / count
        found, low, high = cls(loc, scale, units, stretch), torch.zeros_like(loc), torch.zeros_like(loc)
        for part in in_parts(values):
            own = found.standardise(part).double().nan_to_num(0)
            low, high = torch.minimum(low, own.amin(0)), torch.maximum(high, own.amax(0))
        return replace(found, ends=torch.stack([low, high]))

    def counted_from(self, levels: Mapping[int, Levels]) -> "Scaling":
        """The same, but with the lowest levels of columns whose range is known to be larger than their cells'."""
        loc = self.loc.clone()
        for place, (low, _) in levels.items():
            loc[place] = low
        return replace(self, loc=loc)

    def transformed(self, values: Tensor) -> Tensor:
        """The values, or their log or logit. values: (..., D)."""
        return self._each(values, _FORWARD)

    def standardise(self, values: Tensor) -> Tensor:
        """From units to standardised values, in single precision. values: (..., D)."""
        return ((self.transformed(values) - self.loc) / self.scale).float()

    def restore(self, standardised: Tensor) -> Tensor:
        """From standardised values to units, in double precision; classes stay codes. standardised: (..., D)."""
        if not self.units:
            return self.loc + self.scale * standardised
        classes = torch.tensor([unit == "pair" for unit in self.units])
        restored = torch.where(classes, 0, self.loc) + torch.where(classes, 1, self.scale) * standardised
        return self._each(restored, _BACKWARD)

    def coded(self, values: Tensor) -> Tensor:
        """Values in units, but those of two classes as 0 and 1. values: (..., D)."""
        if "pair" not in self.units:
            return values
        pair = torch.tensor([unit == "pair" for unit in self.units])
        return torch.where(pair, (values - self.loc) / self.scale, values)

    def in_units(self, p: Standardised[Restored_co]) -> Restored_co:
        """A distribution of the columns in units, drawn in to training rows as `within` has it. p: (..., D)."""
        return (p if self.ends is None else p.within(*self.ends)).affine(self.loc, self.scale)

    @property
    def log_jacobian(self) -> Tensor:
        """What turns a log-density per standardised unit into one per unit, in nats per row.

        It is -sum_d log scale_d, and with a log or logit the mean log slope; classes and counts have probabilities.
        """
        if not self.units:
            return -torch.log(self.scale).sum()
        numbers = torch.tensor([unit not in _PROBABLE for unit in self.units])
        slopes = 0 if self.stretch is None else self.stretch.sum()
        return slopes - torch.log(torch.where(numbers, self.scale, 1)).sum()

    def log_slopes(self, values: Tensor) -> Tensor:
        """What each cell adds to turn a log-density per standardised unit into one per unit. values: (N, D), in units.

        NaN where a cell is missing.
        """
        found = torch.where(values.isnan(), torch.nan, -torch.log(self.scale))
        return found + self._slopes(values.double()) if {"log", "logit"} & set(self.units) else found

    def _slopes(self, values: Tensor) -> Tensor:
        """The log slopes of the transformations, 0 where there is none. values: (N, D)."""
        found = torch.zeros_like(values)
        for place, unit in enumerate(self.units):
            if unit == "log":
                found[:, place] = -values[:, place].log()
            elif unit == "logit":
                inside = squeezed(values[:, place])
                found[:, place] = LOG_SLOPE - inside.log() - (-inside).log1p()
        return found

    def _each(self, values: Tensor, functions: dict[Unit, Callable[[Tensor], Tensor]]) -> Tensor:
        """The values, each column by its unit's function, if that has one. values: (..., D)."""
        if not self.units or not functions.keys() & set(self.units):
            return values
        changed = [
            functions[unit](column) if unit in functions else column
            for unit, column in zip(self.units, values.unbind(-1), strict=True)
        ]
        return torch.stack(changed, -1)
