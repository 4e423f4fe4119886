"""A table as JSON lines: an object for each row, null where a cell is missing."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from aevb_cli.tables import arrow

_ROWS = 1 << 14
_dumped = json.JSONEncoder(ensure_ascii=False, default=str).encode


def write(file: IO[bytes], header: Sequence[str], tables: Iterable[Any]) -> None:
    """Write Arrow tables one below the other."""
    keys = [f"{_dumped(name)}:" for name in header]
    for table in tables:
        for batch in table.to_batches(max_chunksize=_ROWS):
            columns = [map(key.__add__, _cells(column)) for key, column in zip(keys, batch.columns, strict=True)]
            lines = ("{" + ",".join(row) + "}\n" for row in zip(*columns, strict=True))
            file.write("".join(lines).encode(errors="replace"))


def _cells(column: Any) -> Iterable[str]:
    import pyarrow as pa

    plain = arrow.plain(column)
    if pa.types.is_float32(plain.type) or pa.types.is_float16(plain.type):
        return _or_null(plain.cast(pa.string()), str)  # the digits of its own precision
    if pa.types.is_floating(plain.type):
        return (_dumped(cell) if cell is not None and math.isfinite(cell) else "null" for cell in plain.to_pylist())
    if pa.types.is_temporal(plain.type) or pa.types.is_decimal(plain.type):
        return _or_null(plain.cast(pa.string()), str if pa.types.is_decimal(plain.type) else _dumped)
    return map(_dumped, plain.to_pylist())


def _or_null(texts: Any, form: Callable[[str], str]) -> Iterable[str]:
    bad = {"nan", "inf", "-inf"}
    return ("null" if text is None or text in bad else form(text) for text in texts.to_pylist())
