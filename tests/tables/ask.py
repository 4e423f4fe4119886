"""What the tests of tables ask again and again."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError


def save(folder: Path, content: str) -> str:
    path = folder / "t.csv"
    path.write_bytes(content.encode())
    return str(path)


def from_stdin(monkeypatch: pytest.MonkeyPatch, content: str | bytes) -> tables.RawTable:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode() if isinstance(content, str) else content))
    )
    return tables.read("-")


def outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except DataError as error:
        return str(error)
