"""Parse cells of text as numbers or categories, with an error message for each cell that is neither.

A missing cell is an empty one, blanks, or NA (as R writes it). A number is a finite decimal number in ASCII digits,
with an optional point and exponent; nan, inf, 1e999, 1,5, 0x10 and 1_000 are not numbers.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import arrow
from aevb_cli.tables.space import FloatArray
from aevb_cli.tables.table import listed, shown

MISSING = ("", "NA")
BLANKS = " \t"
MOST_CATEGORIES = 100
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_ALMOST = re.compile(
    r"[+-]?(nan|inf(inity)?|0x[\da-f]+"
    r"|[$€£]? ?(\d[\d_]*(,\d+)*(\.\d*)?|\d{1,3}(\.\d{3})+,\d+|\.\d+)(e[+-]?\d+)? ?[%€]?)",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})([T ]\d{1,2}:\d\d.*)?", re.ASCII)
_BOOLEANS = {"true", "false"}
_FIRST = 3

_PART = 1 << 20  # rows whose strings are copied at once


@dataclass(frozen=True)
class Misfits:
    """The cells of a column that do not fit its type: their count, and (record, cell) of the first three."""

    column: Column
    count: int
    first: tuple[tuple[int, str], ...]

    def joined(self, later: "Misfits") -> "Misfits":
        """Return these and those of later records of the same table."""
        return Misfits(self.column, self.count + later.count, (self.first + later.first)[:_FIRST])

    def error(self, name: str) -> DataError:
        """Return the error that names them, with the count."""
        record, cell = self.first[0]
        others = ", ".join(f"{shown(word)} in record {place}" for place, word in self.first[1:])
        count = f" {self.count} such cells; the next: {others}." if others else ""
        fault = _unseen(self.column) if self.column.categories else _not_a_number(cell)
        return DataError(f"{name}, record {record}, column {shown(self.column.name)}: {shown(cell)} {fault}{count}")


def is_number(word: str) -> bool:
    """Whether a string is a finite decimal number."""
    return not np.isnan(_number(word))


def finite(column: Any) -> list[FloatArray] | None:
    """Return an Arrow column of doubles as arrays, NaN where it is null; None where a cell is nan or infinite."""
    pieces = arrow.to_numpy(column)
    found = sum(int(np.count_nonzero(np.isfinite(piece))) for piece in pieces)
    return pieces if found == len(column) - column.null_count else None


@dataclass(frozen=True, eq=False)
class Words:
    """A column's cells as strings without surrounding blanks.

    vocabulary: the distinct ones; index: each row's place in it, -1 where the cell is missing, (rows,).
    """

    vocabulary: list[str]
    index: NDArray[np.int32]

    @classmethod
    def of(cls, cells: Any) -> "Words":
        """Encode a chunked Arrow column of strings."""
        import pyarrow.compute

        encoded = pyarrow.compute.utf8_trim(cells, BLANKS).combine_chunks().dictionary_encode()
        vocabulary = encoded.dictionary.to_pylist()
        present = np.array([word not in MISSING for word in vocabulary] + [False])
        places = np.where(present, np.cumsum(present) - 1, -1).astype(np.int32)
        index = np.concatenate(arrow.to_numpy(encoded.indices, missing=-1))
        return cls([word for word in vocabulary if word not in MISSING], places[index])

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

    def values(self, value: Callable[[str], float]) -> FloatArray:
        """Return the number that `value` gives for each row, NaN where the cell is missing."""
        return np.array([*map(value, self.vocabulary), np.nan])[self.index]


def fit(column: Column, words: Words, first: int) -> tuple[list[FloatArray], Misfits | None]:
    """Return the values of a column of known type, NaN where a cell is missing or a misfit, and the misfits.

    words: its cells, the first of them in record `first`.
    """
    codes = {word: float(code) for code, word in enumerate(column.categories)}
    values = words.values(lambda word: codes.get(word, np.nan) if codes else _number(word))
    return [values], _misfits(column, words, np.isnan(values), first)


def marked(codes: FloatArray, words: Words) -> FloatArray:
    """Return a categorical column's codes with UNSEEN where a cell is present and its category is unknown."""
    return np.where(np.isnan(codes) & (words.index >= 0), UNSEEN, codes)


def infer(name: str, column: str, cells: Words) -> tuple[Column, list[FloatArray]]:
    """Return whether a column is numeric or categorical, as a `Column`, and its values, as arrays.

    Raises
    ------
    DataError
        numbers and words are mixed; the cells are booleans, dates, numbers in another notation, identifiers or free
        text.
    """
    (values,), misfits = fit(Column(column), cells, 1)
    if misfits is None:
        return Column(column), [values]
    vocabulary, index = cells.vocabulary, cells.index
    numbers, words = np.count_nonzero(~np.isnan(values)), misfits.count
    malformed = all(_ALMOST.fullmatch(word) for word in vocabulary if not is_number(word))
    if numbers > words or malformed:
        raise misfits.error(name)
    if numbers:
        row = int(np.argmax(~np.isnan(values)))
        raise _complaint(
            name, f"record {row + 1}, column", column, f"{shown(vocabulary[index[row]])} {_NUMBER_AMONG_WORDS}"
        )
    if reason := _refusal(vocabulary, words):
        raise _complaint(name, "column", column, reason)
    categories = tuple(sorted(vocabulary))
    return Column(column, categories), fit(Column(column, categories), cells, 1)[0]


def _refusal(vocabulary: Sequence[str], rows: int) -> str | None:
    """Return why a column of words is not categorical."""
    if {word.lower() for word in vocabulary} <= _BOOLEANS:
        return f"{listed(vocabulary)} could be numbers or categories. Write 0 and 1, or no and yes."
    if all(map(_DATE.fullmatch, vocabulary)):
        return f"{shown(vocabulary[0])} is a date. Turn it into a number (days since a start), {_LEAVE_OUT}"
    if len(vocabulary) > max(MOST_CATEGORIES, rows / 2):
        return (
            f"{len(vocabulary)} different words in {rows} cells, like a name or a text. Leave it out with --features."
        )
    return None


def _complaint(name: str, place: str, column: str, sentence: str) -> DataError:
    return DataError(f"{name}, {place} {shown(column)}: {sentence}")


_LEAVE_OUT = "or leave the column out with --features."
_NUMBER_AMONG_WORDS = f"is a number in a column of words. Write it as a word (such as 'n1'), {_LEAVE_OUT}"


def _not_a_number(cell: str) -> str:
    if re.fullmatch(r"[+-]?[\d.]+,\d+", cell):
        return "is not a number. Write the decimal mark as a point."
    if _ALMOST.fullmatch(cell):
        return "is not a plain finite number like -1.5 or 2e3. Leave an unknown one empty, or write NA."
    return f"is not a number. Correct it, leave the cell empty where the value is unknown, {_LEAVE_OUT}"


def _unseen(column: Column) -> str:
    known = listed(column.categories)
    return f"is new; the model knows {known}. Correct it, or take it as missing with --unseen missing."


def _number(word: str) -> float:
    value = float(word) if _NUMBER.fullmatch(word) else np.nan
    return value if np.isfinite(value) else np.nan


def _misfits(column: Column, words: Words, misfit: NDArray[np.bool_], first: int) -> Misfits | None:
    rows = np.flatnonzero(misfit & (words.index >= 0))
    named = tuple((first + row, words.vocabulary[words.index[row]]) for row in rows[:_FIRST].tolist())
    return Misfits(column, len(rows), named) if named else None
