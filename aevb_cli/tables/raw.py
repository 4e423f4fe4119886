"""A table whose columns have no types yet, and the two ways to type them: by their cells, or as a known table's."""

from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.errors import DataError
from aevb_cli.settings import AS_FOUND, Column, Decimal, ReadOptions, Told
from aevb_cli.tables import arrow
from aevb_cli.tables.kinds import cells, markers, meaning, numerals
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.kinds.inference import Found, Inference, decimal_mark
from aevb_cli.tables.space import FloatArray, allocate
from aevb_cli.tables.table import Table, find, shown

Unseen = Literal["error", "missing"]

Pieces = list[FloatArray]
"""The numbers of a column, one array after the other."""


@dataclass(frozen=True)
class Inferred:
    """A table of those columns that a model can use, and what each column of the raw table was taken for."""

    table: Table
    found: tuple[Found, ...]


@dataclass(frozen=True, eq=False)
class RawTable(ABC):
    """A table whose columns have no types yet.

    source: what the table is called in a message; names: of all columns, unique: where the table has one twice, or
    none, it is a label with a NUL; first: the number of its first record; index: columns that are no data, such as the
    row names of R and the index of pandas; notes: what was guessed of the file, a sentence each; sampled: how many rows
    of a larger table these are, 0 where they are all of it.
    """

    source: str
    names: tuple[str, ...]
    first: int
    index: tuple[str, ...] = field(default=(), kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    options: ReadOptions = field(default=AS_FOUND, kw_only=True)
    sampled: int = field(default=0, kw_only=True)

    def place(self, record: int) -> str:
        """Say where a record is, counted from 1 in all of the table."""
        return f"{self.source}, record {record}"

    @property
    def data(self) -> tuple[str, ...]:
        """The names of the columns that may be data: each has a name of its own, and is no index."""
        return tuple(name for name in self.names if "\0" not in name and name and name not in self.index)

    @property
    def header(self) -> tuple[str, ...]:
        """The names of all columns as the table has them."""
        return tuple(name.partition("\0")[0] for name in self.names)

    def typed(
        self,
        names: Sequence[str] | None = None,
        told: Mapping[str, Told] | None = None,
        predicted: Container[str] = (),
        numeric: Container[str] = (),
    ) -> Inferred:
        """Return these columns (None: all that may be data), as their cells are.

        told: what some of them are; predicted: those whose words are classes; numeric: those of no use as words.

        Raises
        ------
        DataError
            a column is missing, stands twice, or has cells that do not go together; a record is ragged.
        """
        told = told or {}
        wanted = [self.names[place] for place in self.find(self.data if names is None else names)]
        readable = [name for name in wanted if not self.unreadable(name)]
        labels = dict.fromkeys(name for name in readable if name in told or self.kind(name))
        numbers, words = self._inferred([name for name in readable if name not in labels], list(labels))
        decimal = self.options.decimal or self._decimal(words)
        if decimal == "," and self.is_text:  # 1.234 is no plain number there
            broken = [name for name, pieces in numbers.items() if not all(map(cells.whole, pieces))]
            numbers = {name: pieces for name, pieces in numbers.items() if name not in set(broken)}
            words |= self._inferred([], broken)[1]
        inference = Inference(self.source, self.place, self.options, decimal)
        found, parts = list[Found](), list[tuple[Column, Pieces]]()
        for name in wanted:
            if reason := self.unreadable(name):
                found.append(Found(name, left_out=f"it holds {reason}", guess=reason))
                continue
            if name in numbers:
                one, values = inference.of_numbers(name, self._told(numbers.pop(name)))
            else:
                kind = told.get(name) or self.kind(name)
                one, values = inference.of_words(
                    name, words.pop(name), kind, predicted=name in predicted, numeric=name in numeric
                )
            found.append(replace(one, guess="") if name in told else one)
            parts += zip(one.columns, values, strict=True)
        table = _table(len(parts), parts)
        arrow.release()
        return Inferred(table, tuple(found))

    def find(self, names: Sequence[str]) -> list[int]:
        """Return the places of columns; DataError where one is missing or stands twice."""
        several = {label.partition("\0")[0] for label in self.names if "\0" in label}
        if twice := [name for name in names if name in several]:
            raise DataError(f"{self.source}: more than one column is called {shown(twice[0])}. Rename them.")
        return find(names, self.names, self.source, self.data)

    def conforming(
        self, columns: Sequence[Column], *, targets: Sequence[Column] = (), unseen: Unseen = "error"
    ) -> Table:
        """Return the columns of a known table, found by name; `unseen` "missing": an unknown category has code UNSEEN.

        targets: columns that follow these, where an unknown class is not known, NaN.

        Raises
        ------
        DataError
            a column is missing, a cell is not a number, a category is unknown (the first of them and their count), a
            record is ragged.
        """
        table, misfits = self.fit([*columns, *targets], unseen)
        if misfits:
            raise misfits.error(self.place, known=True)
        for column, values in zip(targets, table.values.T[len(columns) :], strict=True):
            new = values == UNSEEN if column.categories else np.zeros(len(table), bool)
            if unseen == "error" and new.any():  # a code, which is read as a number
                raise self._new_class(column, new)
            values[new] = np.nan
        return table

    def fit(self, columns: Sequence[Column], unseen: Unseen) -> tuple[Table, cells.Misfits | None]:
        """Return the table, and the misfits of the column that has the first of them."""
        kinds: dict[str, list[str]] = {}
        for column in columns:
            plain = "words" if column.categories else "number"
            kinds.setdefault(column.column, []).append(column.reading.kind if column.reading else plain)
        self.find(list(kinds))
        own = [numerals.told(column, self.options.decimal) for column in columns]
        commas = {column.column for column in own if column.reading and column.reading.decimal != "."}
        as_text = commas if self.is_text else set()
        numeric = [name for name, each in kinds.items() if set(each) <= {"number", "code"} and name not in as_text]
        numbers, words = self._columns(numeric, [name for name in kinds if name not in numeric])
        parts, found = [], []
        for column in own:
            name = column.column
            if name in numbers:
                parts.append([cells.of_numbers(column, piece) for piece in self._told(numbers[name])])
                continue
            lenient = unseen == "missing" or len(kinds[name]) > 1
            values, misfits = cells.fit(column, words[name], self.first, self.options, lenient=lenient, known=True)
            parts.append([values])
            if misfits:
                found.append(misfits)
        table = _table(len(columns), zip(columns, parts, strict=True))
        return table, min(found, key=lambda misfits: misfits.first[0][0], default=None)

    def groups(self, name: str) -> NDArray[np.int32]:
        """Return a number for each row, equal where a column's cells have the same text, -1 where one is missing.

        DataError as `cells_of`.
        """
        return self.cells_of(name, "--group").index

    def cells_of(self, name: str, option: str) -> Words:
        """Return the cells of a column as words. option: by which it was named.

        Raises
        ------
        DataError
            there is no such column, or its cells are no text, such as lists; a record is ragged.
        """
        import pyarrow as pa

        self.find([name])
        (column,) = self.text([name])
        try:
            return Words.of_parts(arrow.as_text, column).without(markers.USUAL)
        except pa.ArrowException as error:
            raise DataError(
                f"{self.source}, column {shown(name)}: it holds {column.type}, which cannot tell rows apart. "
                f"Name another column with {option}."
            ) from error

    def _new_class(self, column: Column, new: NDArray[np.bool_]) -> DataError:
        """Return the error for numbers that are no class of a column. new: (rows,), where they stand."""
        values = np.concatenate(self._columns([column.column], [])[0][column.column])
        rows = np.flatnonzero(new)
        named = tuple((self.first + row, meaning.code_text(float(values[row]))) for row in rows[:3].tolist())
        return cells.Misfits(column, len(rows), named).error(self.place)

    @property
    def is_text(self) -> bool:
        """Whether its numbers are text, so that a comma may be their decimal mark."""
        return False

    def kind(self, name: str) -> Told | None:
        """Return what a column's type says that it is; None where it says nothing beyond its cells."""
        return None

    def unreadable(self, name: str) -> str:
        """Return why a column cannot be data; empty where it can."""
        return ""

    def head(self) -> "RawTable":
        """Return its first records, all of them where they are few."""
        return self

    @abstractmethod
    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return these columns (None: all) as Arrow columns, unchanged, fit for `write`; null where empty."""

    @abstractmethod
    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        """Return the columns of `numeric` that are numbers throughout, and all others as words."""

    def _told(self, pieces: Pieces) -> Pieces:
        """Return numbers without those that the user calls missing."""
        missing = [number for cell in self.options.na if not np.isnan(number := numerals.number(cell))]
        if not missing:
            return pieces
        return [np.where(np.isin(piece, missing), np.nan, piece) for piece in pieces]

    def _inferred(self, names: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        """Return those columns of `names` that are numbers throughout, and all others as words."""
        return self._columns(names, words)

    def _decimal(self, words: Mapping[str, Words]) -> Decimal | None:
        """Return the decimal mark of those columns whose numbers have but one."""
        return decimal_mark(list(words.values()))


def _table(width: int, found: Iterable[tuple[Column, Pieces]]) -> Table:
    columns, values = list[Column](), allocate(0, width)
    for column, pieces in found:
        if not columns:
            values = allocate(sum(map(len, pieces)), width)
        np.concatenate(pieces, out=values[:, len(columns)])
        columns.append(column)
    return Table(tuple(columns), values)
