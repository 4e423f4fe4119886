"""A table whose cells are still text, and the two ways to give them types: by what they show, or by what is known."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import cells, layout
from aevb_cli.tables.header import Header
from aevb_cli.tables.table import FloatArray, Table, find, listed

Unseen = Literal["error", "missing"]
_GUESS = 1 << 16


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table whose cells are still text: `data` from byte `start` on, the first of it being record `first`."""

    source: str
    names: tuple[str, ...]
    separator: str
    data: bytes
    start: int = 0
    first: int = 1

    @classmethod
    def of(cls, header: Header, data: bytes, start: int, first: int) -> "RawTable":
        """Return the records from byte `start` on; DataError where there are none, or they are no text."""
        if not re.compile(rb"[^\r\n]").search(data, start):
            raise header.no_records()
        if b"\0" in data or b'"' in data or not data.isascii():
            layout.check(header.source, data[start:], header.separator, len(header.names), first)
        return cls(header.source, header.names, header.separator, data, start, first)

    def typed(self, names: Sequence[str] | None = None) -> Table:
        """Return these columns (None: all), each with the type that its cells show: numbers, or words of a kind.

        Raises
        ------
        DataError
            a column is missing, empty, or neither numeric nor categorical; a record is ragged.
        """
        wanted = [self.names[place] for place in find(self.names if names is None else names, self.names, self.source)]
        numeric = self._numeric(wanted)
        numbers, text = self._columns(numeric, [name for name in wanted if name not in numeric])
        found = [
            (Column(name), numbers[name]) if name in numbers else cells.infer(self.source, name, text[name])
            for name in wanted
        ]
        empty = [column.name for column, values in found if np.isnan(values).all()]
        if empty:
            raise DataError(f"{self.source}: nothing stands in column {listed(empty)}. Leave it out with --features.")
        return _table([column for column, _ in found], [values for _, values in found])

    def conforming(self, columns: Sequence[Column], *, unseen: Unseen = "error") -> Table:
        """Return the columns of a known table, found by name; `unseen` "missing" makes NaN of a word that is new.

        Raises
        ------
        DataError
            a column is missing, a cell is no number, a word is new (the first of them and their count), a record is
            ragged.
        """
        table, offenders = self.fit(columns, unseen)
        if offenders:
            raise offenders.error(self.source)
        return table

    def fit(self, columns: Sequence[Column], unseen: Unseen) -> tuple[Table, cells.Offenders | None]:
        """Return the table and the unfit cells of that column which has the first of them."""
        find([column.name for column in columns], self.names, self.source)
        numbers, text = self._columns(
            [column.name for column in columns if not column.categories],
            [column.name for column in columns if column.categories],
        )
        values, unfit = [], []
        for column in columns:
            converted, offenders = (
                (numbers[column.name], None)
                if column.name in numbers
                else cells.fit(column, text[column.name], self.first)
            )
            values.append(converted)
            if offenders and not (column.categories and unseen == "missing"):
                unfit.append(offenders)
        return _table(columns, values), min(unfit, key=lambda found: found.first[0][0], default=None)

    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return these columns (None: all) as Arrow columns of strings, unchanged."""
        wanted = self.names if names is None else names
        parsed = self._parsed((), wanted)
        return tuple(parsed.column(name) for name in wanted)

    def _numeric(self, names: Sequence[str]) -> list[str]:
        """Return the names whose first cells are all numbers: a guess that spares a second pass, no more."""
        head = self.data[self.start : self.start + _GUESS]
        ends = layout.records(head)[1]
        head = head[: ends[-2] + 1] if len(ends) > 1 else self.data[self.start :]
        start = RawTable(self.source, self.names, self.separator, head, 0, self.first)
        return [
            name
            for name, text in zip(names, start.text(names), strict=True)
            if cells.fit(Column(name), text, 1)[1] is None
        ]

    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, FloatArray], dict[str, Any]]:
        """Return the columns of `numeric` that are numbers throughout, and all others as text."""
        parsed = self._parsed(numeric, words)
        numbers = {} if parsed is None else {name: cells.finite(parsed.column(name)) for name in numeric}
        clean = {name: values for name, values in numbers.items() if values is not None}
        rest = [name for name in (*numeric, *words) if name not in clean]
        if len(rest) > len(words):
            parsed = self._parsed((), rest)
        return clean, {name: parsed.column(name) for name in rest}

    def _parsed(self, numeric: Sequence[str], words: Sequence[str], block_size: int = 1 << 20) -> Any:
        """Return an Arrow table of doubles (null where missing) and strings; None where a double is something else."""
        import pyarrow as pa
        import pyarrow.csv

        data = pa.py_buffer(self.data).slice(self.start)
        types = dict.fromkeys(numeric, pa.float64()) | dict.fromkeys(words, pa.string())
        try:
            return pa.csv.read_csv(
                pa.BufferReader(data),
                pa.csv.ReadOptions(column_names=self.names, block_size=block_size),
                pa.csv.ParseOptions(delimiter=self.separator, newlines_in_values=b'"' in self.data),
                pa.csv.ConvertOptions(column_types=types, include_columns=list(types), null_values=cells.MISSING),
            )
        except pa.ArrowInvalid as error:
            layout.diagnose(self.source, self.data[self.start :], self.separator, len(self.names), self.first)
            if "straddling" in str(error):  # a record longer than a block
                return self._parsed(numeric, words, data.size + 1)
            if not numeric:
                raise DataError(f"{self.source}: cannot be read: {error}") from error
            return None


def _table(columns: Sequence[Column], values: Sequence[FloatArray]) -> Table:
    return Table(tuple(columns), np.stack(values).T if values else np.empty((0, 0)))
