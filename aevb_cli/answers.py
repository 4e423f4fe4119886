"""The JSON object that a command prints on stdout where it is asked for one: its answer, or its error."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from aevb_cli.errors import of_stdout
from aevb_cli.running import PROCESS


def print_json(content: Mapping[str, Any]) -> None:
    """Print one object, in which no number is rounded; OutputError where stdout cannot be written."""
    PROCESS.answered = True
    with of_stdout():
        sys.stdout.write(json.dumps(content, indent=2, allow_nan=False) + "\n")
        sys.stdout.flush()


def print_failure(lines: Sequence[str], code: int) -> None:
    """Print an error in the place of the object that was asked for. lines: of its message; code: the exit code."""
    print_json({"error": "\n".join(lines), "exit": code})
