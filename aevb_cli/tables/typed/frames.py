"""A table in memory: a data frame (pandas, polars, pyarrow or another with an Arrow stream) or a dict of columns.

Its values are those of the same table saved as a CSV, with every digit of its numbers, but no text is written or
parsed. A null or NaN is a missing cell, and a string is read as a cell of a CSV is. Booleans, which a CSV may not have,
are 0 and 1. Only the columns that are used are converted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import DataError
from aevb_cli.settings import Told
from aevb_cli.tables import arrow
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.raw import Pieces, RawTable
from aevb_cli.tables.table import shown
from aevb_cli.tables.text.header import unique
from aevb_cli.tables.typed import conversion
from aevb_cli.tables.typed.conversion import NAME, CallerColumn

_HEAD = 1000


@dataclass(frozen=True, eq=False)
class Frame(RawTable):
    """A table in memory, or some consecutive rows of it. columns: one for each of `names`, from row `start` on."""

    columns: tuple[CallerColumn, ...]
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
        columns = conversion.columns_of(source)
        if not columns:
            raise DataError(f"{name}: it has no columns. Give a table with named columns.")
        lengths = [conversion.length(each, values) for each, values in columns]
        for (each, _), length in zip(columns, lengths, strict=True):
            if length != lengths[0]:
                found = f"{length} values where {shown(columns[0][0])} has {lengths[0]}"
                raise DataError(f"{name}, column {shown(each)}: {found}. Make the columns equally long.")
        names = tuple(unique([each for each, _ in columns]))
        index = names[:1] if names[0].startswith("\0") else ()
        converted = tuple(CallerColumn(each, values, name) for each, values in columns)
        return cls(name, names, 1, converted, lengths[0], index=index)

    def parts(self, rows: int) -> Iterator[RawTable]:
        """Yield its rows as tables of `rows` rows each."""
        for start in range(0, self.length, rows):
            yield replace(self, first=self.first + start, length=min(rows, self.length - start))

    def taken(self, rows: NDArray[np.intp]) -> "Frame":
        """Return some of its rows, by their places, as a table of their own."""
        places = rows + (self.first - self.start)
        columns = tuple(replace(each, source=conversion.taken(each.source, places)) for each in self.columns)
        return replace(self, columns=columns, length=len(rows), first=1, start=1)

    def head(self) -> "Frame":
        """Return its first rows."""
        return replace(self, length=min(self.length, _HEAD))

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

    def _column(self, name: str) -> CallerColumn:
        return self.columns[self.names.index(name)]

    def _rows(self, column: Any) -> Any:
        return column.slice(self.first - self.start, self.length)


def _numbers(column: Any) -> Pieces | None:
    """Return an Arrow column of numbers as doubles, NaN where missing; None where it holds strings or an infinity."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = arrow.plain(column)
    if not conversion.is_number(column.type):
        return None
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())  # Arrow's cast of a decimal to a double is off in the last bit
    pieces = arrow.to_numpy(column.cast(pa.float64(), safe=False)) or [np.empty(0)]
    return None if any(np.isinf(piece).any() for piece in pieces) else pieces


def _words(column: Any) -> Words:
    return Words.of_parts(arrow.as_text, column)
