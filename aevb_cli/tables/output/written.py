"""A model's numbers as cells of a table, in the form of its column: decimals, units, dates, and a type of Arrow."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aevb_cli.forms import PARTS, Form, Part
from aevb_cli.settings import Column, Reading
from aevb_cli.tables import arrow
from aevb_cli.tables.kinds import numerals, patterns
from aevb_cli.tables.space import FloatArray

_TRUTHS = ("false", "true")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400


def written(form: Form, column: Column, values: FloatArray, kind: Any = None) -> Any:
    """Return cells fit for `write`, empty where a value is NaN: strings for a text, else an Arrow array.

    values: (rows,), words as codes, numbers as `settled` returns them; kind: the type of Arrow; None: the form's.
    """
    kind = typed(form.type) if kind is None else kind
    if kind is None or _is_text(kind):
        texts = _texts(form, column, values)
        return texts if kind is None else _strings(texts, values).cast(kind)
    return _array(form, column, values, kind)


def repeated(form: Form, rows: int) -> Any:
    """Return the only cell of a constant column, so many times."""
    kind = typed(form.type)
    if kind is None:
        return [form.constant] * rows
    texts = arrow.from_text([form.constant] * rows)
    if not _is_dictionary(kind):
        return texts.cast(kind)
    return _encoded(texts.cast(kind.value_type), texts.cast(kind.value_type).unique(), kind).combine_chunks()


def settled(form: Form, column: Column, values: FloatArray, *, drawn: bool) -> FloatArray:
    """Return numbers that the column can have: on its side of 0, with no more decimals than it has. values: (rows,).

    drawn: they are draws, of which one on the wrong side is 0 where training rows were, and mirrored where none was: so
    no number comes up more often than it did. Others, such as the ends of an interval, stop at the last possible one.
    """
    if column.categories:
        return values
    if column.reading and column.reading.kind == "date":
        return _rounded(values, form.part, 24)
    if form.bound == "day":
        values = _rounded(np.mod(values, 24) if drawn else np.clip(values, 0, 24), form.part, 1)
        return np.where(values < 24, values, 0 if drawn else _LAST_HOUR)
    sign = {"": 0, ">": 1, "<": -1}[form.bound[:1]]
    if sign:
        mirrored = drawn and "=" not in form.bound
        values = sign * (np.abs(values) if mirrored else np.maximum(sign * values, 0))
    if (column.reading and column.reading.kind != "number") or form.digits < 0:
        return values
    values = np.round(values, form.digits) + 0.0  # no -0
    return np.where(values == 0, sign * 10.0**-form.digits, values) if form.bound in {">0", "<0"} else values


def _rounded(values: FloatArray, part: Part, hours: float) -> FloatArray:
    """Round dates or times to their finest part. hours: of one of their units."""
    if not part:
        return values
    size = PARTS[part] / hours
    return np.rint(values / size) * size


_LAST_HOUR = 24 - 1 / 60


def filled(cells: Any, empty: NDArray[np.bool_], made: Any) -> Any:
    """Return an Arrow column with some cells replaced; the others stay as they are, and so does its type.

    empty: (rows,), which are replaced; made: as `written` returns it, of the column's type.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = cells.type
    made = arrow.from_text(made, np.array([not text for text in made])) if isinstance(made, list) else made
    if pa.types.is_dictionary(kind):
        whole = pc.if_else(_mask(empty), arrow.plain(made), _one(arrow.plain(cells)))
        return _encoded(whole, _words(cells), kind)
    return pa.chunked_array([pc.if_else(_mask(empty), made.cast(kind), _one(cells))], kind)


def repeated_rows(cells: Any, count: int) -> Any:
    """Return an Arrow column with each cell so many times, one below the other."""
    return cells if count == 1 else cells.take(arrow.from_numpy(np.repeat(np.arange(len(cells)), count)))


def typed(name: str) -> Any:
    """Return the type of Arrow of this name; None for a text's, and for a name that is none."""
    import pyarrow as pa

    if found := re.fullmatch(r"timestamp\[(s|ms|us|ns)(?:, tz=([\w/+:-]{1,40}))?\]", name):
        return pa.timestamp(found[1], found[2])
    if found := re.fullmatch(r"decimal(128|256)\((\d{1,2}), (-?\d{1,2})\)", name):
        return _or_none(lambda: (pa.decimal128 if found[1] == "128" else pa.decimal256)(int(found[2]), int(found[3])))
    if found := re.fullmatch(r"dictionary<values=(.+), indices=(u?int\d+), ordered=([01])>", name):
        values, index = typed(found[1]), typed(found[2])
        return _or_none(lambda: pa.dictionary(index, values, found[3] == "1")) if values is not None else None
    return _or_none(lambda: pa.type_for_alias(name)) if name else None


def _or_none(make: Callable[[], Any]) -> Any:
    import pyarrow as pa

    try:
        return make()
    except (pa.ArrowException, ValueError, TypeError):
        return None


def _texts(form: Form, column: Column, values: FloatArray) -> list[str]:
    reading = column.reading or Reading("number")
    if column.categories:
        words = (*column.categories, "")
        return [words[code] for code in np.where(np.isnan(values), -1, values).astype(int).tolist()]
    if reading.kind == "boolean":
        words = (*(form.words or _TRUTHS), "")
        return [words[code] for code in np.where(np.isnan(values), -1, values > 0.5).astype(int).tolist()]
    write = _writer(form, reading)
    return ["" if math.isnan(value) else write(value) for value in values.tolist()]


