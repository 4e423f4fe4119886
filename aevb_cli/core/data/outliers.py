"""Gross outliers: cells so far from all others that they are hardly measurements, such as a slipped point or -999.

A heavy tail has no gap; what is sought is a gap of a factor GAP in the distances from the median.
"""

import math

import torch
from torch import Tensor

from aevb_cli.core.data.rows import present_cells, sample

GAP = 10.0
"""How many times as far from the median as all other cells a gross outlier lies."""

_FEW, _SHARE, _SHARE_OF_ONE = 3, 0.02, 0.1
"""The most cells of a column that are gross outliers: so many, or such a share; and the largest share that one value,
which then stands for something else, may have."""

_LEAST_CELLS = 8
"""With fewer cells nothing is said of what is usual."""

_NONE = -math.inf, math.inf


def bounds(values: Tensor) -> tuple[Tensor, Tensor]:
    """The bounds beyond which a column's cells are gross outliers; infinite where there are none.

    values: (N, D) in units, NaN where missing. Returns (D,) each. A large table is judged by a sample of its rows.
    """
    found = [_bounds(present_cells(column)) for column in sample(values).unbind(1)]
    low, high = zip(*found, strict=True)
    return torch.tensor(low, dtype=torch.float64), torch.tensor(high, dtype=torch.float64)


def _bounds(cells: Tensor) -> tuple[float, float]:
    """The bounds of one column. Cells at its median tell no scale: many columns are mostly 0."""
    if not len(cells):
        return _NONE
    middle = cells.median()
    away = cells[cells != middle]
    distance, count = (away - middle).abs(), len(away)
    first = max(count // 2, math.floor(count * (1 - _SHARE_OF_ONE)))  # the rank of the nearest that may be one
    if count < _LEAST_CELLS or float(distance.max()) <= GAP * float(distance.kthvalue(first).values):
        return _NONE
    distance, order = distance.sort()
    gaps = (distance[first:] > GAP * distance[first - 1 : -1]).nonzero()[:, 0] + first
    most = max(_FEW, int(_SHARE * count))
    for place in gaps.tolist():
        if count - place <= most or len(away[order[place:]].unique()) == 1:
            reach = math.sqrt(float(distance[place])) * math.sqrt(float(distance[place - 1]))  # a product may overflow
            return float(middle) - reach, float(middle) + reach
    return _NONE
