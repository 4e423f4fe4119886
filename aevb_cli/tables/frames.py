"""A table in memory: a data frame (pandas, polars, pyarrow or another with an Arrow stream) or a dict of columns.

Its values are those of the same table saved as a CSV, with every digit of its numbers, but no text is written or
parsed. A null or NaN is a missing cell, and a string is read as a cell of a CSV is. Booleans, which a CSV may not have,
are 0 and 1. Only the columns that are used are converted.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from numbers import Real
from typing import Any, Protocol

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.tables import arrow, cells
from aevb_cli.tables.cells import Words
from aevb_cli.tables.header import check_names
from aevb_cli.tables.raw import Pieces, RawTable
from aevb_cli.tables.table import listed, shown

NAME = "the table"
"""What a table in memory is called in a message."""

_SAME_IN_ARROW = "bhilqBHILQfd"  # NumPy's types that Arrow has too: `pyarrow.array` would import pandas
_LEAVE_OUT = "leave it out with features=..."


class ArrowStream(Protocol):
    """A data frame that gives its columns as an Arrow stream."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        """Return the stream."""


@dataclass(frozen=True, eq=False)
class Frame(RawTable):
    """A table in memory, or some consecutive rows of it. columns: one for each of `names`, with all rows."""

    columns: tuple["_Column", ...]
    length: int

    @classmethod
    def of(cls, source: Any) -> "Frame":
        """Take a data frame or a dict of columns.

        Raises
        ------
        DataError
            it is of no known type, has no columns, or columns of different lengths; a name is empty or a duplicate.
        """
        columns = _columns_of(source)
        if not columns:
            raise DataError(f"{NAME}: it has no columns. Give a table with named columns.")
        names = tuple(name for name, _ in columns)
        check_names(NAME, names)
        lengths = {name: _length(name, values) for name, values in columns}
        length = lengths[names[0]]
        for name in names:
            if lengths[name] != length:
                found = f"{lengths[name]} values where {shown(names[0])} has {length}"
                raise DataError(f"{NAME}, column {shown(name)}: {found}. Make the columns equally long.")
        return cls(NAME, names, 1, tuple(_Column(name, values) for name, values in columns), length)

    def parts(self, rows: int) -> Iterator[RawTable]:
        """Yield its rows as tables of `rows` rows each."""
        for start in range(0, self.length, rows):
            yield replace(self, first=self.first + start, length=min(rows, self.length - start))

    def no_rows(self) -> DataError:
        """Return the error for a table that has none."""
        return DataError(f"{NAME}: it has columns ({listed(self.names)}) and no row.")

    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return these columns (None: all) as Arrow columns of their own types; cells of mixed types as strings."""
        return tuple(self._rows(self._column(name).writable) for name in (self.names if names is None else names))

    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        numbers = {name: _numbers(self._rows(self._column(name).values)) for name in numeric}
        clean = {name: pieces for name, pieces in numbers.items() if pieces is not None}
        rest = [name for name in (*numeric, *words) if name not in clean]
        return clean, {name: _words(self._rows(self._column(name).values)) for name in rest}

    def _column(self, name: str) -> "_Column":
        return self.columns[self.names.index(name)]

    def _rows(self, column: Any) -> Any:
        return column.slice(self.first - 1, self.length)


@dataclass(frozen=True, eq=False)
class _Column:
    """A column of the source, converted once and for all rows, so that no type depends on the size of a chunk."""

    name: str
    source: Any

    @cached_property
    def values(self) -> Any:
        """Its cells as an Arrow column of numbers or strings; DataError where they are neither."""
        import pyarrow as pa

        column = self._arrow
        if column is None:
            kinds = sorted({type(cell).__name__ for cell in self.source if not _is_missing(cell)})
            found = f"its cells are of types that do not go together, or of no known type ({', '.join(kinds)})"
            advice = f"Make them all numbers or all strings, or {_LEAVE_OUT}"
            raise DataError(f"{NAME}, column {shown(self.name)}: {found}. {advice}")
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if _is_number(kind) or _is_text(kind):
            return column
        found = f"it holds {kind}, neither numbers nor words. {_LEAVE_OUT.capitalize()}"
        if pa.types.is_temporal(kind):
            found = f"it holds dates or times. Turn them into numbers (days since a start), or {_LEAVE_OUT}"
        raise DataError(f"{NAME}, column {shown(self.name)}: {found}")

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


def _columns_of(source: Any) -> list[tuple[str, Any]]:
    """Return the name and the cells of each column."""
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


def _length(name: str, values: Any) -> int:
    dimensions = getattr(values, "ndim", 1)
    if dimensions > 1:
        advice = "Give each of its columns a name of its own."
        raise DataError(f"{NAME}, column {shown(name)}: an array of {dimensions} dimensions. {advice}")
    if isinstance(values, str | bytes | Mapping) or not dimensions or not hasattr(values, "__getitem__"):
        advice = "Give a list or an array, one value for each row."
        raise DataError(f"{NAME}, column {shown(name)}: a {type(values).__name__} is not a column. {advice}")
    return len(values)


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


def _numbers(column: Any) -> Pieces | None:
    """Return an Arrow column of numbers as doubles, NaN where missing; None where it holds strings or an infinity."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = arrow.plain(column)
    if not _is_number(column.type):
        return None
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # Arrow's cast of a decimal to a double is off in the last bit
    pieces = arrow.to_numpy(column.cast(pa.float64(), safe=False))
    return None if any(np.isinf(piece).any() for piece in pieces) else pieces


def _words(column: Any) -> Words:
    return Words.of_parts(arrow.as_text, column)


def _is_missing(cell: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return (
        cell is None
        or (pandas is not None and cell is pandas.NA)
        or (isinstance(cell, float | np.floating) and bool(np.isnan(cell)))
    )


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_null)
    return any(test(kind) for test in tests)


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return any(test(kind) for test in (types.is_string, types.is_large_string, types.is_string_view))
