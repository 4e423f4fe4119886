"""Which rows are left out together: equal ones, and those of a group that the user names.

A member that has seen a row predicts its copy too well. A score of held-out rows holds for new rows only if no member
that gives it has seen rows that are more like the held-out ones than new rows will be.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.data.rows import in_parts

_FEW, _OFTEN = 20, 10
"""Features repeat by nature where they take fewer than _FEW different values, or have _OFTEN rows for each on average:
columns of a few words, say. New rows will then repeat them as well, and leaving equal rows out together would ask the
model for what it will never be asked."""

_OFTEN_TARGET = 5
"""Targets repeat by nature where they take fewer than _FEW values and have so many rows for each: 0 and 1, say. Whether
two equal rows are copies cannot be told then. Any other target that comes twice with the same features was copied."""

_GAMMA, _FIRST, _SECOND = (
    number - (1 << 64) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
_SHIFTS = (30, 27, 31)


@dataclass(frozen=True)
class RowGroups:
    """The groups of rows that are left out together.

    group: (N,) int64, each row's; None where every row is one of its own. copy: (N,) of bool, whether a row equals an
    earlier one in features and targets; None where none is known to. repeated: how many rows have the features of an
    earlier one and are in its group.
    """

    group: Tensor | None = None
    copy: Tensor | None = None
    repeated: int = 0

    @property
    def size(self) -> int | None:
        """The number of groups; None where every row is one of its own."""
        return None if self.group is None else int(self.group.max()) + 1

    def count(self, rows: Tensor) -> int:
        """The number of groups among some rows. rows: (M,), indices."""
        return len(rows) if self.group is None else len(self.group[rows].unique())

    def without_copies(self, rows: Tensor) -> Tensor:
        """The rows that are no copy of an earlier row. rows: (M,), indices."""
        return rows if self.copy is None else rows[~self.copy[rows]]


def equal_rows(x: Tensor, z: Tensor | None) -> RowGroups:
    """Group the rows that have equal features, or where features repeat by nature the copies.

    x: (N, D) and z: (N, J) or None, NaN where missing; NaN equals NaN. Rows are compared by a hash of 64 bits: even in
    10^8 rows two different ones are taken for equal with a probability below 0.001.
    """
    features = row_keys(x)
    different = _different(features)
    if different == len(x):
        return RowGroups()
    by_nature = repeat_by_nature(different, len(x))
    keys = _of_copies(features, z, x.shape[1])
    copy = None if keys is None else _later(numbered(keys))
    group = numbered(features) if not by_nature else None if keys is None or copy is None else numbered(keys)
    return RowGroups(group, copy, 0 if group is None else len(x) - int(group.max()) - 1)


def repeat_by_nature(different: int, rows: int) -> bool:
    """Whether so many rows with so few different ones among them repeat because their columns have few values."""
    return different < _FEW or rows >= _OFTEN * different


def joined(first: Tensor, second: Tensor) -> Tensor:
    """The groups of rows that share a group of the one or of the other, directly or by way of others.

    first, second: (N,) int64, groups by number. Returns (N,), numbered in the order in which they first appear. The
    connected components of a graph, by passing on the least label and jumping along labels.
    """
    label = torch.arange(int(first.max()) + 1)
    while True:
        lower = _least(_least(label[first], second)[second], first)
        lower = lower[lower]
        if torch.equal(lower, label):
            return numbered(label[first])
        label = lower


def row_keys(table: Tensor, first: int = 0) -> Tensor:
    """A hash of each row. table: (N, D), NaN where missing; first: the number of its first column. Returns (N,) int64.

    It is a sum over the columns, so the hash of a wider row is the sum of its parts' hashes.
    """
    salt = _mixed(torch.arange(first + 1, first + table.shape[1] + 1) * _GAMMA)
    keys, done = torch.empty(len(table), dtype=torch.int64), 0
    for part in in_parts(table):
        cells = torch.where(part.isnan(), torch.nan, part.double() + 0.0)  # one NaN, and no -0
        keys[done : (done := done + len(part))] = _mixed(cells.view(torch.int64) ^ salt).sum(1)
    return keys


def numbered(keys: Tensor) -> Tensor:
    """Number the groups of rows with equal keys from 0, in the order in which they first appear. (N,) -> (N,) int64."""
    _, group = keys.unique(return_inverse=True)
    number = torch.empty(int(group.max()) + 1, dtype=torch.int64)
    number[_least(torch.arange(len(keys)), group).argsort()] = torch.arange(len(number))
    return number[group]


def _of_copies(features: Tensor, z: Tensor | None, width: int) -> Tensor | None:
    """The hashes of features and targets; None where equal ones need be no copies."""
    if z is None:
        return None
    targets = row_keys(z, width)
    different = _different(targets)
    if different < _FEW and len(z) >= _OFTEN_TARGET * different:
        return None
    return features + targets


def _later(group: Tensor) -> Tensor | None:
    """Whether a row is not the first of its group, (N,) of bool; None where every row is."""
    number = torch.arange(len(group))
    later = number != _least(number, group)[group]
    return later if later.any() else None


def _least(values: Tensor, group: Tensor) -> Tensor:
    """The least value in each group. (N,) each. Returns (G,)."""
    least = values.new_full((int(group.max()) + 1,), int(values.max()))
    return least.scatter_reduce_(0, group, values, "amin")


def _different(keys: Tensor) -> int:
    """How many different keys there are. NumPy sorts in less memory: torch would return the order as well."""
    ordered = keys.numpy().copy()
    ordered.sort()
    return 1 + int((ordered[1:] != ordered[:-1]).sum())


def _mixed(bits: Tensor) -> Tensor:
    """Mix the bits of 64-bit integers (the finaliser of SplitMix64: Steele et al. 2014)."""
    for shift, factor in zip(_SHIFTS, (_FIRST, _SECOND, 1), strict=True):
        bits = (bits ^ (bits >> shift & (1 << 64 - shift) - 1)) * factor
    return bits