def _writer(form: Form, reading: Reading) -> Callable[[float], str]:
    if reading.kind == "date":
        pattern = form.pattern or patterns.of_dates([], reading.order)
        return lambda days: patterns.dated(days, pattern)
    if reading.kind == "time":
        clock = form.pattern or patterns.of_times([])
        return lambda hours: patterns.timed(hours / 24, clock)
    around = form.pattern or _around(reading)
    below = form.negative or f"-{around}"

    def write(number: float) -> str:
        digits = _grouped(_plain(abs(number), form), form, reading)
        return (below if number < 0 else around).replace("{}", digits, 1)

    return (lambda number: f"{'-' * (number < 0)}{_plain(abs(number), form)}") if around == "{}" and not (
        form.grouped or form.negative or reading.decimal == ",") else write  # fmt: skip


def _plain(number: float, form: Form) -> str:
    """A number of at least 0 with a point: as many decimals as the form has at most, zeros at the end if all have."""
    if form.digits < 0 or number >= _EXACT:
        return repr(number).removesuffix(".0")
    text = f"{number:.{form.digits}f}"
    return text if form.fixed or not form.digits else text.rstrip("0").rstrip(".")


_EXACT = 1e15
"""Beyond it a double has hardly a decimal left."""


def _around(reading: Reading) -> str:
    before = f"{reading.before} " if reading.before.isalpha() else reading.before
    return f"{before}{{}}{f' {reading.after}' if reading.after else ''}"


def _grouped(text: str, form: Form, reading: Reading) -> str:
    whole, point, rest = text.partition(".")
    if form.grouped and whole.isdigit():
        whole = f"{int(whole):,}".replace(",", reading.thousands)
    return f"{whole}{reading.decimal if point else ''}{rest}"


def _array(form: Form, column: Column, values: FloatArray, kind: Any) -> Any:
    """Return an Arrow array of a type that is no text. values: (rows,)."""
    import pyarrow as pa

    missing = np.isnan(values)
    if pa.types.is_dictionary(kind):
        made = written(form, column, values, kind.value_type)
        return _encoded(pa.chunked_array([made]), made.unique(), kind).combine_chunks()
    if column.categories:
        numbers = np.array([*map(numerals.number, column.categories), np.nan])
        values = numbers[np.where(missing, -1, values).astype(int)]
        missing = np.isnan(values)
    if pa.types.is_boolean(kind):
        return pa.array(np.where(missing, 0, values).astype(bool), mask=missing)
    if pa.types.is_temporal(kind):
        return _temporal(values, missing, column, kind)
    if pa.types.is_decimal(kind):
        texts = ["" if math.isnan(value) else f"{value:.{max(kind.scale, 0)}f}" for value in values.tolist()]
        return _strings(texts, values).cast(kind)
    if pa.types.is_integer(kind):
        return _integers(values, missing, kind)
    return pa.array(np.where(missing, 0, values), mask=missing).cast(kind, safe=False)


def _integers(values: FloatArray, missing: NDArray[np.bool_], kind: Any) -> Any:
    """Held within what the type can hold."""
    import pyarrow as pa

    limits = np.iinfo(kind.to_pandas_dtype())
    most = float(limits.max) if limits.bits < 64 else np.nextafter(float(limits.max), 0)  # 2^63 is one too many
    held = np.clip(np.where(missing, 0, np.rint(values)), float(limits.min), most)
    return pa.array(held.astype(limits.dtype), mask=missing)


def _temporal(values: FloatArray, missing: NDArray[np.bool_], column: Column, kind: Any) -> Any:
    """Days since 1970 as dates, hours as times or durations."""
    import pyarrow as pa

    of_days = column.reading is not None and column.reading.kind == "date"
    seconds = np.where(missing, 0, values) * (_DAY if of_days else 3600)
    if pa.types.is_date(kind):
        days = np.rint(np.clip(seconds / _DAY, -719_162, 2_932_896))
        whole = days.astype(np.int32) if kind == pa.date32() else days.astype(np.int64) * _DAY * 1000
        return pa.array(whole, mask=missing).cast(kind)
    unit = _PER_SECOND[kind.unit]
    if pa.types.is_time(kind):
        seconds = np.clip(seconds, 0, _DAY - 1)
    ticks = np.clip(np.rint(seconds * min(unit, 10**6)), -(2.0**53), 2.0**53).astype(np.int64) * max(1, unit // 10**6)
    return pa.array(ticks.astype(np.int32) if kind.bit_width == 32 else ticks, mask=missing).cast(kind)


def _strings(texts: list[str], values: FloatArray) -> Any:
    return arrow.from_text(texts, np.isnan(values))


def _encoded(cells: Any, words: Any, kind: Any) -> Any:
    """Return a column of plain cells as one of codes: of the words given, then of those that are new."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = arrow.plain(words)
    whole = _one(cells)
    new = whole.drop_null().unique()
    dictionary = pa.concat_arrays([words, new.filter(pc.invert(pc.is_in(new, words)))])
    codes = pc.index_in(whole, dictionary).cast(kind.index_type)
    made = pa.DictionaryArray.from_arrays(codes, dictionary.cast(kind.value_type), ordered=kind.ordered)
    return pa.chunked_array([made])


def _words(cells: Any) -> Any:
    import pyarrow as pa

    return pa.concat_arrays([chunk.dictionary for chunk in arrow.chunks(cells)]).unique() if arrow.chunks(cells) else (
        pa.array([], cells.type.value_type))  # fmt: skip


def _one(cells: Any) -> Any:
    """Return a column as one array."""
    return cells.combine_chunks() if hasattr(cells, "chunks") else cells


def _mask(rows: NDArray[np.bool_]) -> Any:
    import pyarrow as pa

    return pa.Array.from_buffers(pa.bool_(), len(rows), [None, pa.py_buffer(np.packbits(rows, bitorder="little"))])


def _is_dictionary(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_dictionary(kind))


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return any(test(kind) for test in (types.is_string, types.is_large_string, types.is_string_view))
