"""Between Arrow's columns and NumPy's arrays, by their shared memory: pyarrow's own way imports pandas, 0.35 s."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def to_numpy(column: Any, missing: float = np.nan) -> list[NDArray[Any]]:
    """Return an Arrow column of numbers as its pieces, `missing` where null; without nulls they share its memory."""
    return [_piece(chunk, missing) for chunk in (column.chunks if hasattr(column, "chunks") else [column])]


def from_numpy(values: NDArray[Any]) -> Any:
    """Return an array of numbers (rows,) as an Arrow array, null where NaN."""
    import pyarrow as pa

    absent = np.isnan(values)
    valid = pa.py_buffer(np.packbits(~absent, bitorder="little")) if absent.any() else None
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [valid, data])


def from_text(cells: Sequence[str]) -> Any:
    """Return texts as an Arrow array."""
    import pyarrow as pa

    encoded = [cell.encode() for cell in cells]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(cells), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))])


def word(text: str) -> Any:
    """Return a text as an Arrow scalar."""
    return from_text([text])[0]


def joined(columns: Sequence[Any], separator: str) -> Any:
    """Return each row's texts as one, a null as nothing; not all of the columns may be scalars."""
    import pyarrow.compute as pc

    return pc.call_function("binary_join_element_wise", [*columns, word(separator)], pc.JoinOptions("replace", ""))


def release() -> None:
    """Give back to the system what Arrow keeps of the memory that it has done with."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def _piece(chunk: Any, missing: float) -> NDArray[Any]:
    valid, data = chunk.buffers()
    kind = np.dtype(str(chunk.type).replace("double", "float64"))
    values = np.frombuffer(data, kind, len(chunk), chunk.offset * kind.itemsize)
    if not chunk.null_count:
        return values
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), count=chunk.offset + len(chunk), bitorder="little")
    return np.where(bits[chunk.offset :], values, kind.type(missing))
