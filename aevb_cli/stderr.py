"""The process's stderr, by which no run ends: what cannot be written, its disk full or its reader gone, is lost."""

import contextlib
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import TextIO


class Stderr:
    """A text stream to stderr without its errors.

    stream: None for what is sys.stderr at the moment. Rich puts itself in that place while it draws, and so it needs
    the stream that was there before.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._fixed = stream

    @property
    def _stream(self) -> TextIO:
        return self._fixed or sys.stderr

    @property
    def encoding(self) -> str:
        """The encoding, for who has to choose signs that it has."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write text, or lose it. Returns its length."""
        with _without_faults():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what has been held back, or lose it."""
        with _without_faults():
            self._stream.flush()

    def isatty(self) -> bool:
        """Whether a person reads it."""
        with _without_faults():
            return self._stream.isatty()
        return False

    def fileno(self) -> int:
        """The number of its file; OSError where there is none."""
        return self._stream.fileno()


STDERR = Stderr()


def write_at_once(line: str) -> None:
    """Write a line from a signal's handler, which may stand in the midst of another write."""
    start = "\n" if STDERR.isatty() else ""  # a progress bar may stand in the terminal's last line
    with _without_faults():
        os.write(STDERR.fileno(), f"{start}{line}\n".encode())


def wrapped(line: str) -> str:
    """Return a line cut at blanks to a terminal's width; in a log it stays one line."""
    if not STDERR.isatty():
        return line
    width = max(20, shutil.get_terminal_size().columns - 2)
    return "\n  ".join(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""])


@contextlib.contextmanager
def _without_faults() -> Iterator[None]:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # it may be closed, or None
        yield
