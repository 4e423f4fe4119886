"""Numbers as text, in the notations that people use: 1.5e3, 1,234.5, 1.234,5, 45 %, $5, 12 kg, 1.5D+03, (12).

A notation belongs to a column: it is found only where all of its cells agree on one.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from aevb_cli.settings import Column, Decimal, Reading, Thousands

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_CELL = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])? ?(?P<before>[^\d\s.,'()+-][^\d.,'()+-]*?)? ?(?P<inner>[+-])?"
    r"(?P<digits>\d[\d., ']*|[.,]\d+)(?P<exponent>[ed][+-]?\d+)? ?(?P<after>[^\d\s.,'()+-][^\d()]*)?(?P<close>\))?",
    re.ASCII | re.IGNORECASE,
)
_FORTRAN = re.compile(r"d[+-]?\d\d+|d[+-]\d+", re.IGNORECASE)
_GROUPS = r"[1-9]\d{{0,2}}(?:{0}\d{{3}})+"  # 0,500 is a half, and no number with thousands
_CURRENCIES = frozenset(
    "USD EUR GBP JPY CHF CNY INR AUD CAD NZD SEK NOK DKK PLN CZK HUF RUB BRL ZAR MXN KRW".split()  # noqa: SIM905 - so many quotes
)
_PREFIXES = {"rs", "rs.", "kr", "kr.", "fr", "fr.", "zł", "kč", "ft", "us$", "r$", "a$", "c$", "nz$", "hk$"}
_UNITS = {
    *("g", "mg", "kg", "t", "lb", "lbs", "oz", "mm", "cm", "m", "km", "in", "ft", "mi", "s", "ms", "min", "h", "d"),
    *("l", "ml", "k", "K", "M", "B", "bn", "%", "‰", "°C", "°F", "€", "$", "£", "EUR", "USD", "GBP"),
}
_SHARES = {"%", "\u2030"}
_LONGEST_UNIT = 12
_BLANK_OR_APOSTROPHE: tuple[Thousands, ...] = (" ", "'")
_SAME_TEXT = str.maketrans({"\u2212": "-", "\u2019": "'", "\u02bc": "'"})
_MARKED = 0.2
"""The least share of a column's different cells, beside two of them, in which a decimal comma must stand."""

_MARKS = {",": "comma", ".": "point", " ": "blank", "'": "apostrophe"}


def number(word: str) -> float:
    """Return a plain finite decimal number in ASCII digits, with an optional point and exponent; NaN for others."""
    value = float(word) if _PLAIN.fullmatch(word) else np.nan
    return value if np.isfinite(value) else np.nan


def whole(words: Iterable[str]) -> bool:
    """Whether all of these numbers are written as whole ones."""
    return all(word.lstrip("+-").isdigit() for word in words)


def value(word: str, reading: Reading) -> float:
    """Return a cell's number in a column's notation, or in the plain one where that is no other number; or NaN."""
    cell = _CELL.fullmatch(_normalised(word))
    if cell is None or (cell["before"] or reading.before, cell["after"] or reading.after) != (
        reading.before,
        reading.after,
    ):
        return np.nan
    if reading.after in _SHARES and not cell["after"] and cell["digits"].strip("0.,"):
        return np.nan  # 0.5 beside 12 % may be either
    digits, decimal, thousands = cell["digits"].strip(), reading.decimal, reading.thousands
    if not thousands and decimal == "," and decimal in digits:
        thousands = "."  # 1.234 may be either, of 1.234,5 there is no doubt
    if thousands and thousands in digits:
        whole_part = digits.partition(decimal)[0]
        if not re.fullmatch(_GROUPS.format(re.escape(thousands)), whole_part) or thousands in digits[len(whole_part) :]:
            return np.nan
        digits = digits.replace(thousands, "")
    if decimal != "." and "." in digits:
        return np.nan
    exponent = (cell["exponent"] or "").lower().replace("d", "e")
    found = number(digits.replace(decimal, ".") + exponent)
    signs = (cell["sign"] or "") + (cell["inner"] or "") + ("-" if cell["open"] else "")
    if len(signs) > 1 or bool(cell["open"]) != bool(cell["close"]):
        return np.nan
    return -found if signs == "-" else found


def told(column: Column, decimal: Decimal | None) -> Column:
    """Return a model's column with the decimal mark that is told of the table at hand, if any, in place of its own."""
    reading = column.reading or Reading("number")
    if column.categories or reading.kind != "number" or decimal is None:
        return column
    if decimal == reading.decimal and reading.thousands:
        return column
    thousands: Thousands = (
        reading.thousands if reading.thousands in _BLANK_OR_APOSTROPHE else "." if decimal == "," else ","
    )
    return replace(column, reading=replace(reading, decimal=decimal, thousands=thousands))


def other_mark(word: str, column: Column) -> tuple[str, ...]:
    """Return what to say where a cell is no number in a column's notation, but is one with the other decimal mark.

    >>> other_mark("1,5", Column("x"))
    ("say that its comma is the decimal mark: --decimal ','",)
    >>> other_mark("one", Column("x"))
    ()
    """
    marks: tuple[tuple[Decimal, str], ...] = ((",", "comma"), (".", "point"))
    for mark, name in marks:
        other = told(column, mark).reading
        if other != column.reading and mark in word and other and not np.isnan(value(word, other)):
            if re.fullmatch(_GROUPS.format(re.escape(mark)), word.lstrip("+-")):
                return ("say which mark is the decimal one, --decimal , or --decimal .",)
            return (f"say that its {name} is the decimal mark: --decimal '{mark}'",)
    return ()


