"""A table whose cells are still text, and the two ways to give them types: by what they show, or by what is known."""

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from aevb_cli.errors import DataError
from aevb_cli.settings import PROCESS, Column
from aevb_cli.tables import arrow, cells, layout, slabs, sources
from aevb_cli.tables.cells import Words
from aevb_cli.tables.header import Header
from aevb_cli.tables.space import FloatArray, Shelf, room
from aevb_cli.tables.table import Table, find, listed

Unseen = Literal["error", "missing"]
_Pieces = list[FloatArray]
_GUESS = 1 << 16


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table whose cells are still text.

    body: returns the bytes below the header, in blocks, whenever it is called; the first record in it has the number
    `first`.
    """

    header: Header
    body: Callable[[], Iterable[bytes]]
    first: int = 1

    @property
    def source(self) -> str:
        """What the table is called in a message."""
        return self.header.source

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, as the file has them."""
        return self.header.names

    def typed(self, names: Sequence[str] | None = None) -> Table:
        """Return these columns (None: all), each with the type that its cells show: numbers, or words of a kind.

        Raises
        ------
        DataError
            a column is missing, empty, or neither numeric nor categorical; a record is ragged.
        """
        wanted = [self.names[place] for place in find(self.names if names is None else names, self.names, self.source)]
        numeric = self._numeric(wanted)
        numbers, words = self._collected(numeric, [name for name in wanted if name not in numeric])
        late = [name for name in wanted if name not in numbers and name not in words]
        words |= self._collected([], late)[1] if late else {}
        found = (
            (Column(name), numbers.pop(name)) if name in numbers else cells.infer(self.source, name, words[name])
            for name in wanted
        )
        table = _table(len(wanted), found)
        arrow.release()
        empty = [name for name, extent in zip(wanted, table.extent, strict=True) if not extent.known]
        if empty:
            raise DataError(f"{self.source}: nothing stands in column {listed(empty)}. Leave it out with --features.")
        return table

    def conforming(self, columns: Sequence[Column], *, unseen: Unseen = "error") -> Table:
        """Return the columns of a known table, found by name; `unseen` "missing" makes NaN of a word that is new.

        Raises
        ------
        DataError
            a column is missing, a cell is no number, a word is new (the first of them and their count), a record is
            ragged.
        """
        table, offenders = self.fit(columns, unseen)
        if offenders:
            raise offenders.error(self.source)
        return table

    def fit(self, columns: Sequence[Column], unseen: Unseen) -> tuple[Table, cells.Offenders | None]:
        """Return the table and the unfit cells of that column which has the first of them."""
        find([column.name for column in columns], self.names, self.source)
        numbers, text = self._columns(
            [column.name for column in columns if not column.categories],
            [column.name for column in columns if column.categories],
        )
        parts, unfit = [], []
        for column in columns:
            pieces, offenders = numbers.get(column.name), None
            if pieces is None:
                pieces, offenders = cells.fit(column, Words.of(text[column.name]), self.first)
            parts.append(pieces)
            if offenders and not (column.categories and unseen == "missing"):
                unfit.append(offenders)
        table = _table(len(columns), zip(columns, parts, strict=True))
        return table, min(unfit, key=lambda found: found.first[0][0], default=None)

    def text(self, names: Sequence[str] | None = None) -> tuple[Any, ...]:
        """Return these columns (None: all) as Arrow columns of strings, unchanged; null where empty."""
        wanted = self.names if names is None else names
        parsed = self._parsed([], wanted, missing=[""])
        return tuple(parsed.column(name) for name in wanted)

    def _numeric(self, names: Sequence[str]) -> list[str]:
        """Return the names whose first cells are all numbers: a guess that spares a second pass, no more."""
        head = next(filter(None, self.body()))[:_GUESS]
        ends = layout.records(head)[1]
        start = RawTable(self.header, lambda: [head[: ends[-2] + 1]]) if len(ends) > 1 else self
        return [
            name
            for name, text in zip(names, start.text(names), strict=True)
            if cells.fit(Column(name), Words.of(text), 1)[1] is None
        ]

    def _collected(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, _Pieces], dict[str, Words]]:
        """Return the columns as `_columns`, a slab at a time, without those in which words follow numbers later on."""
        numbers: dict[str, list[Callable[[], FloatArray]]] = {name: [] for name in numeric}
        texts: dict[str, list[Words]] = {name: [] for name in words}
        first, shelf = self.first, Shelf()
        for count, body in enumerate(slabs.slabs(self.body(), slabs.SLAB)):
            slab = RawTable(self.header, body, first)
            clean, text = slab._columns(list(numbers), list(texts))
            for name in text:
                if numbers.pop(name, None) is not None and not count:
                    texts[name] = []
            for name, parts in texts.items():
                parts.append(Words.of(text[name]))
            for name, pieces in clean.items():
                numbers[name] += map(shelf.put, pieces)
            first += _rows(clean, text)
            arrow.release()
            if not numbers and not texts:
                break
        found = {name: [piece() for piece in pieces] for name, pieces in numbers.items()}
        return found, {name: Words.joined(parts) for name, parts in texts.items()}

    def _columns(self, numeric: Sequence[str], words: Sequence[str]) -> tuple[dict[str, _Pieces], dict[str, Any]]:
        """Return the columns of `numeric` that are numbers throughout, and all others as text."""
        parsed = self._parsed(numeric, words)
        clean = {}
        for name in numeric:  # one at a time only where not all of them are numbers
            column = self._parsed([name], []) if parsed is None else parsed
            pieces = None if column is None else cells.finite(column.column(name))
            if pieces is not None:
                clean[name] = pieces
        rest = [name for name in (*numeric, *words) if name not in clean]
        if len(rest) > len(words):
            parsed = self._parsed([], rest)
        return clean, {name: parsed.column(name) for name in rest}

    def _parsed(self, numeric: Sequence[str], words: Sequence[str], missing: Sequence[str] = cells.MISSING) -> Any:
        """Return an Arrow table of doubles and strings, null where missing; None where a double is something else."""
        import pyarrow as pa

        types = dict.fromkeys(numeric, pa.float64()) | dict.fromkeys(words, pa.string())
        for blocks in (self._plain, self._checked, self._whole):
            try:
                return self._arrow(blocks(), types, missing, newlines=blocks != self._plain)
            except layout.Special:
                continue
            except (pa.ArrowInvalid, layout.Suspect) as error:
                layout.diagnose(self.source, self.body(), self.header.separator, len(self.names), self.first)
                if "straddling" not in str(error):
                    break
        if numeric:
            return None
        raise DataError(f"{self.source}: cannot be read as CSV.")

    def _plain(self) -> Iterator[bytes]:
        return layout.plain(self.body())

    def _checked(self) -> Iterator[bytes]:
        return layout.checked(self.body(), self.header.separator)

    def _whole(self) -> Iterator[bytes]:
        """Return one block: for Arrow, no record may lie in more than two."""
        return iter([b"".join(self._checked())])

    def _arrow(self, blocks: Iterator[bytes], types: dict[str, Any], missing: Sequence[str], *, newlines: bool) -> Any:
        """Let Arrow split and convert; `newlines`: there may be some in quotes."""
        import pyarrow as pa
        import pyarrow.csv

        return pa.csv.read_csv(
            pa.PythonFile(_Feed(_as_written(blocks)), "r"),
            # Where torch is loaded pyarrow's threads abort a process that tears itself down ("terminate called").
            pa.csv.ReadOptions(column_names=self.names, block_size=sources.BLOCK, use_threads=PROCESS.ends_at_once),
            pa.csv.ParseOptions(delimiter=self.header.separator, newlines_in_values=newlines),
            pa.csv.ConvertOptions(
                column_types=types, include_columns=list(types), null_values=missing, strings_can_be_null=True
            ),
        )


def _as_written(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Put a byte order mark before one that stands first: the header is gone, it is data, and Arrow would drop it."""
    first = next(blocks, b"")
    yield codecs.BOM_UTF8 + first if first.startswith(codecs.BOM_UTF8) else first
    yield from blocks


class _Feed:
    """Blocks in the form of a file: Arrow takes one while it works on those before."""

    closed = False

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks

    def read(self, _size: int) -> bytes:
        return next(self._blocks, b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._blocks = iter(())


def _rows(numbers: dict[str, _Pieces], text: dict[str, Any]) -> int:
    return next((sum(map(len, pieces)) for pieces in numbers.values()), 0) or next(map(len, text.values()), 0)


def _table(width: int, found: Iterable[tuple[Column, _Pieces]]) -> Table:
    columns, values = list[Column](), room(0, width)
    for column, pieces in found:
        if not columns:
            values = room(sum(map(len, pieces)), width)
        np.concatenate(pieces, out=values[:, len(columns)])
        columns.append(column)
    return Table(tuple(columns), values)
