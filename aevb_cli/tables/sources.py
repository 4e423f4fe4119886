"""The bytes of a table from a path, a URL, a pipe or stdin, unpacked where they are compressed."""

import contextlib
import io
import itertools
import mmap
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from aevb_cli import files, places
from aevb_cli.errors import DataError, reason_of
from aevb_cli.nearest import nearest_file
from aevb_cli.tables import packing, space

BLOCK = 1 << 21

STREAM_IN_MEMORY = 1 << 27
"""Bytes of a stream up to which it is kept in memory."""


def blocks(source: str) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked, in blocks of BLOCK bytes; the last may have fewer.

    Raises
    ------
    DataError
        the file is missing, a folder, not readable or damaged.
    """
    with _messages(called(source)), _opened(source) as file:
        content = packing.unpacked(called(source), file)
        while block := content.read(BLOCK):
            yield block


def repeatable(source: str, stream: Iterator[bytes] | None = None) -> Callable[[], Iterator[bytes]]:
    """Return a function that yields the blocks each time it is called: a file is read again, a stream is kept.

    stream: the blocks of a stream that has been begun.

    Raises
    ------
    DataError, OutputError
        as `blocks`; a long stream does not fit on the disk.
    """
    if is_file(source):
        return lambda: blocks(source)
    stream, kept, held = stream or blocks(source), list[bytes](), 0
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


def content(source: str, blocks: Callable[[], Iterator[bytes]]) -> Any:
    """Return the path of a file that is not compressed, which need not be read whole; of any other all bytes.

    Of an object in a store, instead of a path, a file of Arrow's that fetches what is asked for.
    """
    start = next(blocks(), b"")[:64]
    if places.is_url(source):
        distant = places.random_access(source)
        if distant.read(64) == start:
            distant.seek(0)
            return distant
    elif is_file(source):
        with Path(source).open("rb") as file:
            if file.read(64) == start:
                return source
    return b"".join(blocks())


@contextlib.contextmanager
def as_it_lies(source: str) -> Iterator[tuple[io.BufferedReader, bool]]:
    """Open a file that can be read again, from any place. Yields it, and whether it is compressed.

    Raises
    ------
    DataError
        as `blocks`.
    """
    with _messages(called(source)), _opened(source) as file:
        content = packing.unpacked(called(source), file)  # dropped at once, it would close the file
        yield file, content is not file


def regular_file(source: str) -> str:
    """The path itself, which may come from a model file: a device or a pipe could be without an end.

    Raises
    ------
    DataError
        it is missing, or no regular file.
    """
    path = places.local(source)
    if path is None:  # what a store has ends
        return source
    with _messages(source):
        if not path.exists():
            raise DataError(f"{source}: there is no such file. If it has moved, name it: --data FILE")
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError(f"{source}: not a regular file. Name the table: --data FILE")
    return source


def is_file(source: str) -> bool:
    """Whether a source is a file that can be read again."""
    return source != "-" and (places.is_url(source) or files.is_file(source))


def called(source: str) -> str:
    """Return the source's name in a message."""
    return "stdin" if source == "-" else places.shown(source) if places.is_url(source) else source


@contextlib.contextmanager
def _messages(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{name}: there is no such file.{nearest_file(name)}") from error
    except IsADirectoryError as error:
        raise DataError(f"{name}: this is a folder, not a table.") from error
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {reason_of(error)}.") from error


@contextlib.contextmanager
def _opened(source: str) -> Iterator[io.BufferedReader]:
    if places.is_url(source):
        with places.opened(source) as remote:
            yield cast(io.BufferedReader, remote)
    elif source != "-":
        with Path(source).open("rb") as file:
            yield file
    elif isinstance(sys.stdin.buffer, io.BufferedReader):
        yield sys.stdin.buffer
    else:  # a program that calls a command may have replaced it by another type of stream
        yield io.BufferedReader(cast(io.RawIOBase, sys.stdin.buffer))
