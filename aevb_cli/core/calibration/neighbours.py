"""Whether rows that stand next to each other err alike, as those of one time or place do that no column names."""

import torch
from torch import Tensor

_SORTED = 0.8
"""The rank correlation with the row's number from which on a table counts as sorted by a column. Neighbours have
similar values of that column then, and may err alike for that alone."""

_EXTREME = 1e-6


def neighbour_correlation(pit: Tensor, group: Tensor | None) -> Tensor | None:
    """The correlation of the errors of neighbouring rows: of the normal scores of their PIT (Rosenblatt 1952).

    pit: (H, J), in the table's order; group: (H,), rows of the same one are no neighbours, for they may be alike; None:
    all may be. Returns (J,), of independent rows with a standard error of 1 / sqrt(H); None for fewer than two pairs.
    """
    scores = torch.special.ndtri(pit.double().clamp(_EXTREME, 1 - _EXTREME))
    scores = scores - scores.mean(0)
    apart = torch.ones(max(len(pit) - 1, 0), dtype=torch.bool) if group is None else group[1:] != group[:-1]
    if int(apart.sum()) < 2:
        return None
    products = (scores[1:] * scores[:-1])[apart].mean(0)
    return products / scores.square().mean(0).clamp(min=1e-12)


def is_sorted(columns: Tensor) -> bool:
    """Whether a table is sorted, or nearly so, by one of its columns. columns: (N, D), NaN where missing."""
    if len(columns) < 2:
        return False
    number = torch.linspace(-1, 1, len(columns), dtype=torch.float64)
    ranks = columns.nan_to_num().argsort(dim=0, stable=True).argsort(dim=0).double()
    ranks = ranks - ranks.mean(0)
    correlation = (ranks * number[:, None]).mean(0) / (ranks.square().mean(0) * number.square().mean()).sqrt()
    varying = (columns != columns[:1]).any(0)
    return bool((correlation.abs() > _SORTED)[varying].any())
