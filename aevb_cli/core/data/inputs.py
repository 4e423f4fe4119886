"""A network's input for a row: numbers standardised and optionally encoded, words one-hot, and missing indicators."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.data.layout import Layout
from aevb_cli.core.data.rows import known, sample
from aevb_cli.core.data.scaling import Scaling

_REACH = 4.0
"""Standard deviations on either side of the mean that the periodic encoding covers."""


@dataclass(frozen=True)
class Inputs(Layout):
    """The layout of a network's input, taken from a table and applied to rows."""

    @classmethod
    def fit(
        cls, x: Tensor, features: Scaling, categories: Sequence[int], bins: int = 0, frequencies: int = 0
    ) -> "Inputs":
        """Derive the layout from the training rows. x: (N, D), in units, NaN where missing.

        categories: (D,), the number of words of each column, 0 for numbers; bins, frequencies: of encodings, 0: none.
        """
        masked = known(x) < len(x)
        edges = []
        for column, count in zip(features.standardise(sample(x)).unbind(1), categories, strict=True):
            present = column[~column.isnan()]
            binned = bins and not count and len(present)
            ends = torch.quantile(present, torch.linspace(0, 1, bins + 1)).unique() if binned else present[:0]
            edges.append(tuple(ends.tolist()) if len(ends) > 2 else ())
        return cls(tuple(categories), tuple(masked.tolist()), tuple(edges), frequencies)

    @property
    def encodings(self) -> Tensor:
        """Which inputs are encodings of a number that is also given plainly, (width,) of bool."""
        found: list[bool] = []
        for place in range(len(self.categories)):
            plain, encodings, masked = self._counts(place)
            found += [False] * plain + [True] * encodings + [False] * masked
        return torch.tensor(found)

    def first(self, place: int) -> int:
        """The index of a column's first input."""
        return sum(sum(self._counts(before)) for before in range(place))

    @property
    def plain(self) -> bool:
        """Whether every column is a number that is never missing and has no encoding: input and row are the same."""
        return not (any(self.categories) or any(self.masked) or any(self.edges) or self.frequencies)

    @property
    def _edges(self) -> tuple[tuple[float, ...], ...]:
        return self.edges or ((),) * len(self.categories)

    def __call__(self, x: Tensor) -> Tensor:
        """Lay out rows. x: (N, D), numbers standardised, words as codes, NaN where missing. Returns (N, width).

        A missing number is set to its mean, 0; a missing or new word is 0 in all one-hot inputs.
        """
        if self.plain:
            return x
        parts = []
        for values, count, masked, edges in zip(x.unbind(1), self.categories, self.masked, self._edges, strict=True):
            present = ~values.isnan()
            if count:
                codes = torch.where(present, values, -1).long()
                parts.append((codes[:, None] == torch.arange(count)).to(x.dtype))
            else:
                parts += self._encoded(values.nan_to_num()[:, None], edges)
            if masked:
                parts.append(present.to(x.dtype)[:, None])
        return torch.cat(parts, 1)

    def _encoded(self, value: Tensor, edges: tuple[float, ...]) -> list[Tensor]:
        """A number as it is, its piecewise-linear encoding, and its sines and cosines. value: (N, 1)."""
        parts = [value]
        if edges:
            ends = torch.tensor(edges, dtype=value.dtype)
            parts.append(((value - ends[:-1]) / ends.diff()).clamp(0, 1) - 0.5)
        if self.frequencies:
            angle = value.clamp(-_REACH, _REACH) * (math.pi / 4 * 2.0 ** torch.arange(self.frequencies)).to(value.dtype)
            parts += [angle.sin(), angle.cos()]
        return parts
