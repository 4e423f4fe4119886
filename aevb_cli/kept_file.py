"""A file for a library that must meet no error while it writes: HDF5 ends the process where the disk is full."""

import io
import os
from typing import Any


class KeptFile(io.RawIOBase):
    """A regular file by its descriptor. The first error of the system is kept for `check`; no method raises it.

    What could not be written is held in memory from then on, so that the library reads what it wrote and can close.
    """

    def __init__(self, handle: int) -> None:
        self._handle, self._place = handle, 0
        self._error: OSError | None = None
        self._held = list[tuple[int, bytes]]()

    def check(self) -> None:
        """Raise the first error, an OSError, if there was one."""
        if self._error:
            raise self._error

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte is read or written."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; returns it, from the start."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size()}[whence]
        self._place = start + offset
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Read as many bytes as there are, and go on behind them; returns how many."""
        view = memoryview(buffer).cast("B")
        size = max(0, min(len(view), self._size() - self._place))
        found = os.pread(self._handle, size, self._place).ljust(size, b"\0")
        view[:size] = found
        for first, content in self._held:
            low, high = max(first, self._place), min(first + len(content), self._place + size)
            if low < high:
                view[low - self._place : high - self._place] = content[low - first : high - first]
        self._place += size
        return size

    def write(self, content: Any) -> int:
        """Write all, or hold what cannot be written; returns how many bytes it was given."""
        view, done = memoryview(content).cast("B"), 0
        try:
            while done < len(view) and not self._error:
                done += os.pwrite(self._handle, view[done:], self._place + done)
        except OSError as error:
            self._error = error
        if done < len(view):
            self._held.append((self._place + done, bytes(view[done:])))
        self._place += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Cut or lengthen the file; returns its length."""
        size = self._place if size is None else size
        try:
            if not self._error:
                os.ftruncate(self._handle, size)
        except OSError as error:
            self._error = error
        return size

    def _size(self) -> int:
        """The length of the file with what is held."""
        return max([os.fstat(self._handle).st_size, *(first + len(content) for first, content in self._held)])
