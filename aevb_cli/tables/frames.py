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
from aevb_cli.settings import Told
from aevb_cli.tables import arrow, cells
from aevb_cli.tables.cells import Words
from aevb_cli.tables.header import unique
from aevb_cli.tables.raw import Pieces, RawTable
from aevb_cli.tables.table import listed, shown

NAME = "the table"
"""What a table in memory is called in a message."""

_SAME_IN_ARROW = "bhilqBHILQfd"  # NumPy's types that Arrow has too: `pyarrow.array` would import pandas


class ArrowStream(Protocol):
    """A data frame that gives its columns as an Arrow stream."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        """Return the stream."""


@dataclass(frozen=True, eq=False)
class Frame(RawTable):
    """A table in memory, or some consecutive rows of it. columns: one for each of `names`, from row `start` on."""

    columns: tuple["_Column", ...]
    length: int
    start: int = 1

    @classmethod
    def of(cls, source: Any, name: str = NAME) -> "Frame":
        """Take a data frame or a dict of columns. name: what it is called in a message.

        Raises
        ------
        DataError
            it is of no known type, has no columns, or columns of different lengths.
        """
        columns = _columns_of(source)
        if not columns:
            raise DataError(f"{name}: it has no columns. Give a table with named columns.")
        names = tuple(unique([each for each, _ in columns]))
        columns = [(each, values) for each, (_, values) in zip(names, columns, strict=True)]
        lengths = {each: _length(each, values) for each, values in columns}
        length = lengths[names[0]]
        for each in names:
            if lengths[each] != length:
                found = f"{lengths[each]} values where {shown(names[0])} has {length}"
                raise DataError(f"{name}, column {shown(each)}: {found}. Make the columns equally long.")
        index = names[:1] if names[0].startswith("\0") else ()
        return cls(name, names, 1, tuple(_Column(each, values, name) for each, values in columns), length, index=index)

    def parts(self, rows: int) -> Iterator[RawTable]:
        """Yield its rows as tables of `rows` rows each."""
        for start in range(0, self.length, rows):
            yield replace(self, first=self.first + start, length=min(rows, self.length - start))

    def no_rows(self) -> DataError:
        """Return the error for a table that has none."""
        return DataError(f"{self.source}: it has columns ({listed(self.header)}) and no row.")

    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return these columns (None: all) as Arrow columns of their own types; cells of mixed types as strings."""
        return tuple(self._rows(self._column(name).writable) for name in (self.names if names is None else names))

    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        numbers = {name: _numbers(self._rows(self._column(name).values)) for name in numeric}
        clean = {name: pieces for name, pieces in numbers.items() if pieces is not None}
        rest = [name for name in (*numeric, *words) if name not in clean]
        return clean, {name: _words(self._rows(self._column(name).values)) for name in rest}

    def _inferred(self, names: Sequence[str], words: Sequence[str]) -> tuple[dict[str, Pieces], dict[str, Words]]:
        """Truth values are no numbers here, so that a model of them takes the words of a text file, too."""
        truths = [name for name in names if self._column(name).is_truth]
        return self._columns([name for name in names if name not in truths], [*words, *truths])

    def kind(self, name: str) -> Told | None:
        """Return "category" for numbers that a data frame holds as categories."""
        return "category" if self._column(name).is_category else None

    def unreadable(self, name: str) -> str:
        """Return why a column cannot be data: it holds lists, say; empty where it can."""
        return self._column(name).unreadable

    def _column(self, name: str) -> "_Column":
        return self.columns[self.names.index(name)]

    def _rows(self, column: Any) -> Any:
        return column.slice(self.first - self.start, self.length)


@dataclass(frozen=True, eq=False)
class _Column:
    """A column of the source, converted once and for all rows, so that no type depends on the size of a chunk."""

    name: str
    source: Any
    table: str = NAME

    @cached_property
    def values(self) -> Any:
        """Its cells as an Arrow column of numbers or strings; DataError where they are neither."""
        import pyarrow as pa

        if self.unreadable:
            advice = "Make them all numbers or all strings" if self._arrow is None else "Leave it out"
            raise DataError(
                f"{NAME}, column {shown(self.name)}: it holds {self.unreadable}. {advice}: --drop, or drop=..."
            )
        column = self._arrow
        if pa.types.is_temporal(column.type):
            return _as_dates(column)
        return column

    @cached_property
    def unreadable(self) -> str:
        """Why it holds neither numbers nor words; empty where it does."""
        import pyarrow as pa

        column = self._arrow
        if column is None:
            kinds = sorted({type(cell).__name__ for cell in self.source if not _is_missing(cell)})
            return f"cells of types that do not go together, or of no known type ({', '.join(kinds)})"
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        known = _is_number(kind) or _is_text(kind) or (pa.types.is_temporal(kind) and not pa.types.is_interval(kind))
        return "" if known else f"{kind}, neither numbers nor words"

    @property
    def is_category(self) -> bool:
        """Whether its cells are numbers that stand for words."""
        import pyarrow as pa

        column = self._arrow
        return column is not None and pa.types.is_dictionary(column.type) and _is_number(column.type.value_type)

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


def _as_dates(column: Any) -> Any:
    """Return an Arrow column of dates, times or durations as a text file has it; a duration as its hours."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_duration(column.type):
        return column.cast(pa.string())
    seconds = pc.divide(column.cast(pa.int64()).cast(pa.float64()), _PER_SECOND[column.type.unit])
    return pc.divide(seconds, 3600.0)


_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


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
