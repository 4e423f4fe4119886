"""From the text of cells to numbers and codes, and a sentence for each cell that is neither.

A missing cell is an empty one, blanks, or NA (as R writes it). A number is a finite decimal number in ASCII digits,
with a point and perhaps an exponent; nan, inf, 1e999, 1,5, 0x10 and 1_000 are none.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class Offenders:
    """The cells of a column that do not fit it: their number, and (record, cell) of the first few."""

    column: Column
    count: int
    first: tuple[tuple[int, str], ...]

    def joined(self, later: "Offenders") -> "Offenders":
        """Return these and those of a later piece of the same file."""
        return Offenders(self.column, self.count + later.count, (self.first + later.first)[:_FIRST])

    def error(self, name: str) -> DataError:
        """Return the error that names them."""
        record, cell = self.first[0]
        others = ", ".join(f"{shown(word)} in record {place}" for place, word in self.first[1:])
        count = f" {self.count} such cells; the next: {others}." if others else ""
        fault = _unseen(self.column) if self.column.categories else _no_number(cell)
        return DataError(f"{name}, record {record}, column {shown(self.column.name)}: {shown(cell)} {fault}{count}")


def is_number(word: str) -> bool:
    """Tell whether a text is a finite decimal number."""
    return not np.isnan(_number(word))


def finite(column: Any) -> list[FloatArray] | None:
    """Return an Arrow column of doubles in pieces, NaN where it is null; None where a cell is nan or infinite."""
    pieces = arrow.to_numpy(column)
    found = sum(int(np.count_nonzero(np.isfinite(piece))) for piece in pieces)
    return pieces if found == len(column) - column.null_count else None


@dataclass(frozen=True, eq=False)
class Words:
    """A column's cells as text: the different words, and each row's place among them, -1 where it is missing; (rows,).

    Blanks around a word are taken away.
    """

    vocabulary: list[str]
    index: NDArray[np.int32]

    @classmethod
    def of(cls, cells: Any) -> "Words":
        """Take them from an Arrow column of strings."""
        import pyarrow.compute

        encoded = pyarrow.compute.utf8_trim(cells, BLANKS).combine_chunks().dictionary_encode()
        vocabulary = encoded.dictionary.to_pylist()
        present = np.array([word not in MISSING for word in vocabulary] + [False])
        places = np.where(present, np.cumsum(present) - 1, -1).astype(np.int32)
        index = np.concatenate(arrow.to_numpy(encoded.indices, missing=-1))
        return cls([word for word in vocabulary if word not in MISSING], places[index])

    @classmethod
    def joined(cls, parts: "Sequence[Words]") -> "Words":
        """Put the parts of a column together, in their order."""
        if len(parts) == 1:
            return parts[0]
        places: dict[str, int] = {}
        found = []
        for part in parts:
            own = [places.setdefault(word, len(places)) for word in part.vocabulary]
            found.append(np.array([*own, -1], np.int32)[part.index])
        return cls(list(places), np.concatenate(found))

    def values(self, value: Callable[[str], float]) -> FloatArray:
        """Return each row's number, NaN where it is missing."""
        return np.array([*map(value, self.vocabulary), np.nan])[self.index]


def fit(column: Column, words: Words, first: int) -> tuple[list[FloatArray], Offenders | None]:
    """Return the values of text cells for a known column, NaN where missing or unfit, and the unfit ones.

    words: of rows whose first is record `first`.
    """
    codes = {word: float(code) for code, word in enumerate(column.categories)}
    values = words.values(lambda word: codes.get(word, np.nan) if codes else _number(word))
    return [values], _offenders(column, words, np.isnan(values), first)


def infer(name: str, column: str, cells: Words) -> tuple[Column, list[FloatArray]]:
    """Return what a column of text cells is, numeric or categorical, and its values, in pieces.

    Raises
    ------
    DataError
        there is no value at all; numbers and words are mixed; booleans, dates, numbers in a foreign notation;
        an identifier or free text.
    """
    (values,), offenders = fit(Column(column), cells, 1)
    if offenders is None:
        return Column(column), [values]
    vocabulary, index = cells.vocabulary, cells.index
    numbers, words = np.count_nonzero(~np.isnan(values)), offenders.count
    broken = all(_ALMOST.fullmatch(word) for word in vocabulary if not is_number(word))
    if numbers > words or broken:
        raise offenders.error(name)
    if numbers:
        row = int(np.argmax(~np.isnan(values)))
        raise _complaint(name, f"record {row + 1}, column", column, f"{shown(vocabulary[index[row]])} {_NO_WORD}")
    if reason := _refusal(vocabulary, words):
        raise _complaint(name, "column", column, reason)
    categories = tuple(sorted(vocabulary))
    return Column(column, categories), fit(Column(column, categories), cells, 1)[0]


def _refusal(vocabulary: Sequence[str], rows: int) -> str | None:
    """Return why a column of words is no column of categories."""
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
_NO_WORD = f"is a number in a column of words. Write it as a word (such as 'n1'), {_LEAVE_OUT}"


def _no_number(cell: str) -> str:
    if re.fullmatch(r"[+-]?[\d.]+,\d+", cell):
        return "is not a number. Write the decimal mark as a point."
    if _ALMOST.fullmatch(cell):
        return "is not a plain finite number like -1.5 or 2e3. Leave an unknown one empty, or write NA."
    return f"is not a number. Mend it, leave the cell empty where the value is unknown, {_LEAVE_OUT}"


def _unseen(column: Column) -> str:
    known = listed(column.categories)
    return f"is new; the model knows {known}. Mend it, or take it as missing with --unseen missing."


def _number(word: str) -> float:
    value = float(word) if _NUMBER.fullmatch(word) else np.nan
    return value if np.isfinite(value) else np.nan


def _offenders(column: Column, words: Words, unfit: NDArray[np.bool_], first: int) -> Offenders | None:
    rows = np.flatnonzero(unfit & (words.index >= 0))
    named = tuple((first + row, words.vocabulary[words.index[row]]) for row in rows[:_FIRST].tolist())
    return Offenders(column, len(rows), named) if named else None
