"""What a column of a table is taken for: numbers, dates, times, words, or nothing that a model could use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.settings import WEEKDAYS, Column, DateOrder, Decimal, Reading, ReadOptions, Told
from aevb_cli.tables.kinds import calendar, cells, classes, markers, meaning, numerals, vocabulary
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.kinds.spoilt import spoilt_column
from aevb_cli.tables.space import FloatArray
from aevb_cli.tables.table import listed, quoted, shown


@dataclass(frozen=True)
class Found:
    """What a column of a table was taken for: the model's columns that are read from it, or why there is none.

    kind: in words; missing: how many cells; guess: what was taken for granted, empty for plain numbers and words.
    """

    name: str
    columns: tuple[Column, ...] = ()
    kind: str = ""
    left_out: str = ""
    missing: int = 0
    guess: str = ""


Result = tuple[Found, list[list[FloatArray]]]
"""What a column was taken for, and the values of its model columns: arrays that follow each other, (rows,) in all."""


@dataclass(frozen=True)
class Inference:
    """How the columns of a table are taken.

    place: says where a record is; decimal: the mark that the others have, where two notations would do.
    """

    source: str
    place: Callable[[int], str]
    options: ReadOptions
    decimal: Decimal | None = None

    def of_numbers(self, name: str, pieces: list[FloatArray]) -> Result:
        """Take a column that is numbers throughout. pieces: arrays that follow each other, (rows,) in all."""
        missing = sum(map(cells.missing, pieces))
        if missing == sum(map(len, pieces)):
            return _left_out(name, "empty")
        if not self.options.strict and all(map(calendar.may_be_days, pieces)):
            words = Words.joined([Words.of_numbers(piece) for piece in pieces])
            if calendar.orders(words.vocabulary) == ["ymd"]:
                return _date(name, words, "ymd")
        return Found(name, (Column(name),), "number", missing=missing), [pieces]

    def of_words(
        self, name: str, words: Words, told: Told | None = None, *, predicted: bool = False, numeric: bool = False
    ) -> Result:
        """Take a column of text. predicted: its words are classes; numeric: it is of no use as words.

        Raises
        ------
        DataError
            single cells do not go with the others, dates or numbers can be read in two ways, or the cells are not what
            they are told to be.
        """
        every = words.without(cells.told_missing(words, self.options.na))
        if told == "category":
            return self._classes(name, every, told=True) if predicted else self._category(name, every, told=True)
        present = every.without(markers.missing(strict=self.options.strict))
        if not present.vocabulary:
            return _left_out(name, "empty")
        found = self._number(name, present, told) or self._calendar(name, present, told)
        if found and not told and _is_truth(found[0]) and vocabulary.one_truth(present):
            found = None
        if found is None and told:
            raise self._error(name, f"{shown(present.vocabulary[0])} and others are not what --types says: {told}.")
        if predicted and found and _is_truth(found[0]):
            return self._classes(name, present, truths=True)
        if predicted and not found:
            return self._classes(name, every.without(markers.unknown(strict=self.options.strict)))
        return found or self._category(name, every, numeric=numeric)

    def _number(self, name: str, words: Words, told: Told | None) -> Result | None:
        """A column of numbers, or of truth values."""
        if told not in {None, "number", "boolean"}:
            return None
        if told != "boolean" and _all(words, numerals.number):
            if told is None and vocabulary.padded(words) and not vocabulary.unusable(words):
                return None
            return self._in_groups(name, words) or _read(name, words, Column(name), "number")
        lower = {word.lower() for word in words.vocabulary}
        truths = any(lower - {"0", "1"} and lower - {"0", "1"} <= pair for pair in meaning.TRUTHS)
        if (told == "boolean" and _all(words, meaning.truth)) or truths:
            guess = f"{listed(sorted(words.vocabulary))} as 1 and 0"
            return _read(name, words, Column(name, reading=Reading("boolean")), "true or false", guess)
        return None if told == "boolean" else self._notation(name, words, self.options.decimal)

    def _in_groups(self, name: str, words: Words) -> Result | None:
        """A column of numbers such as 1.234 in a table whose decimal mark is the comma: its points are no such marks.

        Raises
        ------
        DataError
            that is told, and a point stands where no thousands end.
        """
        if self.decimal != "," or not any("." in word for word in words.vocabulary):
            return None
        if numerals.notations(words.vocabulary, ","):
            return self._notation(name, words, ",")
        if self.options.decimal == ",":
            cell = max(words.vocabulary, key=lambda word: "." in word)
            raise self._error(name, f"{shown(cell)} has another decimal mark than the comma. Leave out --decimal ,")
        return None

    def _notation(self, name: str, words: Words, decimal: Decimal | None) -> Result | None:
        """A column of numbers in another notation than the plain one. decimal: its mark, where that is known."""
        readings = numerals.notations(words.vocabulary, decimal)
        if len(readings) > 1 and self.decimal:
            readings = [reading for reading in readings if reading.decimal == self.decimal]
        if len(readings) > 1:
            cell = max(words.vocabulary, key=lambda word: "," in word)
            which = " or ".join(f"{numerals.value(cell, reading):.10g}" for reading in readings)
            raise self._error(name, f"{shown(cell)} is {which}. Name the decimal mark: --decimal . or --decimal ,")
        if not readings:
            return None
        notation = numerals.described(readings[0], words.vocabulary)
        kind = f"number ({notation})" if notation else "number"
        return _read(name, words, Column(name, reading=readings[0]), kind, f"numbers {notation or 'with other signs'}")

    def _calendar(self, name: str, words: Words, told: Told | None) -> Result | None:
        """A column of times of day, or of dates."""
        if told in {"number", "boolean"}:
            return None
        if told in {None, "time"} and _all(words, calendar.hours):
            return _read(name, words, Column(name, reading=Reading("time")), "time of day", "times of day, in hours")
        orders = [order for order in calendar.orders(words.vocabulary) if told in {None, "date", order}]
        if len(orders) > 1:
            word = next(word for word in words.vocabulary if len({calendar.moment(word, each) for each in orders}) > 1)
            which = " or ".join(f"{calendar.written(word, order)} ({order})" for order in orders)
            ways = f" or {quoted(name)}=".join(orders)
            raise self._error(name, f"{shown(word)} is {which}. Say which: --types {quoted(name)}={ways}")
        return _date(name, words, orders[0]) if orders else None

    def _category(self, name: str, words: Words, *, told: bool = False, numeric: bool = False) -> Result:
        """A column of words, or why it is left out."""
        if told and words.vocabulary and _all(words, numerals.number):
            return code(name, words.values(numerals.number))
        if not told:
            self._check_mixture(name, words, as_words=not numeric)
            if reason := vocabulary.unusable(words):
                return _left_out(name, reason)
        kept, rest = vocabulary.frequent(words)
        column = Column(name, kept, reading=Reading("words", rest=rest) if rest else None)
        return _read(name, words, column, *vocabulary.described(words, kept, rest))

    def _classes(self, name: str, words: Words, *, told: bool = False, truths: bool = False) -> Result:
        """A column of classes, or why it cannot be one."""
        reason = vocabulary.unusable(words)
        if not told and not truths:
            self._check_mixture(name, words, as_words=not reason)
        if reason:
            return _left_out(name, reason)
        if told and words.vocabulary and _all(words, numerals.number):
            return code(name, words.values(numerals.number))
        column = classes.column(name, words, truths=truths)
        return _read(name, words, column, *vocabulary.described(words, column.categories, ""))

    def _check_mixture(self, name: str, words: Words, *, as_words: bool) -> None:
        """Raise DataError where single words stand among numbers, or numbers have several units.

        as_words: whether it could be a column of words instead.
        """
        if units := vocabulary.units(words):
            raise self._error(
                name, f"its numbers are in {listed(units)}. Convert them to one unit, or --drop the column"
            )
        numbers = vocabulary.spoilt_numbers(words, strict=self.options.strict)
        spoilt = Column(name) if numbers else spoilt_column(name, words)
        _, misfits = cells.fit(spoilt, words, 1, self.options) if spoilt else (None, None)
        if misfits:
            ways_out = [f"take all cells as words: --types {quoted(name)}=category"] * as_words
            raise misfits.error(self.place, *ways_out)

    def _error(self, name: str, sentence: str) -> DataError:
        return DataError(f"{self.source}, column {shown(name)}: {sentence}")


def code(name: str, values: FloatArray, *, beside: bool = False) -> Result:
    """Take numbers for words. values: (rows,); beside: the numbers are a column of their own."""
    numbers = np.unique(values[~np.isnan(values)])
    column = Column(
        f"{name} (code)" if beside else name, tuple(map(meaning.code_text, numbers.tolist())), name, Reading("code")
    )
    return _taken(name, column, vocabulary.counted(len(numbers)), cells.of_numbers(column, values))


def decimal_mark(columns: Sequence[Words]) -> Decimal | None:
    """Return the decimal mark of those columns whose numbers can have but one; None where they do not tell."""
    readings = [numerals.notations(words.vocabulary) for words in columns]
    found = {each[0].decimal for each in readings if len(each) == 1}
    return found.pop() if len(found) == 1 else None


def _date(name: str, words: Words, order: DateOrder) -> Result:
    """The days of a column of dates, and those parts of the calendar that tell more."""
    parts = calendar.parts(words.vocabulary, order)
    columns = [
        Column(
            name if part == "days" else f"{name} ({part})",
            WEEKDAYS if part == "weekday" else (),
            name,
            Reading("date", order=order, part=part),
        )
        for part in parts
    ]
    values = [[cells.fit(column, words, 1)[0]] for column in columns]
    missing = int(np.count_nonzero(np.isnan(values[0][0])))
    return Found(name, tuple(columns), "date", "", missing, f"dates, such as {calendar.EXAMPLES[order]}"), values


def _read(name: str, words: Words, column: Column, kind: str, guess: str = "") -> Result:
    return _taken(name, column, kind, cells.fit(column, words, 1)[0], guess)


def _taken(name: str, column: Column, kind: str, values: FloatArray, guess: str = "") -> Result:
    missing = int(np.count_nonzero(np.isnan(values)))
    column = replace(column, source="" if column.name == name else name)
    return Found(name, (column,), kind, "", missing, guess), [[values]]


def _left_out(name: str, reason: str) -> Result:
    return Found(name, left_out=reason, guess=reason), []


def _is_truth(found: Found) -> bool:
    return any(column.reading is not None and column.reading.kind == "boolean" for column in found.columns)


def _all(words: Words, value: Callable[[str], float]) -> bool:
    return not any(np.isnan(value(word)) for word in words.vocabulary)
