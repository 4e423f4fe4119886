"""Types of Arrow by their names, and arrays of those that need more than a cast."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aevb_cli.settings import Column
from aevb_cli.tables import arrow
from aevb_cli.tables.space import FloatArray

_DAY = 86_400


def typed(name: str) -> Any:
    """Return the type of Arrow of this name; None for a text's, and for a name that is none."""
    import pyarrow as pa

    if found := re.fullmatch(r"timestamp\[(s|ms|us|ns)(?:, tz=([\w/+:-]{1,40}))?\]", name):
        return pa.timestamp(found[1], found[2])
    if found := re.fullmatch(r"decimal(128|256)\((\d{1,2}), (-?\d{1,2})\)", name):
        make, digits = pa.decimal128 if found[1] == "128" else pa.decimal256, (int(found[2]), int(found[3]))
        return _or_none(lambda: make(*digits))
    if found := re.fullmatch(r"dictionary<values=(.+), indices=(u?int\d+), ordered=([01])>", name):
        values, index, ordered = typed(found[1]), typed(found[2]), found[3] == "1"
        return None if values is None else _or_none(lambda: pa.dictionary(index, values, ordered))
    return _or_none(lambda: pa.type_for_alias(name)) if name else None


def _or_none(make: Callable[[], Any]) -> Any:
    import pyarrow as pa

    try:
        return make()
    except (pa.ArrowException, ValueError, TypeError):
        return None


def integers(values: FloatArray, missing: NDArray[np.bool_], kind: Any) -> Any:
    """Return whole numbers, held within what the type can hold."""
    import pyarrow as pa

    limits = np.iinfo(kind.to_pandas_dtype())
    most = float(limits.max) if limits.bits < 64 else np.nextafter(float(limits.max), 0)  # 2^63 is one too many
    held = np.clip(np.where(missing, 0, np.rint(values)), float(limits.min), most)
    return pa.array(held.astype(limits.dtype), mask=missing)


def temporal(values: FloatArray, missing: NDArray[np.bool_], column: Column, kind: Any) -> Any:
    """Return days since 1970 as dates, hours as times or durations."""
    import pyarrow as pa

    of_days = column.reading is not None and column.reading.kind == "date"
    seconds = np.where(missing, 0, values) * (_DAY if of_days else 3600)
    if pa.types.is_date(kind):
        days = np.rint(np.clip(seconds / _DAY, -719_162, 2_932_896))
        whole = days.astype(np.int32) if kind == pa.date32() else days.astype(np.int64) * _DAY * 1000
        return pa.array(whole, mask=missing).cast(kind)
    unit = arrow.PER_SECOND[kind.unit]
    if pa.types.is_time(kind):
        seconds = np.clip(seconds, 0, _DAY - 1)
    ticks = np.clip(np.rint(seconds * min(unit, 10**6)), -(2.0**53), 2.0**53).astype(np.int64) * max(1, unit // 10**6)
    return pa.array(ticks.astype(np.int32) if kind.bit_width == 32 else ticks, mask=missing).cast(kind)


def encoded(cells: Any, words: Any, kind: Any) -> Any:
    """Return a column of plain cells as one of codes: of the words given, then of those that are new."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = arrow.plain(words)
    whole = one(arrow.plain(cells))
    new = whole.drop_null().unique()
    dictionary = pa.concat_arrays([words, new.filter(pc.invert(pc.is_in(new, words)))])
    codes = pc.index_in(whole, dictionary).cast(kind.index_type)
    made = pa.DictionaryArray.from_arrays(codes, dictionary.cast(kind.value_type), ordered=kind.ordered)
    return pa.chunked_array([made])


def words_of(cells: Any) -> Any:
    """Return the words of a column of codes, each once."""
    import pyarrow as pa

    chunks = arrow.chunks(cells)
    if not chunks:
        return pa.array([], cells.type.value_type)
    return pa.concat_arrays([chunk.dictionary for chunk in chunks]).unique()


def one(cells: Any) -> Any:
    """Return a column as one array."""
    return cells.combine_chunks() if hasattr(cells, "chunks") else cells
