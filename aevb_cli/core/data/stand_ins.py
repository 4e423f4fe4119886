"""Training cells that stand in for cells that are not known: a stratified sample of the columns.

Each column is sampled by itself, a cell of each of many parts of equal size. The order in which its cells then stand
is that of normal variables with the columns' correlations: so cells that are missing together go together as the
columns do (Iman & Conover 1982), and no row of the table comes back.
"""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.layout import STAND_INS

_CELLS, _LEAST = 1 << 17, 4
"""Stand-ins of all columns at most, and of each of very many at least."""

_ROWS = 500
"""Rows from which the correlations are taken."""

_DECIMALS = 4
"""Of a standard deviation: what is left of a training cell in a model file."""


def stand_ins(x: Tensor, masked: Sequence[bool]) -> tuple[tuple[float, ...], ...]:
    """K cells of each column that is never missing, where the k-th of several columns stand in together; else none.

    Of each part a column's stand-in is the cell nearest to the mean. So they have nearly the mean and the variance of a
    continuous column (with the parts' medians a Gaussian one's standard deviation was 2 % smaller, a skewed one's
    more), and of 0 and 1, or of words, the shares. K is STAND_INS, or fewer where there are very many columns.

    x: (N, D), numbers standardised, words as codes; masked: (D,), which columns may be missing.
    """
    count = min(STAND_INS, max(_LEAST, _CELLS // x.shape[1]))
    ends = torch.arange(count + 1) * len(x) // count
    low, high = ends[:-1], torch.maximum(ends[1:], ends[:-1] + 1)  # of few rows, a part is one cell
    found = []
    for column, order, may in zip(x.unbind(1), _orders(x, count).unbind(1), masked, strict=True):
        found.append(() if may else tuple(_of_parts(column, low, high)[order].tolist()))
    return tuple(found)


def _of_parts(cells: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The cell nearest to the mean of each part. cells: (N,); low, high: (K,), of the parts of the ascending cells."""
    ordered = cells.double().sort().values
    total = torch.cat([ordered.new_zeros(1), ordered.cumsum(0)])
    mean = (total[high] - total[low]) / (high - low)
    above = torch.searchsorted(ordered, mean).clamp(low, high - 1)
    below = (above - 1).clamp(min=low)
    nearest = torch.where(mean - ordered[below] < ordered[above] - mean, ordered[below], ordered[above])
    return nearest.round(decimals=_DECIMALS)


def _orders(x: Tensor, count: int) -> Tensor:
    """For each column the ranks of normal variables that are correlated as the columns are. Returns (count, D) int64.

    A matrix with orthogonal columns times the columns' principal axes has their correlations exactly; what is beyond
    as many axes as that is random.
    """
    some = x[torch.linspace(0, len(x) - 1, min(len(x), _ROWS)).long()].double().nan_to_num()
    some = some - some.mean(0)
    _, spread, axes = torch.linalg.svd(some / some.square().mean(0).sqrt().clamp(min=1e-9), full_matrices=False)
    normal = torch.randn(count, 1 + len(spread), generator=Generator().manual_seed(0), dtype=torch.float64)
    normal[:, 0] = 1
    exact = min(normal.shape[1], count // 2)
    normal[:, :exact] = torch.linalg.qr(normal[:, :exact]).Q * count**0.5
    return (normal[:, 1:] @ (spread[:, None] * axes)).argsort(0).argsort(0)
