"""What a network sees of a row: numbers standardised, words one-hot, and whether a cell was there at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Inputs:
    """The layout of a network's input.

    categories: for each column the number of its words, 0 for a number; masked: the columns that may be missing, each
    with a further input that is 1 where the cell is there.
    """

    categories: tuple[int, ...]
    masked: tuple[bool, ...]

    @classmethod
    def fit(cls, values: Tensor, categories: Sequence[int]) -> "Inputs":
        """Take from the training rows which columns may be missing. values: (N, D), NaN where missing."""
        return cls(tuple(categories), tuple(values.isnan().any(0).tolist()))

    @property
    def width(self) -> int:
        """How many numbers the network sees."""
        return sum(count or 1 for count in self.categories) + sum(self.masked)

    @property
    def plain(self) -> bool:
        """Whether every column is a number that is always there: then nothing has to be done."""
        return not any(self.categories) and not any(self.masked)

    def __call__(self, x: Tensor) -> Tensor:
        """Lay out rows. x: (N, D), numbers standardised, words as codes, NaN where missing. Returns (N, width).

        A missing number stands at its mean, 0; a missing or new word is none of the known ones.
        """
        if self.plain:
            return x
        parts = []
        for values, count, masked in zip(x.unbind(1), self.categories, self.masked, strict=True):
            there = ~values.isnan()
            if count:
                codes = torch.where(there, values, -1).long()
                parts.append((codes[:, None] == torch.arange(count)).to(x.dtype))
            else:
                parts.append(values.nan_to_num()[:, None])
            if masked:
                parts.append(there.to(x.dtype)[:, None])
        return torch.cat(parts, 1)
