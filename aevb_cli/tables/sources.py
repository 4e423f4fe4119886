"""The bytes of a CSV from a path, a pipe or stdin, plain, gzip or Parquet."""

import contextlib
import gzip
import io
import itertools
import mmap
import stat
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from aevb_cli.errors import DataError
from aevb_cli.tables import arrow, space

BLOCK = 1 << 21

STREAM_IN_MEMORY = 1 << 27
"""Bytes of a stream up to which it is kept in memory."""

_GZIP, _PARQUET = b"\x1f\x8b", b"PAR1"
_FOREIGN = {
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"PK\x03\x04": "a zip archive or a workbook",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"BZh": "compressed by bzip2",
    b"\xfd7zXZ": "compressed by xz",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
}


def blocks(source: str) -> Iterator[bytes]:
    """Yield the bytes of the CSV in blocks, the first of them with BLOCK bytes or the whole header.

    Raises
    ------
    DataError
        the file is missing, a folder, not readable, damaged, or of a type that is not supported.
    """
    with _messages(called(source)), _opened(source) as file:
        start = file.peek(8)[:8]
        for magic, kind in _FOREIGN.items():
            if start.startswith(magic):
                raise DataError(f"{called(source)}: this is {kind}. Save it as CSV in UTF-8.")
        if source.endswith(".parquet") or start.startswith(_PARQUET):
            yield from _parquet(called(source), file)
            return
        packed = source.endswith(".gz") or start.startswith(_GZIP)
        plain = gzip.GzipFile(fileobj=file) if packed else file
        while block := plain.read(BLOCK):
            yield block


def repeatable(source: str) -> Callable[[], Iterator[bytes]]:
    """Return a function that yields the blocks each time it is called: a file is read again, a stream is kept.

    Raises
    ------
    DataError, OutputError
        as `blocks`; a long stream does not fit on the disk.
    """
    if Path(source).is_file():
        return lambda: blocks(source)
    stream, kept, held = blocks(source), list[bytes](), 0
    for block in stream:
        kept.append(block)
        held += len(block)
        if held > STREAM_IN_MEMORY:
            return _on_disk(itertools.chain(kept, stream))
    return lambda: iter(kept)


def _on_disk(stream: Iterable[bytes]) -> Callable[[], Iterator[bytes]]:
    with space.on_disk("a stream is kept"), tempfile.TemporaryFile() as file:
        file.writelines(stream)
        file.flush()
        kept = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return lambda: (kept[start : start + BLOCK] for start in range(0, len(kept), BLOCK))


def regular_file(source: str) -> str:
    """The path itself, which may come from a model file: a device or a pipe could be without an end.

    Raises
    ------
    DataError
        it is missing, or no regular file.
    """
    with _messages(source):
        if not stat.S_ISREG(Path(source).stat().st_mode):
            raise DataError(f"{source}: not a regular file. Name the table: --data FILE")
    return source


def called(source: str) -> str:
    """Return the source's name in a message."""
    return "stdin" if source == "-" else source


@contextlib.contextmanager
def _messages(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{name}: there is no such file.") from error
    except IsADirectoryError as error:
        raise DataError(f"{name}: this is a folder, not a table.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{name}: the gzip file is damaged or cut short. Make it or fetch it again.") from error
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {(error.strerror or str(error)).lower()}.") from error


@contextlib.contextmanager
def _opened(source: str) -> Iterator[io.BufferedReader]:
    if source != "-":
        with Path(source).open("rb") as file:
            yield file
    elif isinstance(sys.stdin.buffer, io.BufferedReader):
        yield sys.stdin.buffer
    else:  # a program that calls a command may have replaced it by another type of stream
        yield io.BufferedReader(cast(io.RawIOBase, sys.stdin.buffer))


def _parquet(name: str, file: io.BufferedReader) -> Iterator[bytes]:
    """Yield a Parquet file as CSV: the same rules hold for both, and a double's shortest text is that double."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    try:
        table = pa.parquet.ParquetFile(file if file.seekable() else io.BytesIO(file.read()))
        yield _csv(table.schema_arrow.empty_table(), header=True)
        for batch in table.iter_batches(batch_size=1 << 16):
            yield _csv(batch, header=False)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(f"{name}: cannot be read as Parquet: {reason}") from error


def _csv(rows: Any, *, header: bool) -> bytes:
    import pyarrow as pa
    import pyarrow.csv

    columns = [arrow.as_text(column) for column in rows.columns]
    if len(columns) == 1:  # a missing cell alone in its line is a pair of quotes: a blank line is no record
        columns = [arrow.joined([columns[0], arrow.scalar("")], "")]
    text = pa.table(columns, names=rows.schema.names)
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(text, sink, pa.csv.WriteOptions(include_header=header))
    return bytes(sink.getvalue())