class Parts(NamedTuple):
    """A number as it is written: its digits with their marks, its exponent, what stands around, and its side of 0."""

    digits: str
    exponent: str
    around: str
    below: bool


def parts(word: str) -> Parts | None:
    """Return the parts of a number in some notation, {} for its digits; None for other text."""
    text = _normalised(word)
    cell = _CELL.fullmatch(text)
    if cell is None:
        return None
    digits, exponent = cell["digits"].rstrip(), cell["exponent"] or ""
    start = cell.start("digits")
    end = cell.end("exponent") if exponent else start + len(digits)
    below = "-" in (cell["sign"] or "") + (cell["inner"] or "") or bool(cell["open"])
    return Parts(digits, exponent, f"{text[:start].lstrip('+')}{{}}{text[end:]}", below)


def notations(words: Sequence[str], decimal: Decimal | None = None) -> list[Reading]:
    """Return the notations in which all of a column's cells are numbers: none, one, or two that must be told apart.

    words: the different cells, not all of them plain numbers; decimal: the decimal mark, where it is told.
    """
    cells = [_CELL.fullmatch(_normalised(word)) for word in words]
    if not cells or not all(cells):
        return []
    parts = [cell for cell in cells if cell is not None]
    around = set(map(_around, parts))
    if len(around) > 1:
        return []
    ((ahead, behind),) = around
    if not _surrounds(ahead, behind):
        return []
    if ahead.isalpha() and not all(f"{ahead} " in _normalised(word) for word in words):
        return []  # rs1373 is a label, and Rs 1373 a price
    if any("d" in (cell["exponent"] or "").lower() and not _FORTRAN.fullmatch(cell["exponent"]) for cell in parts):
        return []
    found = []
    for mark, thousands in _marks([cell["digits"].strip() for cell in parts], decimal, plain=not (ahead or behind)):
        reading = Reading("number", mark, thousands, ahead, behind)
        if not any(np.isnan(value(word, reading)) for word in words):
            found.append(reading)
    return found


def of_most(words: Sequence[str]) -> list[Reading]:
    """Return the notation of those cells that have the most frequent currency or unit; none where none has any."""
    cells = {word: cell for word in words if (cell := _CELL.fullmatch(_normalised(word)))}
    around = {word: _around(cell) for word, cell in cells.items()}
    for pair, _ in Counter(around.values()).most_common(1):
        return notations([word for word in around if around[word] == pair]) if any(pair) else []
    return []


def units(words: Sequence[str]) -> set[str]:
    """Return what stands around the numbers of a column, "" for nothing; none where not all cells are numbers."""
    cells = [_CELL.fullmatch(_normalised(word)) for word in words]
    around = {_around(cell) for cell in cells if cell}
    known = all(_surrounds(*pair) and (not pair[1] or pair[1] in _UNITS) for pair in around)
    return {before or after for before, after in around} if all(cells) and known else set()


def described(reading: Reading, words: Sequence[str] | None = None) -> str:
    """Return what a notation is, in words; of these cells only the marks that they have."""
    marks = {mark for word in words for mark in word} if words is not None else {reading.decimal}
    parts = [f"decimal {_MARKS[reading.decimal]}"] if reading.decimal != "." and reading.decimal in marks else []
    told = reading.thousands and (reading.decimal == "." or reading.thousands in marks)
    parts += [f"thousands by {_MARKS[reading.thousands]}"] if told else []
    parts += [f"in {text}" for text in (reading.before, reading.after) if text]
    return ", ".join(parts)


def _around(cell: re.Match[str]) -> tuple[str, str]:
    """Return what stands before a number and after it, "" for nothing: a currency or a unit."""
    return (cell["before"] or "").strip(), (cell["after"] or "").strip()


def _normalised(word: str) -> str:
    """Return a cell with one kind of blank, minus and apostrophe."""
    return re.sub(r"\s+", " ", word.translate(_SAME_TEXT)).strip()


def _surrounds(before: str, after: str) -> bool:
    """Whether what stands around the numbers of a column can be a currency or a unit, and is no part of a label."""
    if before and not (before.upper() in _CURRENCIES or before.lower() in _PREFIXES or any(map(_is_money, before))):
        return False
    if not after:
        return True
    return len(after) <= _LONGEST_UNIT and any(sign.isalpha() or sign in "%‰°" or _is_money(sign) for sign in after)


def _is_money(sign: str) -> bool:
    return unicodedata.category(sign) == "Sc"


def _marks(digits: Sequence[str], decimal: Decimal | None, *, plain: bool) -> list[tuple[Decimal, Thousands]]:
    """Return the pairs of a decimal mark and a thousands separator that a column's digits may have.

    plain: nothing stands around them, so that a single comma may be a slip.
    """
    joined = "".join(digits)
    other: list[Thousands] = [mark for mark in _BLANK_OR_APOSTROPHE if mark in joined]
    if len(other) > 1:
        return []
    if other:
        marks: list[Decimal] = [decimal] if decimal else [",", "."] if "," in joined else ["."]
        return [(mark, other[0]) for mark in marks]
    if decimal:
        return [(decimal, "," if decimal == "." else ".")]
    if "," not in joined:
        return [(",", ".")] if any(text.count(".") > 1 for text in digits) else [(".", "")]
    found: list[tuple[Decimal, Thousands]] = [(".", ",")]
    commas, points = (sum(mark in text for text in digits) for mark in ",.")
    if not plain or commas == len(digits) or points or (commas > 1 and commas >= _MARKED * len(digits)):
        found.append((",", "." if points else ""))
    return found
