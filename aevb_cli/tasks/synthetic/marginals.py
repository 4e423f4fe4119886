"""How far apart the distributions of each column are in two tables: Kolmogorov-Smirnov, or total variation of words."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

Rows = NDArray[np.float64]
"""(N, D), in units, words as codes, NaN where a cell is missing."""


def distances(one: Rows, other: Rows, words: Sequence[int]) -> Rows:
    """The distance of each column's present cells, from 0 to 1, NaN where a table has none. words: (D,), 0 of numbers.

    Of numbers it is the largest difference of the distribution functions, of words half the sum of the differences of
    the shares. Returns (D,).
    """
    pairs = zip(one.T, other.T, words, strict=True)
    return np.array([_distance(a[~np.isnan(a)], b[~np.isnan(b)], count) for a, b, count in pairs])


def by_chance(one: Rows, other: Rows, words: Sequence[int]) -> Rows:
    """The probability of a distance as large, of each column, if both tables came from one distribution. (D,).

    Of numbers by Kolmogorov's limit, which is too large where numbers repeat; of words by Pearson's chi-squared test.
    """
    found = distances(one, other, words)
    columns = zip(one.T, other.T, words, found, strict=True)
    return np.array([_probability(a[~np.isnan(a)], b[~np.isnan(b)], count, d) for a, b, count, d in columns])


def with_gaps_of(real: Rows, made: Rows) -> Rows:
    """The made-up rows with the gaps of the real ones, in turn, in columns that have none: a model draws whole rows."""
    whole, gaps = ~np.isnan(made).any(0), np.isnan(real)
    return np.where(gaps[np.arange(len(made)) % len(real)] & whole, np.nan, made)


def shares(codes: Rows, count: int) -> Rows:
    """The share of each code from 0 on, and at last of those that are unknown. codes: (n,). Returns (count + 1,)."""
    places = np.where((codes < 0) | (codes >= count), count, codes).astype(int)
    return np.bincount(places, minlength=count + 1) / max(1, len(codes))


def _distance(a: Rows, b: Rows, count: int) -> float:
    if not len(a) or not len(b):
        return math.nan
    if count:
        return float(np.abs(shares(a, count) - shares(b, count)).sum() / 2)
    a, b = np.sort(a), np.sort(b)
    ends = np.concatenate([a, b])
    below = (np.searchsorted(each, ends, "right") / len(each) for each in (a, b))
    return float(np.abs(next(below) - next(below)).max())


def _probability(a: Rows, b: Rows, count: int, distance: float) -> float:
    if math.isnan(distance):
        return math.nan
    size = len(a) * len(b) / (len(a) + len(b))
    if count:
        return _of_shares(a, b, count)
    scaled = (math.sqrt(size) + 0.12 + 0.11 / math.sqrt(size)) * distance  # Stephens 1970
    if scaled < 0.3:
        return 1.0
    terms = (2.0 * (1 if k % 2 else -1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, sum(terms)))


def _of_shares(a: Rows, b: Rows, count: int) -> float:
    observed = np.stack([shares(a, count) * len(a), shares(b, count) * len(b)])
    observed = observed[:, observed.sum(0) > 0]
    degrees = observed.shape[1] - 1
    if not degrees:
        return 1.0
    expected = observed.sum(0) * observed.sum(1, keepdims=True) / observed.sum()
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return float(torch.special.gammaincc(torch.tensor(degrees / 2).double(), torch.tensor(statistic / 2).double()))
