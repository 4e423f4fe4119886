"""Which rows each member of a batch is trained on: the first on all, every other leaves a fold out.

Members that have not seen a row tell, at nearly no cost, what training on it cannot: when to stop, and how far the
predicted scale is off (cross-validation; Stone 1974).
"""

import math

import torch
from torch import Generator, Tensor

FOLDS = 5
ENSEMBLE_FOLDS = 10
_FOLD_ROWS = 2000
"""Rows of a fold at most, where they are so many that fewer than a tenth of them do."""

JUDGED = 1500
"""Rows to be judged over all members; with so many their statistics are sharp, and fewer members save time."""


def leave_out(rows: int, generator: Generator) -> Tensor:
    """Return (K, N) of bool: True where the member must not see the row. The first member sees all.

    Up to 300 rows each is left out once. The larger the table, the fewer members, and the smaller their share of it.
    """
    folds = min(rows, max(FOLDS, rows // _FOLD_ROWS))
    members = min(folds, FOLDS, max(1, math.ceil(JUDGED / rows)))
    whole = torch.zeros(1, rows, dtype=torch.bool)
    return torch.cat([whole, split(rows, generator, folds, members)])


def in_turn(rows: int, generator: Generator, members: int) -> Tensor:
    """Return (members, N) of bool: of ENSEMBLE_FOLDS folds each member leaves out the next, and then from the first.

    Of a large table a fold is not the tenth part, but rows enough to be judged by.
    """
    count = min(rows, members, ENSEMBLE_FOLDS)
    parts = split(rows, generator, min(rows, max(ENSEMBLE_FOLDS, rows // _FOLD_ROWS)), count)
    return parts[torch.arange(members) % count]


def split(rows: int, generator: Generator, folds: int, taken: int | None = None) -> Tensor:
    """Return (folds, N) of bool: each row in one fold, sizes nearly equal. taken: only so many, the first."""
    fold = torch.empty(rows, dtype=torch.int32)
    fold[torch.randperm(rows, generator=generator)] = torch.arange(rows, dtype=torch.int32) % folds
    return fold == torch.arange(taken or folds, dtype=torch.int32)[:, None]
