"""Whether a classifier can tell real rows from made-up ones: the area under the curve on rows that it has not seen.

It is a logistic regression with a ridge penalty on normal scores of the numbers and indicators of the words, their
squares and their products: what differs in place, spread, or in how two columns hang together is seen.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from aevb_cli.tasks.synthetic.marginals import Rows, with_gaps_of

MOST_ROWS, LEAST = 8000, 10
"""The most and the fewest rows of each table of which half teach the classifier, and half judge it."""

_INPUTS, _WORDS, _COMMON = 30, 20, 0.02
"""Inputs whose products are taken, principal components where there are more; words of a column, and the share of the
rows from which on a number that repeats has an input of its own."""

_RIDGE, _STEPS = 30.0, 12
"""The penalty, in rows; and Newton's steps."""

_NORMAL = NormalDist()


def auc(real: Rows, made: Rows, words: Sequence[int], seed: int = 0) -> tuple[float, float]:
    """The AUC, 0.5 where nothing tells the rows apart and 1 where all does, and its standard error (DeLong 1988).

    real: (N, D), of at least LEAST rows; made: (M, D), likewise; words: (D,), 0 of numbers.
    """
    generator = np.random.default_rng(seed)
    count = min(len(real), len(made), MOST_ROWS)
    some = [rows[generator.choice(len(rows), count, replace=False)] for rows in (real, made)]
    made_up = np.repeat([0.0, 1.0], count)
    x = _inputs(np.concatenate([some[0], with_gaps_of(*some)]), words)
    seen = np.arange(2 * count) % count < count // 2  # cross-validation would find AUCs below 0.5 where all is alike
    return _area(x[~seen] @ _fitted(x[seen], made_up[seen]), made_up[~seen])


def _inputs(rows: Rows, words: Sequence[int]) -> Rows:
    """Normal scores and indicators, their squares and products, standardised, and a constant. rows: (N, D)."""
    parts = [part for column, count in zip(rows.T, words, strict=True) for part in _of_column(column, count)]
    x = _standardised(np.stack(parts, 1)) if parts else np.zeros((len(rows), 0))
    if x.shape[1] > _INPUTS:
        _, _, axes = np.linalg.svd(x[:: max(1, len(x) // 2000)], full_matrices=False)
        x = _standardised(x @ axes[:_INPUTS].T)
    first, second = np.triu_indices(x.shape[1])
    return np.column_stack([_standardised(np.column_stack([x, x[:, first] * x[:, second]])), np.ones(len(x))])


def _of_column(column: Rows, count: int) -> list[Rows]:
    """The inputs of a column, 0 where a cell is missing. column: (N,)."""
    known = ~np.isnan(column)
    if not known.any():
        return []
    values, counts = np.unique(column[known], return_counts=True)
    order = np.argsort(-counts, kind="stable")[: _WORDS if count else 3]
    often = values[order][counts[order] > (0 if count else _COMMON * len(column))]
    indicators = [np.where(known, column == value, (column[known] == value).mean()) for value in often]
    return indicators if count else [_normal_scores(column, known), *indicators]


def _normal_scores(column: Rows, known: NDArray[np.bool_]) -> Rows:
    """The standard normal quantiles of the ranks, ties averaged; 0 where missing. column: (N,)."""
    values, index, counts = np.unique(column[known], return_inverse=True, return_counts=True)
    places = (np.cumsum(counts) - counts / 2) / counts.sum()
    quantiles = np.array([_NORMAL.inv_cdf(place) for place in places.tolist()]) if len(values) else values
    found = np.zeros(len(column))
    found[known] = quantiles[index]
    return found


def _standardised(x: Rows) -> Rows:
    spread = x.std(0)
    kept = spread > 1e-9
    found: Rows = (x[:, kept] - x[:, kept].mean(0)) / spread[kept]
    return found


def _fitted(x: Rows, made_up: Rows) -> Rows:
    """The weights of a logistic regression, by Newton's method. x: (N, P), the last one constant; made_up: (N,)."""
    weights, penalty = np.zeros(x.shape[1]), np.full(x.shape[1], _RIDGE)
    penalty[-1] = 1e-6
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - made_up) + penalty * weights
        curvature = (x * (p * (1 - p) + 1e-6)[:, None]).T @ x
        curvature[np.diag_indices_from(curvature)] += penalty
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-4:
            break
    return weights


def _area(score: Rows, made_up: Rows) -> tuple[float, float]:
    """The share of pairs in which the made-up row has the larger score, ties half, and its standard error."""
    real, made = np.sort(score[made_up == 0]), np.sort(score[made_up == 1])
    of_made, of_real = _placed(made, real), 1 - _placed(real, made)
    variance = sum(float(each.var(ddof=1)) / len(each) if len(each) > 1 else math.inf for each in (of_made, of_real))
    return float(of_made.mean()), math.sqrt(variance)


def _placed(values: Rows, among: Rows) -> Rows:
    """The share of others below each value, ties half."""
    below, to = (np.searchsorted(among, values, side) for side in ("left", "right"))
    found: Rows = (below + to) / (2 * len(among))
    return found
