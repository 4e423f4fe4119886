"""The JSON object that a command prints on stdout where it is asked for one: its answer, or its error."""

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aevb_cli.errors import OutputError
from aevb_cli.running import PROCESS


def print_json(content: Mapping[str, Any]) -> None:
    """Print one object, in which no number is rounded; OutputError where stdout cannot be written."""
    PROCESS.answered = True
    with os_errors():
        sys.stdout.write(json.dumps(content, indent=2, allow_nan=False) + "\n")
        sys.stdout.flush()


def print_failure(lines: Sequence[str], code: int) -> None:
    """Print an error in the place of the object that was asked for. lines: of its message; code: the exit code."""
    print_json({"error": "\n".join(lines), "exit": code})


@contextlib.contextmanager
def os_errors() -> Iterator[None]:
    """Turn a fault of stdout into an OutputError."""
    try:
        yield
    except BrokenPipeError:  # the reader has left, which is no error: `app` ends silently
        raise
    except OSError as error:
        raise OutputError(f"stdout: cannot be written: {(error.strerror or str(error)).lower()}.") from error
