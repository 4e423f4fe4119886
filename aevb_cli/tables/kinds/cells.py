"""Cells of text, and their values as a model's columns have them, with an error message for each that has none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.errors import DataError
from aevb_cli.settings import AS_FOUND, Column, ReadOptions
from aevb_cli.tables import arrow
from aevb_cli.tables.kinds import calendar, markers, meaning, numerals
from aevb_cli.tables.space import FloatArray
from aevb_cli.tables.table import listed, quoted, shown

BLANKS = " \t\u00a0\u2007\u2009\u202f\u3000\ufeff\u200b\u200e\u200f\u2060"
"""What may surround a cell and is no part of it: blanks of typesetters and spreadsheets, and signs that nobody sees."""

_FIRST = 3
_REPEATED = 80  # characters of a cell that a command may repeat
_FEW, _PART = 1_000, 1 << 20  # rows that are encoded cell by cell, and rows whose strings are copied at once


@dataclass(frozen=True)
class Misfits:
    """The cells of a column that do not fit its type: their count, and (record, cell) of the first three."""

    column: Column
    count: int
    first: tuple[tuple[int, str], ...]

    def joined(self, later: "Misfits") -> "Misfits":
        """Return these and those of later records of the same table."""
        return Misfits(self.column, self.count + later.count, (self.first + later.first)[:_FIRST])

    def error(self, place: Callable[[int], str], *ways_out: str, known: bool = False) -> DataError:
        """Return the error that names them, with the count. ways_out: beside counting the cell as missing.

        place: says where a record is; known: the column is a model's, whose decimal mark the table may not share.
        """
        record, cell = self.first[0]
        if known:
            ways_out = (*numerals.other_mark(cell, self.column), *ways_out)
        others = ", ".join(f"{shown(word)} in record {later}" for later, word in self.first[1:])
        count = f" {self.count} such cells; the next: {others}." if others else ""
        if self.column.categories:
            ways_out = ("take it as unknown: --unseen missing", *ways_out)
        if len(cell) <= _REPEATED:
            ways_out = (*ways_out, f"count it as missing: --na {quoted(cell)}")
        way_out = f"{', or '.join(['Correct it', *ways_out])}."
        where = f"{place(record)}, column {shown(self.column.column)}: {shown(cell)}"
        return DataError(f"{where} {fault(self.column)}. {way_out}{count}")


def finite(column: Any) -> list[FloatArray] | None:
    """Return an Arrow column of doubles as arrays, NaN where it is null; None where a cell is nan or infinite."""
    pieces = arrow.to_numpy(column)
    if not column.null_count and all(map(_sum_is_finite, pieces)):
        return pieces
    found = sum(int(np.count_nonzero(np.isfinite(piece))) for piece in pieces)
    return pieces if found == len(column) - column.null_count else None


def missing(values: FloatArray) -> int:
    """Return how many of these numbers are NaN. (rows,)."""
    return 0 if _sum_is_finite(values) else int(np.count_nonzero(np.isnan(values)))


def _sum_is_finite(values: FloatArray) -> bool:
    """Whether the sum is finite, and so each number: faster than to look at each. One that is not proves nothing."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum()))


