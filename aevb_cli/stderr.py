"""The process's stderr, by which no run ends: what cannot be written there (its disk is full, its reader gone) is lost.
"""

import contextlib
import os
import sys


class Stderr:
    """A text stream to what is sys.stderr at the moment, without its errors; fit for Rich, too."""

    @property
    def encoding(self) -> str:
        """The encoding, for who has to choose signs that it has."""
        return getattr(sys.stderr, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write text, or lose it. Returns its length."""
        with contextlib.suppress(OSError, ValueError, AttributeError):  # it may be closed, or None
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what has been held back, or lose it."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stderr.flush()

    def isatty(self) -> bool:
        """Whether a person reads it."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            return sys.stderr.isatty()
        return False

    def fileno(self) -> int:
        """The number of its file; OSError where there is none."""
        return sys.stderr.fileno()


STDERR = Stderr()


def write_at_once(line: str) -> None:
    """Write a line from a signal's handler, which may stand in the midst of another write."""
    start = "\n" if STDERR.isatty() else ""  # a progress bar may stand in the terminal's last line
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.write(sys.stderr.fileno(), f"{start}{line}\n".encode())
