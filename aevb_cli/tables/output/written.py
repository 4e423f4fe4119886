"""A model's numbers as cells of a table, in the form of its column: decimals, units, dates, and a type of Arrow."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aevb_cli.forms import Form
from aevb_cli.settings import Column, Reading
from aevb_cli.tables import arrow
from aevb_cli.tables.kinds import numerals, patterns
from aevb_cli.tables.output.typed_cells import encoded, integers, one, temporal, typed, words_of
from aevb_cli.tables.space import FloatArray

_TRUTHS = ("false", "true")
_EXACT = 1e15
"""Beyond it a double has hardly a decimal left."""


def written(form: Form, column: Column, values: FloatArray, kind: Any = None) -> Any:
    """Return cells fit for `write`, empty where a value is NaN: strings for a text, else an Arrow array.

    values: (rows,), words as codes, numbers as `settled` returns them; kind: the type of Arrow; None: the form's.
    """
    kind = typed(form.type) if kind is None or kind == "null" else kind
    if kind is None or arrow.is_text(kind):
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
    return encoded(texts.cast(kind.value_type), texts.cast(kind.value_type).unique(), kind).combine_chunks()


def filled(cells: Any, empty: NDArray[np.bool_], made: Any) -> Any:
    """Return an Arrow column with some cells replaced; the others stay as they are, and so does its type.

    empty: (rows,), which are replaced; made: as `written` returns it, of the column's type; of a column of nothing its
    type is that of the result.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = cells.type
    made = arrow.from_text(made, np.array([not text for text in made])) if isinstance(made, list) else made
    if pa.types.is_null(kind):
        return made
    if pa.types.is_dictionary(kind):
        whole = pc.if_else(_mask(empty), arrow.plain(made), one(arrow.plain(cells)))
        return encoded(whole, words_of(cells), kind)
    return pa.chunked_array([pc.if_else(_mask(empty), made.cast(kind), one(cells))], kind)


def repeated_rows(cells: Any, count: int) -> Any:
    """Return an Arrow column with each cell so many times, one below the other."""
    return cells if count == 1 else cells.take(arrow.from_numpy(np.repeat(np.arange(len(cells)), count)))


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
    if around == "{}" and not (form.grouped or form.negative or reading.decimal == ","):
        return lambda number: f"{'-' * (number < 0)}{_plain(abs(number), form)}"
    below = form.negative or f"-{around}"

    def write(number: float) -> str:
        digits = _grouped(_plain(abs(number), form), form, reading)
        return (below if number < 0 else around).replace("{}", digits, 1)

    return write


def _plain(number: float, form: Form) -> str:
    """A number of at least 0 with a point: as many decimals as the form has at most, zeros at the end as it has."""
    if form.digits < 0 or number >= _EXACT:
        return repr(number).removesuffix(".0")
    text = f"{number:.{max(form.digits, form.fixed)}f}"
    return text if form.fixed or not form.digits else text.rstrip("0").rstrip(".")


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
        return encoded(pa.chunked_array([made]), made.unique(), kind).combine_chunks()
    if column.categories:
        numbers = np.array([*map(numerals.number, column.categories), np.nan])
        values = numbers[np.where(missing, -1, values).astype(int)]
        missing = np.isnan(values)
    if pa.types.is_boolean(kind):
        return pa.array(np.where(missing, 0, values).astype(bool), mask=missing)
    if pa.types.is_temporal(kind):
        return temporal(values, missing, column, kind)
    if pa.types.is_decimal(kind):
        texts = ["" if math.isnan(value) else f"{value:.{max(kind.scale, 0)}f}" for value in values.tolist()]
        return _strings(texts, values).cast(kind)
    if pa.types.is_integer(kind):
        return integers(values, missing, kind)
    return pa.array(np.where(missing, 0, values), mask=missing).cast(kind, safe=False)


def _strings(texts: list[str], values: FloatArray) -> Any:
    return arrow.from_text(texts, np.isnan(values))


def _mask(rows: NDArray[np.bool_]) -> Any:
    import pyarrow as pa

    return pa.Array.from_buffers(pa.bool_(), len(rows), [None, pa.py_buffer(np.packbits(rows, bitorder="little"))])


def _is_dictionary(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_dictionary(kind))
