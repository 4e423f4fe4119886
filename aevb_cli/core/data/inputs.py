"""A network's input for a row: numbers standardised and optionally encoded, words one-hot, and missing indicators."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aevb_cli.core.data.layout import Layout
from aevb_cli.core.data.rows import in_parts, known, present_cells, sample
from aevb_cli.core.data.stand_ins import stand_ins

_FURTHEST = 3.0
"""How many standard deviations beyond the training range a number counts as at most."""

_REACH = 4.0
"""Standard deviations on either side of the mean that the periodic encoding covers."""


class Standardising(Protocol):
    """What turns columns into what networks see: numbers of zero mean and unit standard deviation, or nearly so."""

    def standardise(self, values: Tensor) -> Tensor:
        """From units, in single precision. values: (..., D)."""


@dataclass(frozen=True)
class Inputs(Layout):
    """The layout of a network's input, taken from a table and applied to rows."""

    @classmethod
    def fit(
        cls, x: Tensor, features: Standardising, categories: Sequence[int], bins: int = 0, frequencies: int = 0
    ) -> "Inputs":
        """Derive the layout from the training rows. x: (N, D), in units, NaN where missing.

        categories: (D,), the number of words of each column, 0 for numbers; bins, frequencies: of encodings, 0: none.
        """
        masked = known(x) < len(x)
        low, high = _range(x, features, categories)
        edges, seen = [], features.standardise(sample(x))
        for column, count in zip(seen.unbind(1), categories, strict=True):
            cells = present_cells(column) if bins and not count else column[:0]
            ends = torch.quantile(cells, torch.linspace(0, 1, bins + 1)).unique() if len(cells) else cells
            edges.append(tuple(ends.tolist()) if len(ends) > 2 else ())
        gaps = tuple(masked.tolist())
        return cls(tuple(categories), gaps, tuple(edges), frequencies, low, high, stand_ins(seen, gaps))

    @property
    def encodings(self) -> Tensor:
        """Which inputs are encodings of a number that is also given plainly, (width,) of bool."""
        found: list[bool] = []
        for place in range(len(self.categories)):
            plain, encodings, masked = self._counts(place)
            found += [False] * plain + [True] * encodings + [False] * masked
        return torch.tensor(found)

    def of(self, place: int) -> slice:
        """The inputs of a column."""
        first = sum(sum(self._counts(before)) for before in range(place))
        return slice(first, first + sum(self._counts(place)))

    @property
    def frequency(self) -> Tensor:
        """Which frequency of the periodic encoding an input is, counted from 1; 0 for others. (width,)."""
        found: list[int] = []
        for place in range(len(self.categories)):
            plain, encodings, masked = self._counts(place)
            waves = list(range(1, self.frequencies + 1)) * 2 if encodings else []
            found += [0] * (plain + encodings - len(waves)) + waves + [0] * masked
        return torch.tensor(found)

    @property
    def plain(self) -> bool:
        """Whether every column is a number that is never missing and has no encoding: inputs are rows."""
        return not (any(self.categories) or any(self.masked) or any(self.edges) or self.frequencies)

    @property
    def _edges(self) -> tuple[tuple[float, ...], ...]:
        return self.edges or ((),) * len(self.categories)

    def __call__(self, x: Tensor) -> Tensor:
        """Lay out rows. x: (N, D), numbers standardised, words as codes, NaN where missing. Returns (N, width).

        A missing number is set to its mean, 0; a missing or new word is 0 in all one-hot inputs.
        """
        return self.inside(self._bounded(x))

    def inside(self, x: Tensor) -> Tensor:
        """Lay out rows within the range of the training rows, as these are themselves. x, result: as of a call."""
        if self.plain:
            return x.nan_to_num()
        parts = []
        for values, count, masked, edges in zip(x.unbind(1), self.categories, self.masked, self._edges, strict=True):
            present = ~values.isnan()
            if count:
                codes = torch.where(present, values, -1).long()
                parts.append((codes[:, None] == torch.arange(count, device=x.device)).to(x.dtype))
            else:
                parts += self._encoded(values.nan_to_num()[:, None], edges)
            if masked:
                parts.append(present.to(x.dtype)[:, None])
        return torch.cat(parts, 1)

    def _bounded(self, x: Tensor) -> Tensor:
        """The rows with numbers beyond the training range drawn towards it: networks extrapolate without bound.

        Up to one standard deviation beyond it they stay as they are. Further out the distance still grows, so that the
        epistemic spread does not shrink, but nears _FURTHEST.
        """
        if not self.low:
            return x
        low, high = (torch.tensor(each, dtype=x.dtype, device=x.device) for each in (self.low, self.high))
        inside = x.clamp(low, high)
        beyond = x - inside
        further = (beyond.abs() - 1).clamp(min=0)
        bounded = 1 + further / (1 + further / (_FURTHEST - 1))
        return torch.where(further > 0, inside + beyond.sign() * bounded, x)

    def _encoded(self, value: Tensor, edges: tuple[float, ...]) -> list[Tensor]:
        """A number as it is, its piecewise-linear encoding, and its sines and cosines. value: (N, 1)."""
        parts = [value]
        if edges:
            ends = torch.tensor(edges, dtype=value.dtype, device=value.device)
            parts.append(((value - ends[:-1]) / ends.diff()).clamp(0, 1) - 0.5)
        if self.frequencies:
            doubled = 2.0 ** torch.arange(self.frequencies, device=value.device)
            angle = value.clamp(-_REACH, _REACH) * (math.pi / 4 * doubled).to(value.dtype)
            parts += [angle.sin(), angle.cos()]
        return parts


def _range(
    x: Tensor, features: Standardising, categories: Sequence[int]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The standardised range of each column of numbers; of words one that holds every code, that of a new one too."""
    low, high = (
        torch.full((x.shape[1],), torch.inf, dtype=x.dtype),
        torch.full((x.shape[1],), -torch.inf, dtype=x.dtype),
    )
    for part in in_parts(x):
        low = torch.minimum(low, part.nan_to_num(torch.inf).amin(0))
        high = torch.maximum(high, part.nan_to_num(-torch.inf).amax(0))
    words = torch.tensor(categories)
    low, high = (features.standardise(end) for end in (low, high))
    return tuple(torch.where(words > 0, -1, low).tolist()), tuple(torch.where(words > 0, words, high).tolist())
