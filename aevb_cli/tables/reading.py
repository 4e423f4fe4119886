"""Read a table whole, or a chunk of records at a time."""

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import Column
from aevb_cli.tables import layout, sources
from aevb_cli.tables.cells import Misfits
from aevb_cli.tables.empty import EmptyTable
from aevb_cli.tables.frames import ArrowStream, Frame
from aevb_cli.tables.header import Header
from aevb_cli.tables.parsing import CsvTable
from aevb_cli.tables.raw import RawTable, Unseen
from aevb_cli.tables.table import Table

Source = str | os.PathLike[str] | ArrowStream | Mapping[str, Any]
"""A path ("-" is stdin), a data frame (pandas, polars, pyarrow or another with an Arrow stream), a dict of columns."""


def read(source: Source, *, separator: str | None = None) -> RawTable:
    """Read a whole table; its columns get their types later.

    A file is CSV in UTF-8 with a header, records and cells as in RFC 4180; gzip and Parquet are recognised.
    separator: of a file; None: find it in the header.

    Raises
    ------
    DataError
        the table cannot be read, has no column names or no records, or a file's quotes or characters are broken.
    """
    if not isinstance(source, str | os.PathLike):
        frame = Frame.of(source)
        if not frame.length:
            raise frame.no_rows()
        return frame
    path = os.fspath(source)
    blocks = sources.repeatable(path)
    header = Header.of(sources.called(path), next(blocks(), b""), _checked(separator))
    raw = CsvTable.below(header, lambda: _below(header, blocks()))
    if not any(block.strip(b"\r\n") for block in raw.body()):
        raise header.no_records()
    return raw


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some records: the values of the columns asked for, and the cells of all columns as the source has them."""

    table: Table
    raw: RawTable

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return self.raw.names

    @cached_property
    def text(self) -> tuple[Any, ...]:
        """One Arrow column for each of `names`, fit for `write`: strings from a file, any type from a data frame."""
        return self.raw.text()


def stream(
    source: Source,
    columns: Sequence[Column],
    *,
    chunk_rows: int,
    optional: Sequence[str] = (),
    unseen: Unseen = "error",
    separator: str | None = None,
) -> Iterator[Chunk]:
    """Yield a table in chunks of `chunk_rows` records, in memory that does not grow with a file's length.

    The size of a chunk changes no value and no error; without records there is one chunk without rows. A column of
    `optional` that the table lacks is left out.

    Raises
    ------
    DataError
        as `RawTable.conforming`, and as `read` but for a table without records; faults of the header or the first chunk
        before this returns.
    """
    if isinstance(source, str | os.PathLike):
        header, parts = _csv_parts(os.fspath(source), chunk_rows, separator)
        names = header.names
    else:
        frame = Frame.of(source)
        names, parts = frame.names, frame.parts(chunk_rows)
        if not frame.length:
            parts = iter([EmptyTable(frame.source, names, 1)])
    present = [column for column in columns if column.name in names or column.name not in optional]
    chunks = _chunks(parts, present, unseen)
    return itertools.chain(list(itertools.islice(chunks, 1)), chunks)


def _csv_parts(path: str, rows: int, separator: str | None) -> tuple[Header, Iterator[RawTable]]:
    """Return the header of a file, and its records as tables of `rows` records each."""
    name = sources.called(path)
    blocks = sources.blocks(path)
    start = next(blocks, b"")
    header = Header.of(name, start, _checked(separator))
    pieces = layout.pieces(name, _below(header, itertools.chain([start], blocks)), rows)

    def parts() -> Iterator[RawTable]:
        first = 1
        for piece in pieces:
            yield CsvTable.below(header, lambda piece=piece: [piece], first)  # type: ignore[misc]
            first += rows
        if first == 1:
            yield EmptyTable(name, header.names, first)

    return header, parts()


def _chunks(parts: Iterator[RawTable], columns: Sequence[Column], unseen: Unseen) -> Iterator[Chunk]:
    for raw in parts:
        table, misfits = raw.fit(columns, unseen)
        if misfits:
            raise _counted(misfits, raw.source, parts, unseen)
        yield Chunk(table, raw)


def _counted(misfits: Misfits, source: str, rest: Iterator[RawTable], unseen: Unseen) -> DataError:
    """Return the error that a read of the whole table would have raised: with the count over all that follows."""
    for raw in rest:
        _, more = raw.fit([misfits.column], unseen)
        misfits = misfits.joined(more) if more else misfits
    return misfits.error(source)


def _below(header: Header, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield next(blocks)[header.length :]
    yield from blocks


def _checked(separator: str | None) -> str | None:
    """Return the separator; a shell can write a tabulator as "tab", or as a backslash and t."""
    if separator in {"tab", "\\t"}:
        return "\t"
    if separator is not None and (len(separator) != 1 or not separator.isascii() or separator in '"\r\n\0'):
        raise UsageError(f"--separator {separator!r}: it takes one character, such as ; or tab.")
    return separator