@dataclass(frozen=True, eq=False)
class Words:
    """A column's cells as strings without surrounding blanks.

    vocabulary: the distinct ones; index: each row's place in it, -1 where the cell is empty, (rows,).
    """

    vocabulary: list[str]
    index: NDArray[np.int32]

    @classmethod
    def of(cls, cells: Any) -> "Words":
        """Encode a chunked Arrow column of strings."""
        if len(cells) <= _FEW:  # as fast as Arrow, whose functions take 0.04 s to import
            words = [(cell or "").strip(BLANKS) for cell in cells.to_pylist()]
            places = {word: place for place, word in enumerate(dict.fromkeys(words))}
            return cls(list(places), np.array([places[word] for word in words], np.int32)).without([""])
        import pyarrow.compute

        encoded = pyarrow.compute.utf8_trim(cells, BLANKS).combine_chunks().dictionary_encode()
        return cls(encoded.dictionary.to_pylist(), np.concatenate(arrow.to_numpy(encoded.indices, -1))).without([""])

    @classmethod
    def of_numbers(cls, values: FloatArray) -> "Words":
        """Encode numbers as the words that they stand for. values: (rows,), NaN where missing."""
        numbers, index = np.unique(values, return_inverse=True)
        known = ~np.isnan(numbers)
        places = np.where(known, np.arange(len(numbers)), -1).astype(np.int32)
        return cls([meaning.code_text(number) for number in numbers[known].tolist()], places[index])

    @classmethod
    def of_parts(cls, convert: Callable[[Any], Any], column: Any) -> "Words":
        """Encode an Arrow column part by part. convert: makes strings of a part."""
        starts = range(0, max(1, len(column)), _PART)
        return cls.joined([cls.of(convert(column.slice(start, _PART))) for start in starts])

    @classmethod
    def joined(cls, parts: "Sequence[Words]") -> "Words":
        """Concatenate the parts of a column."""
        if len(parts) == 1:
            return parts[0]
        places: dict[str, int] = {}
        found = []
        for part in parts:
            own = [places.setdefault(word, len(places)) for word in part.vocabulary]
            found.append(np.array([*own, -1], np.int32)[part.index])
        return cls(list(places), np.concatenate(found))

    def without(self, missing: Sequence[str]) -> "Words":
        """Return the column with these words counted as empty cells."""
        gone = set(missing)
        if gone.isdisjoint(self.vocabulary):
            return self
        kept = np.array([word not in gone for word in self.vocabulary] + [False])
        places = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        return Words([word for word in self.vocabulary if word not in gone], places[self.index])

    def counts(self) -> NDArray[np.int64]:
        """Return how many rows have each word of the vocabulary."""
        return np.bincount(self.index[self.index >= 0], minlength=len(self.vocabulary))

    def values(self, value: Callable[[str], float]) -> FloatArray:
        """Return the number that `value` gives for each row, NaN where the cell is empty."""
        return np.array([*map(value, self.vocabulary), np.nan])[self.index]


def fit(
    column: Column,
    words: Words,
    first: int,
    options: ReadOptions = AS_FOUND,
    *,
    lenient: bool = False,
    known: bool = False,
) -> tuple[FloatArray, Misfits | None]:
    """Return the values of a column of known type, NaN where a cell is missing or a misfit, and the misfits.

    words: its cells, the first of them in record `first`; options: which cells count as missing; lenient: an unknown
    word is no misfit, it has the code UNSEEN; known: the column is a model's, see `meaning.as_number`.
    """
    usual = [marker for marker in markers.missing(strict=options.strict) if marker not in column.categories]
    words = words.without([*usual, *told_missing(words, options.na)])
    value = (meaning.as_code if column.categories else meaning.as_number)(column, known=known)
    values = words.values(value)
    misfit = np.isnan(values) & (words.index >= 0)
    if lenient and column.categories:
        return np.where(misfit, UNSEEN, values), None
    return values, _misfits(column, words, misfit, first)


def told_missing(words: Words, na: Sequence[str]) -> list[str]:
    """Return the words that a user calls missing: a number in whatever form it is written, -999 and -999.0."""
    numbers = {number for cell in na if not np.isnan(number := numerals.number(cell))}
    same = [word for word in words.vocabulary if numerals.number(word) in numbers] if numbers else []
    return [*na, *same]


def of_numbers(column: Column, values: FloatArray) -> FloatArray:
    """Return the values of a column that is read from numbers; a code that is new has the value UNSEEN. (rows,)."""
    if not column.categories:
        return values
    codes = np.array([float(category) for category in column.categories])
    order = np.argsort(codes)
    near = np.clip(np.searchsorted(codes[order], values), 0, len(codes) - 1)
    found = np.where(codes[order][near] == values, order[near].astype(np.float64), UNSEEN)
    return np.where(np.isnan(values), np.nan, found)


def whole(values: FloatArray) -> bool:
    """Return whether all numbers are whole, or missing. (rows,)."""
    return bool((np.isnan(values) | (values == np.floor(values))).all())


def fault(column: Column) -> str:
    """Return what is wrong with a cell that does not fit, the end of a clause."""
    reading = column.reading
    if reading is not None and reading.kind == "date":
        return f"is no date like the others ({calendar.EXAMPLES[reading.order]})"
    if reading is not None and reading.kind == "time":
        return "is no time of day like the others (14:30)"
    if reading is not None and reading.kind == "boolean" and not column.categories:
        return "is neither true nor false"
    if column.categories:
        return f"is new; the model knows {listed(column.categories)}"
    if reading is not None and (notation := numerals.described(reading)):
        return f"is not a number like the others ({notation})"
    return "is not a plain finite number like -1.5 or 2e3"


def _misfits(column: Column, words: Words, misfit: NDArray[np.bool_], first: int) -> Misfits | None:
    rows = np.flatnonzero(misfit)
    named = tuple((first + row, words.vocabulary[words.index[row]]) for row in rows[:_FIRST].tolist())
    return Misfits(column, len(rows), named) if named else None
