"""A report of a bug, for a user to send: where it happened and in which versions, and nothing of the user's data."""

import importlib.metadata
import linecache
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from aevb_cli.version import __version__

_LIBRARIES = (
    "torch", "numpy", "pyarrow", "pandas", "matplotlib", "safetensors", "msgspec", "openpyxl", "rich", "typer",
)  # fmt: skip


def report(error: BaseException, command: str, options: Sequence[str]) -> str | None:
    """Write a report into the folder of temporary files, and return its path; None where it cannot be written.

    options: the names of those that were given, without their values.
    """
    lines = [
        "A report of a bug in aevb. It has no cell, name of a column or file, or value of an option in it.",
        "",
        f"aevb {__version__}, Python {platform.python_version()}, {platform.platform()}",
        ", ".join(_versions()),
        f"Command: aevb {' '.join([command, *options])}".rstrip(),
        "",
        *_traced(error),
    ]
    with suppress(OSError):
        handle, path = tempfile.mkstemp(".txt", "aevb-bug-")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("\n".join(lines) + "\n")
        return path
    return None


def _versions() -> Iterator[str]:
    for name in _LIBRARIES:
        with suppress(importlib.metadata.PackageNotFoundError):
            yield f"{name} {importlib.metadata.version(name)}"


def _traced(error: BaseException | None) -> Iterator[str]:
    """Yield the traceback without the errors' messages, which may quote a cell."""
    seen = list[BaseException]()
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    for each in reversed(seen):
        yield "Traceback (most recent call last):"
        for frame, line in traceback.walk_tb(each.__traceback__):
            path = frame.f_code.co_filename
            yield f"  {_place(path)}, line {line}, in {frame.f_code.co_name}"
            yield f"    {linecache.getline(path, line).strip()}"
        yield type(each).__name__


def _place(path: str) -> str:
    """Return a module's file below the folder that it was imported from, which may hold a user's name."""
    for folder in sorted(sys.path, key=len, reverse=True):
        if folder and Path(path).is_relative_to(folder):
            return str(Path(path).relative_to(folder))
    return Path(path).name
