"""A table in memory: named columns of float64, with the categories of a categorical column beside their codes."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import DataError
from aevb_cli.nearest import closest
from aevb_cli.settings import Column
from aevb_cli.tables.space import FloatArray, allocate

_PART = 1 << 20  # rows that are copied at once
_BARE = re.compile(r"[\w.]*\w")  # a shell's word that needs no quotes, and does not end as a sentence does
_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t"})


@dataclass(frozen=True, eq=False)
class Table:
    """Columns and their values.

    values: (rows, columns) float64 in column-major order. NaN is a missing cell; a category is its index in
    `Column.categories`.
    """

    columns: tuple[Column, ...]
    values: FloatArray

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.values)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def select(self, names: Sequence[str]) -> "Table":
        """Return these columns in this order, a view where they are adjacent; DataError where one is missing."""
        places = find(names, self.names, "the table")
        columns = tuple(self.columns[place] for place in places)
        if places and places == list(range(places[0], places[-1] + 1)):
            return Table(columns, self.values[:, places[0] : places[-1] + 1])
        values = allocate(len(self), len(places))
        for into, place in enumerate(places):
            values[:, into] = self.values[:, place]
        return Table(columns, values)

    def inserted(self, place: int, columns: Sequence[Column], values: Sequence[FloatArray]) -> "Table":
        """Return the table with further columns before the one at a place. values: (rows,) each."""
        wider = allocate(len(self), len(self.columns) + len(columns))
        own = [*self.values.T[:place], *values, *self.values.T[place:]]
        for into, column in enumerate(own):
            wider[:, into] = column
        return Table((*self.columns[:place], *columns, *self.columns[place:]), wider)

    def rows(self, kept: NDArray[np.bool_]) -> "Table":
        """Return some of the rows; the columns stay as they are. kept: (rows,)."""
        values = allocate(int(kept.sum()), len(self.columns))
        for place in range(len(self.columns)):
            np.compress(kept, self.values[:, place], out=values[:, place])
        return Table(self.columns, values)

    def known_to_training(self) -> "Table":
        """Return the table without the categories that no row has: a model of these rows cannot know them."""
        values = allocate(len(self), len(self.columns))
        values[:] = self.values
        columns = (
            _recoded(column, codes) if column.categories else column
            for column, codes in zip(self.columns, values.T, strict=True)
        )
        return Table(tuple(columns), values)

    @cached_property
    def incomplete(self) -> NDArray[np.bool_]:
        """Whether a row has a missing cell, (rows,)."""
        found = np.zeros(len(self), bool)
        for column in self.values.T:
            found |= np.isnan(column)
        return found

    @cached_property
    def extent(self) -> tuple["Extent", ...]:
        """The count, minimum and maximum of each column."""
        counts = (len(self) - int(np.count_nonzero(np.isnan(column))) for column in self.values.T)
        lows, highs = np.fmin.reduce(self.values, initial=np.nan), np.fmax.reduce(self.values, initial=np.nan)
        return tuple(map(Extent, counts, lows.tolist(), highs.tolist()))

    def digest(self) -> str:
        """SHA-256 of the content: names, categories, values; not of a file's BOM, line ends, quotes or compression."""
        head = [len(self), [[column.name, column.categories] for column in self.columns]]
        content = hashlib.sha256(json.dumps(head).encode())
        for column in self.values.T:
            for start in range(0, len(self), _PART):
                part = column[start : start + _PART]
                content.update(np.where(np.isnan(part), np.nan, part).astype("<f8").tobytes())
        return content.hexdigest()


@dataclass(frozen=True)
class Extent:
    """How many cells of a column are not missing, their minimum and their maximum (NaN where there is none)."""

    known: int
    low: float
    high: float

    @property
    def constant(self) -> bool:
        """Whether all of them are equal."""
        return not self.high > self.low


def _recoded(column: Column, codes: FloatArray) -> Column:
    """Return a column with those categories that have rows, and change its codes, (rows,), to theirs."""
    present = np.unique(codes[~np.isnan(codes)]).astype(int)
    if len(present) < len(column.categories):
        number = np.full(len(column.categories) + 1, np.nan)  # the last for a missing cell
        number[present] = np.arange(len(present))
        codes[:] = number[np.where(np.isnan(codes), -1, codes).astype(int)]
    categories = tuple(column.categories[place] for place in present)
    pooled = column.reading is not None and column.reading.rest not in {"", *categories}
    return replace(column, categories=categories, reading=None if pooled else column.reading)


def find(wanted: Sequence[str], names: Sequence[str], where: str, offered: Sequence[str] | None = None) -> list[int]:
    """Return the index in `names` of each of the `wanted`; DataError where one is missing.

    offered: those that the message names.
    """
    places = {name: place for place, name in enumerate(names)}
    absent = [name for name in wanted if name not in places]
    if not absent:
        return [places[name] for name in wanted]
    names = names if offered is None else offered
    lacking = f"there is no column {listed(absent, 'nor')}"
    meant = closest(absent[0], names)
    hint = f" Did you mean {shown(meant)}?" if meant else ""
    raise DataError(f"{where}: {lacking}.{hint} The columns are {listed(names)}.")


def shown(cell: str, longest: int = 40) -> str:
    """Return a cell or a name in quotes, on one line, printable and cut to `longest` characters."""
    text = cell if cell.isprintable() else repr(cell)[1:-1]
    return f"'{text if len(text) <= longest else text[:longest] + '...'}'"


def quoted(text: str) -> str:
    r"""Return a name or a cell as a shell takes it, whole: what a user copies from a message has to be it.

    >>> print(quoted("x_1"), quoted("k.A."), quoted("O'Neil"), quoted("Price\n(EUR)"))
    x_1 'k.A.' 'O'\''Neil' $'Price\n(EUR)'
    """
    if _BARE.fullmatch(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    escaped = text.translate(_ESCAPES)
    return "$'" + "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in escaped) + "'"


def listed(words: Sequence[str], joint: str = "and", most: int = 8) -> str:
    """Return words as a list in a sentence: 'a', 'b' and 3 more."""
    if not words:
        return "none"
    if len(words) > most:
        return ", ".join(map(shown, words[:most])) + f" {joint} {len(words) - most} more"
    *start, last = map(shown, words)
    return f"{', '.join(start)} {joint} {last}" if start else last
