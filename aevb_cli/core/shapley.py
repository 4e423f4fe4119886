"""Shapley values: what each column of a row adds to a function of it, on average over background rows.

The cells of a background row b are replaced by those of a row x, a column after the other, and each column is given
what the function grows by at its turn. A Shapley value is the mean of that over orders of the columns and over
background rows; here over a sample of both (Strumbelj & Kononenko 2014, Knowledge and Information Systems 41,
Algorithm 1). On each way from b to x the steps add up to f(x) - f(b), so the values add up exactly, however few the
orders. Each order comes with its reverse, whose error is often the opposite (Mitchell et al. 2022, JMLR 23(43)).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Generator, Tensor

_AT_ONCE = 1 << 20
"""Cells of rows that are laid out at once."""


@dataclass(frozen=True)
class Shapley:
    """The Shapley values of a function, with the same background rows and orders for every row.

    function: of rows (N, D), any N, to (N, J), each row by itself; background: (B, D), NaN where a cell is missing;
    weight: (B,), of these rows, which add up to 1; rank: (B, G), the turn of each column on the first way from a
    background row, from 0; column: (D,), the column that each feature belongs to, from 0 to G - 1.
    """

    function: Callable[[Tensor], Tensor]
    background: Tensor
    weight: Tensor
    rank: Tensor
    column: Tensor

    @cached_property
    def usual(self) -> Tensor:
        """The mean of the function over the background rows, (J,)."""
        return (self.weight[:, None] * self._at_background).sum(0)

    def __call__(self, x: Tensor) -> Tensor:
        """The values of rows: with `usual` they add up to the function. x: (N, D). Returns (N, G, J)."""
        rank = torch.cat([self.rank, self.rank.shape[1] - 1 - self.rank])  # each order, and its reverse
        ends = self._at_background.repeat(2, 1)[:, None, None].expand(-1, 1, len(x), -1), self.function(x)
        path = torch.cat([ends[0], self._between(x, rank), ends[1].expand(len(rank), 1, -1, -1)], 1)
        steps = path.diff(dim=1)
        found = torch.zeros_like(steps[0])
        # One after the other: a sum's last bit may depend on how many rows there are.
        for weight, turn, step in zip(self.weight.repeat(2) / 2, rank, steps, strict=True):
            found += weight * step[turn]
        return found.movedim(0, 1)

    @cached_property
    def _at_background(self) -> Tensor:
        """The function at the background rows, (B, J)."""
        return self.function(self.background)

    def _between(self, x: Tensor, rank: Tensor) -> Tensor:
        """The function on each way between its ends, where some cells are replaced. rank: (W, G). (W, G - 1, N, J)."""
        ways, columns = rank.shape
        turn = torch.arange(1, columns)
        replaced = (rank[:, None, self.column] < turn[:, None]).flatten(0, 1)  # (W (G - 1), D)
        start = self.background.repeat(2, 1).repeat_interleave(columns - 1, 0)
        step, found = max(1, _AT_ONCE // max(1, x.numel())), [self._at_background.new_empty(0, len(x), len(self.usual))]
        for first in range(0, len(start), step):
            some = slice(first, first + step)
            rows = torch.where(replaced[some, None], x, start[some, None])
            found.append(self.function(rows.flatten(0, 1)).unflatten(0, rows.shape[:2]))
        return torch.cat(found).unflatten(0, (ways, columns - 1))


def orders(count: int, columns: int, generator: Generator) -> Tensor:
    """Random orders of columns, by the turn of each column, (count, columns)."""
    return torch.rand(count, columns, generator=generator).argsort(1)


def chosen(size: Tensor, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """A random row of each of `count` strata, and the share of rows in each: of the mean of what is weighted by it.

    A stratum holds rows next to one another by size, half of it counted by rows and half by their sizes: where a few
    are large they have strata of their own, and the mean over the strata is far closer to that over all rows than the
    mean of as many random ones. size: (R,), not negative. Returns places and shares, (B,) each, B <= count; of no more
    rows than that, all of them.
    """
    if len(size) <= count:
        return torch.arange(len(size)), torch.full((len(size),), 1 / len(size), dtype=torch.float64)
    order, size = size.argsort(stable=True), size.double()
    by_rows = torch.arange(1, len(size) + 1, dtype=torch.float64) / len(size)
    by_size = size[order].cumsum(0) / size.sum().clamp(min=torch.finfo(torch.float64).tiny)
    number = ((by_rows + by_size) / 2 * count).ceil().long().clamp(1, count)
    rows = number.unique_consecutive(return_counts=True)[1]
    first = rows.cumsum(0) - rows
    return order[first + (torch.rand(len(rows), generator=generator) * rows).long()], rows.double() / len(size)
