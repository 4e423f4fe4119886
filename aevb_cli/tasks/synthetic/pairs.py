"""How far apart pairs of columns are in two tables: correlations of numbers, contingency tables where words are."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from aevb_cli.tasks.synthetic.marginals import Rows

MOST_COLUMNS, _PARTS = 40, 4
"""Columns whose pairs are looked at, evenly spaced where there are more; and the classes that a number becomes beside
words: quarters of the first table's rows."""


def places(width: int) -> NDArray[np.int64]:
    """The columns whose pairs are looked at."""
    return np.unique(np.linspace(0, width - 1, min(width, MOST_COLUMNS)).astype(int))


def distances(one: Rows, other: Rows, words: Sequence[int]) -> dict[tuple[int, int], float]:
    """The distance of each pair of columns, from 0 to 1. one, other: (N, D); words: (D,), 0 of numbers.

    Of two numbers it is half the difference of the rank correlations, else the total variation of the contingency
    tables. Pairs of which a table has less than two rows are left out.
    """
    chosen = places(one.shape[1]).tolist()
    numbers = [place for place in chosen if not words[place]]
    found = dict[tuple[int, int], float]()
    correlations = [_correlations(rows[:, numbers]) for rows in (one, other)]
    for (i, first), (j, second) in combinations(enumerate(numbers), 2):
        found[first, second] = float(abs(correlations[0][i, j] - correlations[1][i, j]) / 2)
    classes = {place: _classes(one[:, place], other[:, place], words[place]) for place in chosen}
    for first, second in combinations(chosen, 2):
        if words[first] or words[second]:
            found[first, second] = _contingency(classes[first], classes[second])
    return {pair: found[pair] for pair in sorted(found) if not np.isnan(found[pair])}


def _correlations(rows: Rows) -> Rows:
    """Spearman's correlations over the rows that have both cells, (d, d); 0 of constant columns. rows: (N, d)."""
    ranks = np.stack([_ranks(column) for column in rows.T], 1) if rows.shape[1] else rows
    present = (~np.isnan(ranks)).astype(float)
    values = np.nan_to_num(ranks)
    count = present.T @ present
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = values.T @ present / count, present.T @ values / count
        cross = values.T @ values / count - first * second
        spread = np.sqrt(((values**2).T @ present / count - first**2) * (present.T @ values**2 / count - second**2))
        found = np.where(spread > 1e-12, cross / spread, 0.0)
    return np.where(count > 1, found, np.nan)


def _ranks(column: Rows) -> Rows:
    """Ranks between 0 and 1, those of ties averaged, NaN where missing. column: (N,)."""
    known = ~np.isnan(column)
    ordered = np.sort(column[known])
    below, to = (np.searchsorted(ordered, column[known], side) for side in ("left", "right"))
    found = np.full(len(column), np.nan)
    found[known] = (below + to) / (2 * max(1, len(ordered)))
    return found


def _classes(one: Rows, other: Rows, words: int) -> tuple[Rows, Rows, int]:
    """The cells of both tables as classes, NaN where missing, and how many classes there are."""
    if words:
        return (*(np.where(cells < 0, words, cells) for cells in (one, other)), words + 1)  # type: ignore[return-value]
    known = one[~np.isnan(one)]
    cuts = np.quantile(known, np.arange(1, _PARTS) / _PARTS) if len(known) else np.zeros(_PARTS - 1)
    parts = (np.where(np.isnan(each), np.nan, np.searchsorted(cuts, each, "left")) for each in (one, other))
    return next(parts), next(parts), _PARTS


def _contingency(first: tuple[Rows, Rows, int], second: tuple[Rows, Rows, int]) -> float:
    """The total variation between the contingency tables of two columns."""
    tables = []
    for a, b in zip(first[:2], second[:2], strict=True):
        known = ~(np.isnan(a) | np.isnan(b))
        if not known.any():
            return float("nan")
        codes = a[known].astype(int) * second[2] + b[known].astype(int)
        tables.append(np.bincount(codes, minlength=first[2] * second[2]) / len(codes))
    return float(np.abs(tables[0] - tables[1]).sum() / 2)
