"""Read a table whole, or a chunk of records at a time."""

import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import AS_FOUND, Column, ReadOptions
from aevb_cli.tables import formats, sources
from aevb_cli.tables.empty import EmptyTable
from aevb_cli.tables.formats import Format
from aevb_cli.tables.joined import Begun, Joined, aligned, expand
from aevb_cli.tables.kinds.cells import Misfits
from aevb_cli.tables.raw import RawTable, Unseen
from aevb_cli.tables.table import Table
from aevb_cli.tables.text import layout
from aevb_cli.tables.text.encodings import Text
from aevb_cli.tables.text.header import Header
from aevb_cli.tables.text.parsing import CsvTable
from aevb_cli.tables.typed import opening
from aevb_cli.tables.typed.conversion import ArrowStream
from aevb_cli.tables.typed.frames import Frame
from aevb_cli.tables.typed.opening import Typed, index_of

Source = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | ArrowStream | Mapping[str, Any]
"""A path or URL ("-" is stdin), a pattern, a folder, or several of these, which are one table; or a table in memory: a
data frame (pandas, polars, pyarrow or another with an Arrow stream), a dict of columns."""


def read(source: Source, options: ReadOptions = AS_FOUND) -> RawTable:
    """Read a whole table; its columns get their types later.

    A text is CSV with a header, records and cells as in RFC 4180; other formats are recognised by their first bytes.
    options: how it is read; what is not told is found.

    Raises
    ------
    DataError
        the table cannot be read, has no column names or no records, or a file's quotes or characters are broken.
    """
    paths, options = files_of(source), checked(options)
    parts = [or_empty(frame_of(source, options))] if paths is None else [_whole(path, options) for path in paths]
    empty = [part for part in parts if isinstance(part, EmptyTable)]
    if len(empty) == len(parts):
        raise empty[0].error()
    return parts[0] if len(parts) == 1 else Joined.of(parts)


def or_empty(frame: Frame) -> Frame | EmptyTable:
    """Return the table, as its columns alone where it has no row."""
    if frame.length:
        return frame
    return EmptyTable(frame.source, frame.names, 1, index=frame.index, notes=frame.notes, options=frame.options)


def _whole(path: str, options: ReadOptions) -> RawTable:
    name, blocks = sources.called(path), sources.repeatable(path)
    start = next(blocks(), b"")
    kind = formats.of(name, start)
    if kind != "text":
        return or_empty(typed_file(kind, path, blocks, options).frame())
    text = Text.of(name, start, options)
    header = header_of(text, text.utf8(blocks()), options)
    raw = CsvTable.below(header, lambda: below(header, text.utf8(blocks())))
    if not any(block.strip(b"\r\n") for block in raw.body()):
        return without_records(header)
    return raw


def files_of(source: Any) -> list[str] | None:
    """Return the files that are meant by a path, a pattern, a folder, or several of them; None for a table itself."""
    if isinstance(source, str | os.PathLike):
        return expand([os.fspath(source)])
    if isinstance(source, list | tuple) and source and all(isinstance(each, str | os.PathLike) for each in source):
        return expand(map(os.fspath, source))
    return None


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some records: the values of the columns asked for, and the cells of all columns as the source has them."""

    table: Table
    raw: RawTable

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, as the table has them."""
        return self.raw.header

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
    options: ReadOptions = AS_FOUND,
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
    names, parts = _parts(source, chunk_rows, checked(options))
    present = [column for column in columns if column.column in names or column.column not in optional]
    chunks = _chunks(parts, present, unseen)
    return itertools.chain(list(itertools.islice(chunks, 1)), chunks)


def _parts(source: Source, rows: int, options: ReadOptions) -> tuple[tuple[str, ...], Iterator[RawTable]]:
    """Return the names of all columns, and the records as tables of `rows` records each."""
    paths = files_of(source)
    if paths is None:
        frame = frame_of(source, options)
        return frame.names, frame.parts(rows) if frame.length else iter([frame])
    if len(paths) == 1:
        begun = _begun(paths[0], rows, options)
        return begun.names, begun.parts
    heads = (_begun(path, rows, options) for path in paths)
    return aligned(heads, lambda place: _begun(paths[place], rows, options).parts)


