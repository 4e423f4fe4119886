"""Whether made-up rows are copies of training rows: their distance to the nearest one, beside that of unseen rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aevb_cli.tasks.seen import keys
from aevb_cli.tasks.synthetic.marginals import Rows, shares, with_gaps_of

MOST_ROWS, NEAR = 2000, 0.05
"""Rows of each kind that are compared; and the share of unseen rows by which it is told what is near a training row."""

_AT_ONCE = 256
_NOTHING = 1e-12


@dataclass(frozen=True)
class Copies:
    """copies, by_chance: the shares of made-up and of unseen rows that are equal to a training row.

    near: the share of made-up rows that lie nearer to a training row than all but a share NEAR of the unseen rows do;
    ratio: the median distance of made-up rows over that of unseen rows, NaN where that is 0.
    """

    copies: float
    by_chance: float
    near: float
    ratio: float


def compared(made: Rows, unseen: Rows, training: Rows, words: Sequence[int]) -> Copies:
    """Compare made-up and unseen rows with training rows. (M, D), (N, D), (R, D), each of a row at least."""
    scale = np.array([_spread(column) for column in training.T])
    of_made = nearest(with_gaps_of(unseen, made), training, words, scale)
    of_unseen = nearest(unseen, training, words, scale)
    limit = np.quantile(of_unseen, NEAR, method="inverted_cdf")
    # Where unseen rows are as near as that, too, their own share beyond NEAR is taken off.
    ties = (of_unseen <= limit).mean()
    near = (of_made < limit).mean() + (of_made == limit).mean() * (NEAR / ties)
    middle = np.median(of_unseen)
    return Copies(
        equal(made, training),
        equal(unseen, training),
        float(near),
        float(np.median(of_made) / middle) if middle > _NOTHING else float("nan"),
    )


def equal(rows: Rows, training: Rows) -> float:
    """The share of rows that are equal to a training row, cell by cell."""
    known = set(keys(training))
    return sum(key in known for key in keys(rows)) / len(rows)


def nearest(rows: Rows, training: Rows, words: Sequence[int], scale: Rows) -> Rows:
    """The distance of each row to the nearest training row, a mean over the cells. Returns (n,).

    Of two cells it is their squared difference in `scale`, (D,), or 1 for two different words; where one is missing,
    what it is on average.
    """
    others, known, average = _coordinates(training, words, scale)
    squares, found = others**2, np.empty(len(rows))
    for start in range(0, len(rows), _AT_ONCE):
        some, present, _ = _coordinates(rows[start : start + _AT_ONCE], words, scale)
        total = (some**2) @ known.T + present @ squares.T - 2 * some @ others.T
        total += average.sum() - (present * average) @ known.T
        found[start : start + _AT_ONCE] = np.maximum(total, 0).min(1) / rows.shape[1]
    return found


def _coordinates(rows: Rows, words: Sequence[int], scale: Rows) -> tuple[Rows, Rows, Rows]:
    """Coordinates whose squared differences add up to the distance, which of them are known, (n, C) each, and (C,).

    The last is what two known rows differ by on average, of a word's coordinates together 1 - sum of squared shares.
    """
    values, known, average = [], [], []
    for column, count, size in zip(rows.T, words, scale, strict=True):
        present = ~np.isnan(column)
        if not count:
            values.append(np.where(present, column / size, 0)[:, None])
            average.append(np.array([2 * float(np.var(column[present] / size))]) if present.any() else np.array([2.0]))
        else:
            codes = np.where(present & (column >= 0), column, count)
            values.append((codes[:, None] == np.arange(count + 1)) * present[:, None] / np.sqrt(2))
            share = shares(column[present], count)
            average.append(share * (1 - share))
        known.append(np.repeat(present[:, None], values[-1].shape[1], 1))
    return np.concatenate(values, 1).astype(float), np.concatenate(known, 1).astype(float), np.concatenate(average)


def _spread(column: Rows) -> float:
    known = column[~np.isnan(column)]
    return float(known.std()) or 1.0 if len(known) else 1.0
