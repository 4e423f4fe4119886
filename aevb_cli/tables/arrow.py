"""Arrow columns to and from NumPy arrays, sharing memory: pyarrow's own functions import pandas, 0.35 s."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""The ticks of a second, by the unit of a type of Arrow for times."""


def to_numpy(column: Any, missing: float = np.nan) -> list[NDArray[Any]]:
    """Return an Arrow column of integers or doubles as one array per chunk, `missing` where null; views if possible."""
    return [_piece(chunk, missing) for chunk in chunks(column)]


def from_numpy(values: NDArray[Any]) -> Any:
    """Return an array of numbers (rows,) as an Arrow array, null where NaN."""
    return masked(values, np.isnan(values))


def masked(values: NDArray[Any], missing: NDArray[np.bool_]) -> Any:
    """Return an array of numbers (rows,) as an Arrow array, null where missing, (rows,)."""
    import pyarrow as pa

    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [_valid(missing), data])


def from_text(cells: Sequence[str], missing: NDArray[np.bool_] | None = None) -> Any:
    """Return strings as an Arrow array, null where missing, (rows,)."""
    import pyarrow as pa

    encoded = [cell.encode() for cell in cells]
    ends = pa.py_buffer(np.cumsum([0, *map(len, encoded)], dtype=np.int32))
    valid = None if missing is None else _valid(missing)
    return pa.Array.from_buffers(pa.string(), len(cells), [valid, ends, pa.py_buffer(b"".join(encoded))])


def is_text(kind: Any) -> bool:
    """Whether cells of a type of Arrow are strings."""
    from pyarrow import types

    return any(test(kind) for test in (types.is_string, types.is_large_string, types.is_string_view))


def scalar(text: str) -> Any:
    """Return a string as an Arrow scalar."""
    return from_text([text])[0]


def as_text(column: Any) -> Any:
    """Return an Arrow column as strings, null where it is null or NaN.

    Raises
    ------
    pyarrow.ArrowException
        its type cannot be written as text, such as a list.
    """
    import pyarrow as pa

    column = plain(column)
    return column if column.type == pa.string() else column.cast(pa.string())


def from_nested(column: Any) -> Any:
    """Return an Arrow array of lists or structs as strings, in JSON; null where it is null."""
    cells = column.to_pylist()
    texts = ["" if cell is None else json.dumps(cell, ensure_ascii=False, default=str) for cell in cells]
    return from_text(texts, np.array([cell is None for cell in cells], bool))


def plain(column: Any) -> Any:
    """Return an Arrow column with null for NaN, the values of a dictionary's codes, and one of three string types."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), pa.nulls(len(column), column.type), column)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    if not pa.types.is_dictionary(column.type):
        return column
    if isinstance(column, pa.ChunkedArray):
        kind = plain(pa.array([], column.type.value_type)).type  # there may be no chunk
        return pa.chunked_array([plain(chunk) for chunk in column.chunks], kind)
    return plain(column.dictionary).take(column.indices)  # Arrow's own cast lacks some of the string types


def with_strings(column: Any) -> Any:
    """Return an Arrow column whose dictionary holds plain strings where they were views: Arrow hardly writes those."""
    import pyarrow as pa

    if not (pa.types.is_dictionary(column.type) and pa.types.is_string_view(column.type.value_type)):
        return column
    parts = [
        pa.DictionaryArray.from_arrays(part.indices, plain(part.dictionary), ordered=column.type.ordered)
        for part in chunks(column)
    ]
    return pa.chunked_array(parts, pa.dictionary(column.type.index_type, pa.string(), column.type.ordered))


def taken(column: Any, rows: NDArray[np.intp]) -> Any:
    """Return some of a column's cells, by their places. Of views of strings Arrow cannot."""
    import pyarrow as pa

    plain = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}.get(column.type)
    if plain is not None:
        return column.cast(plain).take(from_numpy(rows)).cast(column.type)
    return column.take(from_numpy(rows))


def common_type(types: Sequence[Any]) -> Any:
    """Return the type of Arrow that holds the cells of all these types: of strings, where no other does."""
    import pyarrow as pa

    first = types[0]
    if all(kind == first for kind in types):
        return first
    fields = [pa.schema([("", kind.value_type if pa.types.is_dictionary(kind) else kind)]) for kind in types]
    try:
        return pa.unify_schemas(fields, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return pa.string()


def converted(column: Any, kind: Any) -> Any:
    """Return an Arrow column as one of another type that holds its cells (`common_type`)."""
    import pyarrow as pa

    if column.type == kind:
        return column
    if pa.types.is_nested(column.type) and pa.types.is_string(kind):
        return from_nested(column)
    if pa.types.is_string(kind):
        return as_text(column)
    return (plain(column) if pa.types.is_dictionary(column.type) else column).cast(kind, safe=False)


def chunks(column: Any) -> list[Any]:
    """Return the arrays of which a column consists."""
    return list(column.chunks) if hasattr(column, "chunks") else [column]


def joined(columns: Sequence[Any], separator: str) -> Any:
    """Join each row's strings, a null as the empty string; not all of the columns may be scalars."""
    import pyarrow.compute as pc

    return pc.call_function("binary_join_element_wise", [*columns, scalar(separator)], pc.JoinOptions("replace", ""))


def release() -> None:
    """Return to the system the memory that Arrow's pool holds and no longer uses."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def _valid(missing: NDArray[np.bool_]) -> Any:
    """Return Arrow's bits of the cells that are there; None where all are."""
    import pyarrow as pa

    return pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None


def _piece(chunk: Any, missing: float) -> NDArray[Any]:
    valid, data = chunk.buffers()
    kind = np.dtype(str(chunk.type).replace("double", "float64"))
    if not len(chunk):
        return np.empty(0, kind)
    values = np.frombuffer(data, kind, len(chunk), chunk.offset * kind.itemsize)
    if not chunk.null_count:
        return values
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), count=chunk.offset + len(chunk), bitorder="little")
    return np.where(bits[chunk.offset :], values, kind.type(missing))