def _begun(path: str, rows: int, options: ReadOptions) -> Begun:
    """Open a file: its columns, and its records as tables of `rows` records each."""
    name, blocks = sources.called(path), sources.blocks(path)
    start = next(blocks, b"")
    kind = formats.of(name, start)
    if kind == "text":
        return _csv_parts(name, itertools.chain([start], blocks), rows, options)
    whole = sources.repeatable(path, itertools.chain([start], blocks))
    return _typed_parts(typed_file(kind, path, whole, options), rows)


def _typed_parts(file: Typed, rows: int) -> Begun:
    parts = file.parts(rows)
    first = next(parts, None) or file.frame()
    return Begun(file.name, first.names, file.schema.types, itertools.chain([first], parts))


def typed_file(kind: Format, path: str, blocks: Callable[[], Iterator[bytes]], options: ReadOptions) -> Typed:
    """Open a file whose columns have types. blocks: returns its bytes, from the first, each time."""
    name = sources.called(path)
    if kind != "json":
        return opening.opened(kind, name, sources.content(path, blocks), blocks, options)
    text = Text.of(name, next(blocks(), b""), options)
    return opening.opened(kind, name, path, lambda: text.utf8(blocks()), options)


def frame_of(source: Any, options: ReadOptions) -> Frame:
    """Take a table in memory."""
    frame = Frame.of(source)
    return replace(frame, index=(*frame.index, *_index(source)), options=options)


def _index(source: Source) -> tuple[str, ...]:
    """Return the columns of an Arrow table that pandas made of a data frame's index."""
    arrow = sys.modules.get("pyarrow")
    return index_of(source.schema) if arrow and isinstance(source, arrow.Table | arrow.RecordBatch) else ()


def without_records(header: Header) -> EmptyTable:
    """Return the columns of a text that has no record."""
    return EmptyTable(header.source, header.names, 1, index=header.index, notes=header.notes, options=header.options)


def header_of(text: Text, blocks: Iterator[bytes], options: ReadOptions) -> Header:
    """Find the header in the first block of a text."""
    header = Header.of(text.source, next(blocks, b""), options)
    return replace(header, notes=(*text.notes, *header.notes))


def _csv_parts(name: str, blocks: Iterator[bytes], rows: int, options: ReadOptions) -> Begun:
    start = next(blocks)
    text = Text.of(name, start, options)
    utf8 = text.utf8(itertools.chain([start], blocks))
    begun = next(utf8, b"")
    header = header_of(text, iter([begun]), options)
    pieces = layout.pieces(name, below(header, itertools.chain([begun], utf8)), rows)

    def parts() -> Iterator[RawTable]:
        first = 1
        for piece in pieces:
            yield CsvTable.below(header, lambda piece=piece: [piece], first)  # type: ignore[misc]
            first += rows
        if first == 1:
            yield without_records(header)

    return Begun(name, header.names, [None] * len(header.names), parts())


def _chunks(parts: Iterator[RawTable], columns: Sequence[Column], unseen: Unseen) -> Iterator[Chunk]:
    for raw in parts:
        table, misfits = raw.fit(columns, unseen)
        if misfits:
            raise _counted(misfits, raw.place, parts, unseen)
        yield Chunk(table, raw)


def _counted(misfits: Misfits, place: Callable[[int], str], rest: Iterator[RawTable], unseen: Unseen) -> DataError:
    """Return the error that a read of the whole table would have raised: with the count over all that follows."""
    for raw in rest:
        _, more = raw.fit([misfits.column], unseen)
        misfits = misfits.joined(more) if more else misfits
    return misfits.error(place, known=True)


def below(header: Header, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the blocks of a text without its header, which ends in the first."""
    yield next(blocks)[header.length :]
    yield from blocks


def checked(options: ReadOptions) -> ReadOptions:
    """Return the options with the separator itself; a shell can write a tabulator as "tab", or as a backslash and t."""
    separator = options.separator
    if separator in {"tab", "\\t"}:
        return replace(options, separator="\t")
    if separator is not None and (len(separator) != 1 or not separator.isascii() or separator in '"\r\n\0'):
        raise UsageError(f"--separator {separator!r}: it takes one character, such as ; or tab.")
    if options.decimal not in {None, ".", ","}:
        raise UsageError(f"--decimal {options.decimal!r}: it is . or ,")
    return options
