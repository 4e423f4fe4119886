"""Helpers of the tests of tables."""

import io
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.tables.kinds.cells import Words
from aevb_cli.tables.text.parsing import CsvTable


def save(folder: Path, content: str) -> str:
    path = folder / "t.csv"
    path.write_bytes(content.encode())
    return str(path)


def from_stdin(monkeypatch: pytest.MonkeyPatch, content: str | bytes) -> CsvTable:
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode() if isinstance(content, str) else content))
    )
    raw = tables.read("-")
    assert isinstance(raw, CsvTable)
    return raw


def outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except DataError as error:
        return str(error)


def cut(text: bytes, length: int) -> list[bytes]:
    return [text[start : start + length] for start in range(0, len(text), length)]


def in_batches(path: str, length: int) -> CsvTable:
    raw = tables.read(path)
    assert isinstance(raw, CsvTable)
    body = b"".join(raw.body())
    return replace(raw, body=lambda: cut(body, length))


def words(*cells: str | None) -> Words:
    """A column of these cells; None is an empty one."""
    return Words.of(pa.chunked_array([pa.array(cells, pa.string())]))
