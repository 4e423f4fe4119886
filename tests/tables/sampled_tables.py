"""Tables in groups that are small, so that a test's table has many."""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aevb_cli.tables import sampling
from aevb_cli.tables.raw import RawTable
from aevb_cli.tables.text import stretches
from tests.tables import typed_files

COLUMNS = ("x", "w", "number")


def smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches of 500 bytes, ten groups at least."""
    monkeypatch.setattr(stretches, "SIZE", 500)
    monkeypatch.setattr(stretches, "_MORE", 20)
    monkeypatch.setattr(sampling, "GROUPS", 10)


def frame(rows: int = 3000, seed: int = 0) -> pa.Table:
    """Words, numbers, and in the last column the row's number."""
    chance = np.random.default_rng(seed)
    words = [("red", "green, or so", "blue")[row % 3] for row in range(rows)]
    return pa.table({"x": chance.normal(size=rows).round(4), "w": words, "number": np.arange(rows)})


def parquet(path: str, table: pa.Table, rows: int = 50) -> str:
    pq.write_table(table, path, row_group_size=rows)
    return path


def arrow(path: str, table: pa.Table, rows: int = 50) -> str:
    kind = pa.ipc.new_stream if path.endswith("s") else pa.ipc.new_file
    with pa.OSFile(path, "wb") as file, kind(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return path


def csv(path: str, table: pa.Table, encoding: str = "utf-8") -> str:
    lines = [",".join(COLUMNS)]
    lines += [f'{row["x"]},"{row["w"]}",{row["number"]}' for row in table.to_pylist()]
    Path(path).write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def json_lines(path: str, table: pa.Table) -> str:
    Path(path).write_bytes(typed_files.json_lines(table))
    return path


def piped(content: bytes, monkeypatch: pytest.MonkeyPatch) -> str:
    """A stream that cannot be read twice, nor from any place."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(_Pipe(content))))
    return "-"


class _Pipe(io.RawIOBase):
    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._content.readinto(buffer)


def cells(raw: RawTable) -> list[tuple[str, ...]]:
    """The rows of a table, each cell as text."""
    return list(zip(*([str(cell) for cell in column.to_pylist()] for column in raw.text(COLUMNS)), strict=True))


def numbers(raw: RawTable) -> list[int]:
    """The rows' numbers in the whole table."""
    return [int(row[2]) for row in cells(raw)]
