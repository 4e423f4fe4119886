"""The columns of a caller's table, of a data frame or a dict, as columns of Arrow: each when it is first used."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from numbers import Real
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import DataError
from aevb_cli.tables import arrow
from aevb_cli.tables.kinds import cells
from aevb_cli.tables.table import shown

NAME = "the table"
"""What a table in memory is called in a message."""

_SAME_IN_ARROW = "bhilqBHILQfd"  # NumPy's types that Arrow has too: `pyarrow.array` would import pandas


class ArrowStream(Protocol):
    """A data frame that gives its columns as an Arrow stream."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        """Return the stream."""


@dataclass(frozen=True, eq=False)
class CallerColumn:
    """A column of the source, converted once and for all rows, so that no type depends on the size of a chunk."""

    name: str
    source: Any
    table: str

    @cached_property
    def values(self) -> Any:
        """Its cells as an Arrow column of numbers or strings; DataError where they are neither."""
        import pyarrow as pa

        if self.unreadable:
            advice = "Make its cells all numbers or all strings."
            raise DataError(f"{self.table}, column {shown(self.name)}: it holds {self.unreadable}. {advice}")
        column = self._arrow
        return _as_dates(arrow.plain(column)) if pa.types.is_temporal(_kind(column)) else column

    @cached_property
    def unreadable(self) -> str:
        """Why it holds neither numbers nor words; empty where it does."""
        import pyarrow as pa

        column = self._arrow
        if column is None:
            kinds = sorted({type(cell).__name__ for cell in self.source if not _is_missing(cell)})
            return f"cells of types that do not go together, or of no known type ({', '.join(kinds)})"
        kind = _kind(column)
        known = (
            is_number(kind) or arrow.is_text(kind) or (pa.types.is_temporal(kind) and not pa.types.is_interval(kind))
        )
        return "" if known else f"{kind}, neither numbers nor words"

    @property
    def is_category(self) -> bool:
        """Whether its cells are numbers that stand for words."""
        import pyarrow as pa

        column = self._arrow
        return column is not None and pa.types.is_dictionary(column.type) and is_number(column.type.value_type)

    @property
    def is_truth(self) -> bool:
        """Whether its cells are truth values."""
        import pyarrow as pa

        return self._arrow is not None and bool(pa.types.is_boolean(self._arrow.type))

    @cached_property
    def writable(self) -> Any:
        """Its cells as an Arrow column of any type; cells of mixed types as strings."""
        import pyarrow as pa

        if self._arrow is not None:
            return self._arrow
        texts = ("" if _is_missing(cell) else str(cell) for cell in self.source)
        return pa.chunked_array([arrow.from_text([text.encode(errors="replace").decode() for text in texts])])

    @cached_property
    def _arrow(self) -> Any:
        """Its cells as an Arrow column; None where Arrow has no type for them all."""
        import pyarrow as pa

        try:
            column = _converted(self.source)
        except (pa.ArrowException, TypeError, ValueError, OverflowError, RuntimeError):
            column = _from_numbers(self.source)
        return pa.chunked_array([column]) if isinstance(column, pa.Array) else column


def columns_of(source: Any) -> list[tuple[str, Any]]:
    """Return the name and the cells of each column; DataError where the source is no table."""
    import pyarrow as pa

    pandas = sys.modules.get("pandas")
    if pandas and isinstance(source, pandas.DataFrame):
        pairs = [(name, source.iloc[:, place]) for place, name in enumerate(source.columns)]
    elif isinstance(source, Mapping):
        pairs = list(source.items())
    elif hasattr(source, "__arrow_c_stream__"):
        try:
            table = pa.RecordBatchReader.from_stream(source).read_all()
        except (pa.ArrowException, TypeError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise DataError(f"{NAME}: a {type(source).__name__} cannot be read as a table: {reason}") from error
        pairs = list(zip(table.column_names, table.columns, strict=True))
    else:
        known = "a path, a data frame (pandas, polars, pyarrow) or a dict of columns"
        raise DataError(f"{NAME}: a {type(source).__name__} is not a table. Give {known}.")
    return [(str(name).strip(cells.BLANKS), values) for name, values in pairs]


def length(name: str, values: Any) -> int:
    """Count the cells of a column; DataError where it is none."""
    dimensions = getattr(values, "ndim", 1)
    if dimensions > 1:
        advice = "Give each of its columns a name of its own."
        raise DataError(f"{NAME}, column {shown(name)}: an array of {dimensions} dimensions. {advice}")
    if isinstance(values, str | bytes | Mapping) or not dimensions or not hasattr(values, "__getitem__"):
        advice = "Give a list or an array, one value for each row."
        raise DataError(f"{NAME}, column {shown(name)}: a {type(values).__name__} is not a column. {advice}")
    return len(values)


def taken(values: Any, rows: NDArray[np.intp]) -> Any:
    """Return some of a column's cells, by their places, as a column of the same kind."""
    import pyarrow as pa

    pandas = sys.modules.get("pandas")
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return arrow.taken(values, rows)
    if pandas and isinstance(values, pandas.Series):
        return values.iloc[rows]
    if isinstance(values, np.ndarray) or hasattr(values, "__arrow_c_stream__"):
        return values[rows]
    return [values[row] for row in rows.tolist()]


def _converted(values: Any) -> Any:
    """Return the cells of a column as an Arrow column; NaN may be null or stay NaN."""
    import pyarrow as pa

    pandas = sys.modules.get("pandas")
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    if pandas and isinstance(values, pandas.Series):
        return pa.array(values, from_pandas=True)
    if hasattr(values, "__arrow_c_stream__"):
        return pa.chunked_array(values)
    if hasattr(values, "__array__") and not hasattr(values, "__arrow_array__"):
        values = np.asanyarray(values)
    if type(values) is np.ndarray and values.dtype.isnative and values.dtype.char in _SAME_IN_ARROW:
        return arrow.from_numpy(values)
    return pa.array(values, from_pandas=True)


def _from_numbers(values: Any) -> Any:
    """Return numbers for which Arrow has no type, such as integers beyond 64 bits, as doubles; None for other cells."""
    numbers = []
    for cell in values:
        missing = _is_missing(cell)
        if not missing and (isinstance(cell, bool) or not isinstance(cell, Real | Decimal)):
            return None
        try:
            numbers.append(np.nan if missing else float(cell))
        except OverflowError:
            numbers.append(np.inf if cell > 0 else -np.inf)
    return arrow.from_numpy(np.array(numbers))


def _as_dates(column: Any) -> Any:
    """Return an Arrow column of dates, times or durations as a text file has it; a duration as its hours."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_duration(column.type):
        return column.cast(pa.string())
    seconds = pc.divide(column.cast(pa.int64()).cast(pa.float64()), float(arrow.PER_SECOND[column.type.unit]))
    return pc.divide(seconds, 3600.0)


def _is_missing(cell: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return (
        cell is None
        or (pandas is not None and cell is pandas.NA)
        or (isinstance(cell, float | np.floating) and bool(np.isnan(cell)))
    )


def _kind(column: Any) -> Any:
    """Return the type of an Arrow column's cells, also where they are codes of a dictionary."""
    import pyarrow as pa

    return column.type.value_type if pa.types.is_dictionary(column.type) else column.type


def is_number(kind: Any) -> bool:
    """Whether cells of a type of Arrow are numbers, or truth values, which are 0 and 1, or all missing."""
    from pyarrow import types

    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_null)
    return any(test(kind) for test in tests)
