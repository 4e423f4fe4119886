"""A table whose columns have no types yet, and the two ways to type them: by their cells, or as a known table's."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import arrow, cells
from aevb_cli.tables.cells import Words
from aevb_cli.tables.space import FloatArray, allocate
from aevb_cli.tables.table import Table, find, listed, shown

Unseen = Literal["error", "missing"]

Pieces = list[FloatArray]
"""The numbers of a column, one array after the other."""


@dataclass(frozen=True, eq=False)
class RawTable(ABC):
    """A table whose columns have no types yet.

    source: what the table is called in a message; names: of all columns; first: the number of its first record; index:
    columns that the file itself says to be no data; notes: what was guessed of the file, a sentence each.
    """

    source: str
    names: tuple[str, ...]
    first: int
    index: tuple[str, ...] = field(default=(), kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)

    def place(self, row: int) -> str:
        """Say where a row is, counted from 0 in this table."""
        return f"{self.source}, record {self.first + row}"

    def typed(self, names: Sequence[str] | None = None) -> Table:
        """Return these columns (None: all), each numeric or categorical, as its cells are.

        Raises
        ------
        DataError
            a column is missing, empty, or neither numeric nor categorical; a record is ragged.
        """
        wanted = [self.names[place] for place in find(self.names if names is None else names, self.names, self.source)]
        numbers, words = self._inferred(wanted)
        found = (
            (Column(name), numbers.pop(name)) if name in numbers else cells.infer(self.source, name, words[name])
            for name in wanted
        )
        table = _table(len(wanted), found)
        arrow.release()
        empty = [name for name, extent in zip(wanted, table.extent, strict=True) if not extent.known]
        if empty:
            raise DataError(f"{self.source}: nothing stands in column {listed(empty)}. Leave it out with --features.")
        return table

    def conforming(self, columns: Sequence[Column], *, unseen: Unseen = "error") -> Table:
        """Return the columns of a known table, found by name; `unseen` "missing": an unknown category has code UNSEEN.

        Raises
        ------
        DataError
            a column is missing, a cell is not a number, a category is unknown (the first of them and their count), a
            record is ragged.
        """
        table, misfits = self.fit(columns, unseen)
        if misfits:
            raise misfits.error(self.source)
        return table

    def fit(self, columns: Sequence[Column], unseen: Unseen) -> tuple[Table, cells.Misfits | None]:
        """Return the table, and the misfits of the column that has the first of them."""
        find([column.name for column in columns], self.names, self.source)
        numbers, words = self._columns(
            [column.name for column in columns if not column.categories],
            [column.name for column in columns if column.categories],
        )
        parts, found = [], []
        for column in columns:
            pieces, misfits = numbers.get(column.name), None
            if pieces is None:
                pieces, misfits = cells.fit(column, words[column.name], self.first)
                if misfits and column.categories and unseen == "missing":
                    pieces, misfits = [cells.marked(pieces[0], words[column.name])], None
            parts.append(pieces)
            if misfits:
                found.append(misfits)
        table = _table(len(columns), zip(columns, parts, strict=True))
        return table, min(found, key=lambda misfits: misfits.first[0][0], default=None)

    def groups(self, name: str) -> NDArray[np.int32]:
        """Return a number for each row, equal where a column's cells have the same text, -1 where one is missing.

        Raises
        ------
        DataError
            there is no such column, or its cells are no text, such as lists; a record is ragged.
        """
        import pyarrow as pa

        find([name], self.names, self.source)
        (column,) = self.text([name])
        try:
            return Words.of_parts(arrow.as_text, column).index
        except pa.ArrowException as error:
            raise DataError(
                f"{self.source}, column {shown(name)}: it holds {column.type}, which cannot tell rows apart. "
                "Name another column with --group."
            ) from error

    @abstractmethod
    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return these columns (None: all) as Arrow columns, unchanged, fit for `write`; null where empty."""

    @abstractmethod
    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        """Return the columns of `numeric` that are numbers throughout, and all others as words."""

    def _inferred(self, names: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        """Return those columns that are numbers throughout, and all others as words."""
        return self._columns(names, [])


def _table(width: int, found: Iterable[tuple[Column, Pieces]]) -> Table:
    columns, values = list[Column](), allocate(0, width)
    for column, pieces in found:
        if not columns:
            values = allocate(sum(map(len, pieces)), width)
        np.concatenate(pieces, out=values[:, len(columns)])
        columns.append(column)
    return Table(tuple(columns), values)
