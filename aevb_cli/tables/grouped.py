"""Files whose rows are read a group at a time: those of Arrow, and those that are only read whole."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aevb_cli.tables import arrow, reading, sampling, sources
from aevb_cli.tables.raw import RawTable
from aevb_cli.tables.sampling import Group
from aevb_cli.tables.typed.opening import Groups, Typed

SAMPLED = " (a sample)"
"""What follows the name of a file whose records are counted in a sample."""


class File(ABC):
    """A file that is one of several. streams: whether its groups can only be read one after the other.

    total: of its rows, where that is known; count: how many groups it has, of one that streams those that were read.
    """

    streams = False
    total: int | None = None
    count = 0

    def __init__(self, path: str, number: int) -> None:
        self.path, self.name, self.number = path, sources.called(path), number

    @abstractmethod
    def likely_rows(self) -> float:
        """About how many rows it has, as far as its beginning tells."""

    @abstractmethod
    def group(self, rank: int, place: int) -> Group:
        """One of its groups, where they are read apart."""

    def stream(self, takes: Callable[[int], int | None]) -> Iterator[Group]:
        """Yield the groups that are wanted, in order. takes: of a group's number its rank, None where it is not."""
        yield from ()

    @abstractmethod
    def table(self, groups: Sequence[Group], highest: int | None = None) -> RawTable | None:
        """Some of its groups, or those of their rows that have no rank above `highest`; None where it has no columns.

        groups: in order.
        """


class TypedFile(File):
    """A file of Parquet or Arrow. opened: opens it again, where many are not to be open at once."""

    def __init__(self, path: str, number: int, typed: Typed, opened: Callable[[], Typed] | None) -> None:
        super().__init__(path, number)
        self._opened = opened or (lambda: typed)
        self.streams = typed.groups is None
        if typed.groups:
            self.count, self.total = typed.groups.count, typed.groups.total
        self._likely = math.inf if typed.groups is None else _likely(typed.groups)

    def likely_rows(self) -> float:
        """Return the number that it says, or as if all batches were as long as the first."""
        return self._likely

    def group(self, rank: int, place: int) -> Group:
        """Look up how many rows it has."""
        groups = self._opened().groups
        return Group(rank, self.number, place, groups.rows(place) if groups else 0)

    def stream(self, takes: Callable[[int], int | None]) -> Iterator[Group]:
        """Keep batches of a stream."""
        self.count = 0
        for place, batch in enumerate(self._opened().batches()):
            self.count += 1
            if (rank := takes(place)) is not None:
                yield Group(rank, self.number, place, len(batch), batch)

    def table(self, groups: Sequence[Group], highest: int | None = None) -> RawTable:
        """Read the groups, or keep them of a stream."""
        typed = self._opened()

        def batches() -> Iterator[Any]:
            for group in groups:
                whole = typed.groups.batches(group.number) if typed.groups else [group.content]
                yield from whole if highest is None else _taken(whole, sampling.taken(group, highest))

        name = self.name + SAMPLED * (highest is not None)
        return reading.or_empty(replace(typed, name=name, batches=batches).frame())


def _taken(batches: Iterable[Any], places: NDArray[np.intp]) -> Iterator[Any]:
    """The rows of a group at some places."""
    first = 0
    for batch in batches:
        low, high = np.searchsorted(places, (first, first + len(batch)))
        if high > low:
            rows = places[low:high] - first
            yield type(batch).from_arrays([arrow.taken(each, rows) for each in batch.columns], schema=batch.schema)
        first += len(batch)


def _likely(groups: Groups) -> float:
    return groups.total if groups.total is not None else groups.count * (groups.rows(0) if groups.count else 0)


class WholeFile(File):
    """A workbook, or an array of JSON: all of it is one group."""

    count = 1

    def __init__(self, path: str, number: int, typed: Typed) -> None:
        super().__init__(path, number)
        self._frame = typed.frame()
        self.total = self._frame.length

    def likely_rows(self) -> float:
        """Return the number of its rows."""
        return self._frame.length

    def group(self, rank: int, place: int) -> Group:
        """Return all of it."""
        return Group(rank, self.number, place, self._frame.length)

    def table(self, groups: Sequence[Group], highest: int | None = None) -> RawTable:
        """Return its rows, or those that are taken."""
        if highest is None:
            return reading.or_empty(self._frame)
        rows = [sampling.taken(group, highest) for group in groups]
        frame = self._frame.taken(rows[0] if rows else np.empty(0, np.intp))
        return reading.or_empty(replace(frame, source=self.name + SAMPLED))
