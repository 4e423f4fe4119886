"""A random sample of a table's rows: some of its groups of rows, and of these groups some of the rows.

A group is what can be read without the rest: a row group of Parquet, a batch of Arrow, the records that begin in a
mebibyte of text. Each group, and each row of it, has a random rank: a hash of the seed, of the number of its file in
the order of their paths, and of its own number there. Neither what it holds counts, nor in which order files are named.

Groups are read in the order of their ranks until they are GROUPS and hold OVER times as many rows as are wanted; of
these rows the ones with the lowest ranks are the sample. Rows that stand together are often alike, so that many groups
tell more than few that hold as many rows. Every row has the same chance, as far as groups are equally long.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

OVER, GROUPS = 2, 100
"""Rows that are read for one that is taken, and how many groups are read at least where there are as many."""

Ranks = NDArray[np.uint64]
_LARGEST, _SALT, _GAMMA = (1 << 64) - 1, 0x5851F42D4C957F2D, np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Sample:
    """How many rows are wanted, and the seed. beyond: a table with no more rows than this is taken whole."""

    rows: int
    seed: int = 0
    beyond: int = 0

    @property
    def whole(self) -> int:
        """The most rows of a table that is not sampled."""
        return max(self.rows, self.beyond)


@dataclass(frozen=True, order=True)
class Group:
    """Consecutive rows of a file. file: its number in the order of paths; content: for whoever reads them."""

    rank: int
    file: int
    number: int
    rows: int = field(compare=False)
    content: Any = field(compare=False, default=None)


class Chosen:
    """The groups with the lowest ranks among those that were offered, no more of them than are needed.

    missed: whether there were others.
    """

    def __init__(self, sample: Sample) -> None:
        self._enough, self.rows = max(OVER * sample.rows, sample.whole), 0
        self._heap: list[tuple[int, int, int, Group]] = []
        self.missed = False

    def takes(self, rank: int) -> bool:
        """Whether a group of this rank would be one of them."""
        taken = not self._is_full(self.rows, len(self._heap)) or rank < -self._heap[0][0]
        self.missed |= not taken
        return taken

    def add(self, group: Group) -> None:
        """Take a group, and drop those that are no longer needed. One without rows is none."""
        if not group.rows:
            return
        heapq.heappush(self._heap, (-group.rank, -group.file, -group.number, group))
        self.rows += group.rows
        while self._is_full(self.rows - self._heap[0][3].rows, len(self._heap) - 1):
            self.rows -= heapq.heappop(self._heap)[3].rows
            self.missed = True

    @property
    def groups(self) -> list[Group]:
        """The groups as they follow one another in the table."""
        return sorted((each[3] for each in self._heap), key=lambda group: (group.file, group.number))

    def _is_full(self, rows: int, groups: int) -> bool:
        return rows >= self._enough and groups >= GROUPS


def group_ranks(seed: int, file: int, count: int, first: int = 0) -> Ranks:
    """The ranks of so many groups of a file, from the one numbered `first` on, (count,)."""
    of_file = _series(int(_series(seed, 1, 0)[0]), 1, file)[0]
    return _series(int(of_file), count, first)


def row_ranks(group: Group) -> Ranks:
    """The ranks of a group's rows, (rows,)."""
    return _series(int(_mixed(np.array([group.rank ^ _SALT], np.uint64))[0]), group.rows, 0)


def cutoff(groups: Sequence[Group], wanted: int) -> int:
    """The highest rank of a row of the sample: so many rows of the groups, which hold more, have none above it.

    No more ranks are held at once than about twice the sample has rows, and those of one group.
    """
    rows = sum(group.rows for group in groups)
    limit = (wanted + 6 * wanted**0.5 + 6) / rows  # exceeded by chance once in 10^9 samples
    while True:
        most = min(_LARGEST, int(limit * _LARGEST))
        low = np.concatenate([ranks[ranks <= most] for ranks in map(row_ranks, groups)])
        if len(low) >= wanted:
            return int(np.partition(low, wanted - 1)[wanted - 1])
        limit *= 2


def taken(group: Group, highest: int) -> NDArray[np.intp]:
    """The places in a group of the rows of a sample, in order. highest: the `cutoff`."""
    return np.flatnonzero(row_ranks(group) <= highest)


def about(number: float) -> str:
    """A number of rows with three significant digits.

    >>> about(9_987_654), about(12)
    ('9,990,000', '12')
    """
    return f"{float(f'{number:.3g}'):,.0f}"


def _series(start: int, count: int, first: int) -> Ranks:
    """So many outputs of SplitMix64, from the one numbered `first` on."""
    places = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    return _mixed(np.uint64(start & _LARGEST) + places * _GAMMA)


def _mixed(bits: Ranks) -> Ranks:
    """Mix the bits of 64-bit numbers (the finaliser of SplitMix64: Steele et al. 2014)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
