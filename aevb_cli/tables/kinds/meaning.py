"""The value of a cell of text in a column of known type: a number, a truth value, a date, or a word's code."""

import unicodedata
from collections.abc import Callable

import numpy as np

from aevb_cli.settings import WEEKDAYS, Column, DateOrder, Reading
from aevb_cli.tables.kinds import calendar, dates, numerals

TRUTHS = ({"true", "t", "false", "f"}, {"yes", "y", "no", "n"})
_TRUE, _FALSE = {"true", "t", "yes", "y"}, {"false", "f", "no", "n"}


def as_number(column: Column, *, known: bool = False) -> Callable[[str], float]:
    """Return the function from a cell of a column of numbers to its value, NaN where it has none.

    known: the column is a model's: a date in another order than its dates is one where it can be read in one way only.
    """
    reading = column.reading
    if reading is None:
        return numerals.number
    if reading.kind == "boolean":
        return truth
    if reading.kind == "date":
        value = dates.value if known else calendar.value
        return lambda word: value(word, reading.order, reading.part)
    if reading.kind == "time":
        return calendar.hours
    return lambda word: numerals.value(word, reading)


def truth(word: str) -> float:
    """Return 1 for a word that says true, 0 for one that says false, in numbers too (1.0); NaN for others."""
    lower, number = word.lower(), numerals.number(word)
    return 1.0 if lower in _TRUE or number == 1 else 0.0 if lower in _FALSE or number == 0 else np.nan


def as_code(column: Column, *, known: bool = False) -> Callable[[str], float]:
    """Return the function from a cell of a column of words to its code, NaN where it has none; known: as there."""
    codes = {word: float(code) for code, word in enumerate(column.categories)}
    reading = column.reading or Reading("words")
    if reading.kind == "boolean":
        return truth
    if reading.kind == "code":
        return lambda word: codes.get(code_text(numerals.number(word)), np.nan)
    if reading.kind == "date":
        return lambda word: codes.get(_weekday(word, reading.order, known=known), np.nan)
    rest = codes.get(reading.rest, np.nan)
    composed = {unicodedata.normalize("NFC", word): code for word, code in codes.items()}
    return lambda word: codes.get(word, composed.get(unicodedata.normalize("NFC", word), rest))


def _weekday(word: str, order: DateOrder, *, known: bool) -> str:
    day = (dates.value if known else calendar.value)(word, order, "weekday")
    return "" if np.isnan(day) else WEEKDAYS[int(day)]


def code_text(number: float) -> str:
    """Return a number as the word that it stands for: 3 for 3.0."""
    return str(int(number)) if number.is_integer() else repr(number)
