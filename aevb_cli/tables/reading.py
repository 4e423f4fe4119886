"""Read a table whole, or a chunk at a time: pyarrow splits and converts, every rule of its own is checked or undone."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import Column
from aevb_cli.tables import layout, sources
from aevb_cli.tables.cells import Offenders
from aevb_cli.tables.header import Header
from aevb_cli.tables.raw import RawTable, Unseen
from aevb_cli.tables.table import Table


def read(source: str, *, separator: str | None = None) -> "RawTable":
    """Read a whole table: a path, "-" for stdin; gzip and Parquet are recognised. The columns get their types later.

    UTF-8, with a header; the separator is told or found in the header. Records and cells as in RFC 4180.

    Raises
    ------
    DataError
        the file cannot be read, has no header or no records, or its quotes or characters are broken.
    """
    name = sources.called(source)
    blocks = sources.repeatable(source)
    header = Header.of(name, next(blocks(), b""), _told(separator))
    raw = RawTable(header, lambda: _below(header, blocks()))
    if not any(block.strip(b"\r\n") for block in raw.body()):
        raise header.no_records()
    return raw


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some records: the values of the columns asked for, and the text of all columns as the file has it.

    text: one Arrow column of strings for each of `names`, fit for `write`.
    """

    table: Table
    names: tuple[str, ...]
    text: tuple[Any, ...]


def stream(
    source: str,
    columns: Sequence[Column],
    *,
    chunk_rows: int,
    optional: Sequence[str] = (),
    unseen: Unseen = "error",
    separator: str | None = None,
) -> Iterator[Chunk]:
    """Yield a table in chunks of `chunk_rows` records, in memory that does not grow with the file.

    The size of a chunk changes no value and no error. A column of `optional` that the file lacks is left out.

    Raises
    ------
    DataError
        as `read` and `RawTable.conforming`; what concerns the header or the first chunk before this returns.
    """
    name = sources.called(source)
    blocks = sources.blocks(source)
    start = next(blocks, b"")
    header = Header.of(name, start, _told(separator))
    present = [column for column in columns if column.name in header.names or column.name not in optional]
    rest = layout.pieces(name, _below(header, itertools.chain([start], blocks)), chunk_rows)
    chunks = _chunks(header, rest, present, unseen)
    first = list(itertools.islice(chunks, 1))
    if not first:
        raise header.no_records()
    return itertools.chain(first, chunks)


def _chunks(header: Header, pieces: Iterator[bytes], columns: Sequence[Column], unseen: Unseen) -> Iterator[Chunk]:
    first = 1
    for piece in pieces:
        raw = _raw(header, piece, first)
        table, offenders = raw.fit(columns, unseen)
        text = raw.text()
        first += len(text[0])
        if offenders:
            raise _counted(offenders, header, pieces, first, unseen)
        yield Chunk(table, header.names, text)


def _counted(offenders: Offenders, header: Header, pieces: Iterator[bytes], first: int, unseen: Unseen) -> DataError:
    """Return the error that a read of the whole table would have raised: with the count over all that follows."""
    for piece in pieces:
        table, more = _raw(header, piece, first).fit([offenders.column], unseen)
        first += len(table)
        offenders = offenders.joined(more) if more else offenders
    return offenders.error(header.source)


def _raw(header: Header, piece: bytes, first: int) -> RawTable:
    return RawTable(header, lambda: [piece], first)


def _below(header: Header, blocks: Iterator[bytes]) -> Iterator[bytes]:
    yield next(blocks)[header.length :]
    yield from blocks


def _told(separator: str | None) -> str | None:
    """Return the separator that a shell can write: "tab" and a backslash with t are one."""
    if separator in {"tab", "\\t"}:
        return "\t"
    if separator is not None and (len(separator) != 1 or not separator.isascii() or separator in '"\r\n\0'):
        raise UsageError(f"--separator {separator!r}: it takes one character, such as ; or tab.")
    return separator
