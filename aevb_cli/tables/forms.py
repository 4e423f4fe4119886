"""How a table writes the cells of its columns: decimals, units, truth values, dates, found in its first records."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from aevb_cli.forms import PARTS, Bound, Form, Part
from aevb_cli.settings import Column, Reading
from aevb_cli.tables import arrow
from aevb_cli.tables.kinds import meaning, numerals, patterns
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.kinds.inference import Found
from aevb_cli.tables.raw import RawTable
from aevb_cli.tables.space import FloatArray
from aevb_cli.tables.table import Extent, Table

MOST_DIGITS = 15
"""Digits behind a decimal mark up to which numbers are rounded; those that need more have as many as a double has."""

_SOME = 1000
_PAIRS = {"true": "false", "t": "f", "yes": "no", "y": "n", "1": "0"}
_OPPOSITES = _PAIRS | {false: true for true, false in _PAIRS.items()}
_EXACT = 2e-9
"""Hours to which times are known: some microseconds."""


def forms(raw: RawTable, found: Sequence[Found], table: Table) -> tuple[Form, ...]:
    """Return the forms of those columns from which a model can be made, in the table's order.

    found: what they were taken for; table: its typed columns.
    """
    places = {name: place for place, name in enumerate(raw.names)}
    used = sorted((each for each in found if each.columns), key=lambda each: places[each.name])
    heads = raw.head().text([each.name for each in used])
    where = {name: place for place, name in enumerate(table.names)}
    extents = table.extent
    return tuple(
        form(
            each.name,
            each.columns[0],
            head,
            table.values[:, where[each.columns[0].name]],
            extents[where[each.columns[0].name]],
            text=raw.is_text,
        )
        for each, head in zip(used, heads, strict=True)
    )


def form(name: str, column: Column, head: Any, values: FloatArray, extent: Extent, *, text: bool) -> Form:
    """Return the form of a table's column.

    column: the model's that is read from it; head: its first cells, an Arrow column; values: all of its cells, (rows,);
    extent: of these; text: whether the table is one, so that its columns have no types.
    """
    kind = "" if text else str(head.type)
    words = Words.of_parts(arrow.as_text, head)
    known = [word for word in words.vocabulary if not np.isnan(_value(column, word))]
    constant = known[0] if extent.constant and known else ""
    reading = column.reading or Reading("words" if column.categories else "number")
    if reading.kind == "boolean":
        return Form(name, kind, words=_truths(words, known), constant=constant)
    if reading.kind == "date":
        pattern = patterns.of_dates(known, reading.order)
        return Form(name, kind, pattern=pattern, part=_part(values * 24), constant=constant)
    if reading.kind == "time":
        day: Bound = "day" if 0 <= extent.low <= extent.high < 24 else _bound(extent)
        return Form(name, kind, pattern=patterns.of_times(known), bound=day, part=_part(values), constant=constant)
    if column.categories:
        return Form(name, kind, constant=constant)
    digits, bound = _digits(values, single="float" in kind and "64" not in kind), _bound(extent)
    if kind and known and "string" not in kind:
        return Form(name, kind, digits, bound=bound, constant=constant)
    return _of_text(Form(name, kind, digits, bound=bound, constant=constant), known, reading)


def _value(column: Column, word: str) -> float:
    """What a cell is, NaN where it is none of the column's: a number, or for words anything but NaN."""
    if column.categories:
        return 0.0
    return meaning.as_number(column)(word)


def _truths(words: Words, known: Sequence[str]) -> tuple[str, ...]:
    """Return the most frequent words for 0 and 1; one that is not there is the other's opposite."""
    counts = dict(zip(words.vocabulary, words.counts().tolist(), strict=True))
    false, true = (
        max((word for word in known if meaning.truth(word) == value), key=counts.__getitem__, default="")
        for value in (0.0, 1.0)
    )
    if not known:
        return ()
    return false or _opposite(true), true or _opposite(false)


def _opposite(word: str) -> str:
    """Return the word for the other truth value, in the same case."""
    found = _OPPOSITES[word.lower()]
    return found.upper() if word.isupper() else found.capitalize() if word[:1].isupper() else found


def _part(hours: FloatArray) -> Part:
    """Return the finest part that is not 0 everywhere. hours: (rows,)."""
    known = hours[~np.isnan(hours)]
    return next(
        (part for part, size in PARTS.items() if (np.abs(known - np.rint(known / size) * size) < _EXACT).all()), ""
    )


def _bound(extent: Extent) -> Bound:
    if extent.low >= 0:
        return ">0" if extent.low > 0 else ">=0"
    if extent.high <= 0:
        return "<0" if extent.high < 0 else "<=0"
    return ""


def _digits(values: FloatArray, *, single: bool) -> int:
    """Return the most digits that a number has behind the point. values: (rows,); single: of single precision."""
    known = values[~np.isnan(values)]
    if _left(known[:_SOME], MOST_DIGITS, single=single).size:
        return -1
    for digits in range(MOST_DIGITS + 1):
        known = _left(known, digits, single=single)
        if not known.size:
            return digits
    return -1


def _left(values: FloatArray, digits: int, *, single: bool) -> FloatArray:
    """The numbers that need more digits."""
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.round(values, digits)
    kind = np.float32 if single else np.float64
    left: FloatArray = values[(rounded.astype(kind) != values.astype(kind)) & np.isfinite(rounded)]
    return left


def _of_text(found: Form, known: Sequence[str], reading: Reading) -> Form:
    """The form of numbers that are text: what stands around them, and zeros at their end."""
    parts = [(word, numerals.parts(word)) for word in known]
    digits = [part.digits for _, part in parts if part]
    counts = {len((text.rpartition(reading.decimal)[2]) if reading.decimal in text else "") for text in digits}
    exponents = any(part.exponent for _, part in parts if part)
    most = max(counts, default=0)
    fixed = most if not exponents and len(counts) == 1 and found.digits in range(most + 1) else 0
    grouped = bool(reading.thousands) and any(reading.thousands in text for text in digits)
    signs = {sign: Counter(part.around for _, part in parts if part and part.below == sign) for sign in (False, True)}
    around, below = (max(signs[sign], key=signs[sign].__getitem__, default="") for sign in (False, True))
    return Form(
        found.name, found.type, found.digits, fixed, grouped,
        "" if around == "{}" else around, "" if below == "-{}" else below, found.bound, constant=found.constant,
    )  # fmt: skip
