"""Space for the numbers of a table: in memory or, where they are many, in a temporary file that deletes itself.

The file is mapped into memory: it is read and written like an array, and the system decides which pages stay in RAM.
"""

import contextlib
import errno
import os
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import IO

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import OutputError, reason_of

FloatArray = NDArray[np.float64]

IN_MEMORY = 1 << 28
"""Bytes up to which a table stays in memory."""


def allocate(rows: int, columns: int) -> FloatArray:
    """Return an array (rows, columns) that is not initialised, in column-major order.

    Raises
    ------
    OutputError
        it must go to disk, and the disk is full.
    """
    size = rows * columns * np.dtype(np.float64).itemsize
    if size <= IN_MEMORY:
        return np.empty((rows, columns), order="F")
    with _needs(size), tempfile.TemporaryFile() as file:
        _reserve(file, size)
        return np.asarray(np.memmap(file, np.float64, "r+", shape=(rows, columns), order="F"))


class Spool:
    """The numbers of a table while it is read, first in memory and then in a temporary file."""

    def __init__(self) -> None:
        self._held = self._written = 0

    def add(self, piece: FloatArray) -> Callable[[], FloatArray]:
        """Store an array (rows,); return a function that returns it, to be called when all are stored.

        Raises
        ------
        OutputError
            as `allocate`.
        """
        if self._held + piece.nbytes <= IN_MEMORY:
            self._held += piece.nbytes
            return lambda: piece
        place = slice(self._written, self._written + len(piece))
        self._written = place.stop
        with _needs(self._written * piece.itemsize):
            self._file.write(np.ascontiguousarray(piece).data)
            self._file.flush()
        return lambda: self._mapped[place]

    @cached_property
    def _file(self) -> IO[bytes]:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the spool
        weakref.finalize(self, file.close)
        return file

    @cached_property
    def _mapped(self) -> FloatArray:
        return np.asarray(np.memmap(self._file, np.float64, "r"))


class TextSpool:
    """Pieces of text, first in memory and then in a temporary file. Several threads may read them."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY or 1)  # noqa: SIM115 - closed with the spool
        self._length, self._lock = 0, threading.Lock()
        weakref.finalize(self, self._file.close)

    def add(self, piece: bytes) -> slice:
        """Store a piece; return its place. OutputError as `allocate`."""
        place = slice(self._length, self._length + len(piece))
        with self._lock, _needs(place.stop):
            self._file.seek(place.start)
            self._file.write(piece)
        self._length = place.stop
        return place

    def read(self, place: slice) -> bytes:
        """Return the piece at a place."""
        with self._lock:
            self._file.seek(place.start)
            return self._file.read(place.stop - place.start)


@contextlib.contextmanager
def on_disk(what: str) -> Iterator[None]:
    """Raise OutputError where the folder for temporary files fails. what: the beginning of the user's sentence."""
    try:
        yield
    except OSError as error:
        folder = tempfile.tempdir or "The folder for temporary files"
        raise OutputError(f"{folder}: {what} there: {reason_of(error)}. Name another folder in TMPDIR.") from error


def _needs(size: int) -> contextlib.AbstractContextManager[None]:
    return on_disk(f"the table needs {size >> 20} MiB")


def _reserve(file: IO[bytes], size: int) -> None:
    """Reserve the space, where the file system can: a disk that filled up later would kill the process."""
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except (AttributeError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in {errno.EOPNOTSUPP, errno.EINVAL}:
            raise
        file.truncate(size)
