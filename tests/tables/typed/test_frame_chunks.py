"""Data frames in chunks, as prediction reads and writes them."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from tests.tables.ask import outcome
from tests.tables.frame_kinds import FRAMES, Columns, content

WIDE: Columns = {
    "x": [0.1, None, 3.0],
    "n": [1, 2, 3],
    "w": ["a", 'say "b", c', None],
    "flag": [True, None, False],
    "day": [datetime.date(2024, 1, 31)] * 3,
}
AS_WRITTEN = '0.1,1,a,true,2024-01-31\n,2,"say ""b"", c",,2024-01-31\n3,3,,false,2024-01-31\n'


@pytest.mark.parametrize("chunk_rows", [1, 2, 99])
@pytest.mark.parametrize("kind", sorted({*FRAMES} - {"a dict of arrays"}))
def test_chunks_can_be_written(kind: str, chunk_rows: int, tmp_path: Path) -> None:
    frame = FRAMES[kind](WIDE)
    if kind == "polars":
        frame = frame.with_columns(pl.col("w").cast(pl.Categorical))
    if kind == "pandas":
        frame = frame.astype({"w": "category", "flag": "boolean"})
    columns = [Column("n"), Column("x")]
    whole = tables.read(frame).conforming(columns)
    chunks = list(tables.stream(frame, columns, chunk_rows=chunk_rows))
    assert np.concatenate([chunk.table.values for chunk in chunks]).tobytes("F") == whole.values.tobytes("F")
    path = tmp_path / "t.csv"
    tables.write(str(path), chunks[0].names, (chunk.text for chunk in chunks))
    rows = AS_WRITTEN.replace("true", "True").replace("false", "False") if "objects" in kind else AS_WRITTEN
    assert path.read_text().lower() == ("x,n,w,flag,day\n" + rows).lower()
    parquet = str(tmp_path / "t.parquet")
    tables.write(parquet, chunks[0].names, (chunk.text for chunk in chunks))
    assert content(tables.read(parquet).conforming(columns)) == content(whole)


def test_mixed_cells_are_written_as_they_are(tmp_path: Path) -> None:
    frame = {"x": [1, 2, 3, 4, 5], "mixed": [1, "a,b", None, np.nan, 0.5]}
    for chunk_rows in (1, 2, 9):
        path = tmp_path / "t.csv"
        chunks = tables.stream(frame, [Column("x")], chunk_rows=chunk_rows)
        tables.write(str(path), ["x", "mixed"], (chunk.text for chunk in chunks))
        assert path.read_text() == 'x,mixed\n1,1\n2,"a,b"\n3,\n4,\n5,0.5\n'


@pytest.mark.parametrize("faults", [{2: 9.0}, {0: np.inf, 3: -np.inf, 7: np.inf}, {5: np.inf}])
def test_the_chunk_size_changes_no_error(faults: dict[int, float]) -> None:
    frame = {"x": [faults.get(row, 0.5) for row in range(10)], "w": ["a", "b", "c", "a", "d"] * 2}
    columns = [Column("x"), Column("w", ("a", "b"))]
    whole = outcome(lambda: tables.read(frame).conforming(columns))
    assert "record" in str(whole)
    for chunk_rows in (1, 3, 10):
        chunked = outcome(lambda rows=chunk_rows: list(tables.stream(frame, columns, chunk_rows=rows)))  # type: ignore[misc]
        assert chunked == whole
    unseen = list(tables.stream(frame, columns[1:], chunk_rows=3, unseen="missing"))
    assert [len(chunk.table) for chunk in unseen] == [3, 3, 3, 1]


def test_an_optional_column_of_a_frame() -> None:
    (chunk,) = tables.stream({"x": [1]}, [Column("x"), Column("y")], chunk_rows=9, optional=["y"])
    assert chunk.table.names == chunk.names == ("x",)
    with pytest.raises(DataError, match="the table: there is no column 'y'"):
        tables.stream({"x": [1]}, [Column("y")], chunk_rows=9)


@pytest.mark.parametrize("source", [pd.DataFrame({"x": []}), pl.DataFrame({"x": []}), {"x": []}])
def test_without_rows_it_is_no_table_to_read_and_one_chunk_of_a_stream(source: Any) -> None:
    with pytest.raises(DataError, match=r"the table: it has columns \('x'\) and no row"):
        tables.read(source)
    for column in (Column("x"), Column("x", ("a", "b"))):
        (chunk,) = tables.stream(source, [column], chunk_rows=1)
        assert (chunk.names, chunk.table.values.shape, len(chunk.text[0])) == (("x",), (0, 1), 0)
