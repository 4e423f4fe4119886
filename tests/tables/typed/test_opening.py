import gzip
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import space
from aevb_cli.tables.typed import opening
from tests.tables.ask import from_stdin
from tests.tables.frame_kinds import as_csv, content
from tests.tables.typed_files import COLUMNS, FORMATS

KNOWN = [Column("x"), Column("n"), Column("w", ("a", "b"))]


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_table_of_the_csv(name: str, packed: str, tmp_path: Path) -> None:
    made = FORMATS[name](pa.table(COLUMNS))
    path = tmp_path / (name + packed)
    path.write_bytes(gzip.compress(made) if packed else made)
    raw = tables.read(str(path))
    assert content(raw.typed().table) == content(tables.read(as_csv(tmp_path, COLUMNS)).typed().table)
    assert raw.source == str(path)


@pytest.mark.parametrize("ending", [True, False])
@pytest.mark.parametrize("name", FORMATS)
def test_the_content_tells_the_format(name: str, ending: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = FORMATS[name](pa.table(COLUMNS))
    (tmp_path / "table").write_bytes(made)
    read = tables.read(str(tmp_path / "table")) if ending else typed_stdin(monkeypatch, made)
    assert content(read.conforming(KNOWN)) == content(tables.read(as_csv(tmp_path, COLUMNS)).conforming(KNOWN))


def typed_stdin(monkeypatch: pytest.MonkeyPatch, made: bytes) -> tables.RawTable:
    import io

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(made)))
    return tables.read("-")


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 99])
@pytest.mark.parametrize("name", FORMATS)
def test_the_chunk_size_changes_nothing(name: str, rows: int, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FORMATS[name](pa.table(COLUMNS)))
    chunks = list(tables.stream(str(path), KNOWN, chunk_rows=rows))
    assert [len(chunk.table) for chunk in chunks] == [min(rows, 5 - start) for start in range(0, 5, rows)]
    whole = tables.read(str(path))
    joined = np.concatenate([chunk.table.values for chunk in chunks])
    assert joined.tobytes() == whole.conforming(KNOWN).values.copy("C").tobytes()
    for place, column in enumerate(whole.text()):
        parts = [chunk.text[place] for chunk in chunks]
        assert {part.type for part in parts} == {column.type}
        assert [cell for part in parts for cell in part.to_pylist()] == column.to_pylist()


def test_a_bad_cell_is_named_by_its_record_in_any_chunk(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(FORMATS["t.parquet"](pa.table({"x": ["1", "2", "a", "3", "b"]})))
    for rows in (1, 2, 3, 9):
        with pytest.raises(
            DataError, match=r"t\.parquet, record 3, column 'x': 'a' .* 2 such cells; .*'b' in record 5"
        ):
            list(tables.stream(str(path), [Column("x")], chunk_rows=rows))


def test_types_stay(tmp_path: Path) -> None:
    table = pa.table(
        {
            "day": pa.array([18262, None], pa.date32()),
            "flag": [True, None],
            "word": pa.array(["a", "b"]).dictionary_encode(),
            "list": [[1], None],
            "small": pa.array([1, 2], pa.int8()),
        }
    )
    for name in ("t.parquet", "t.feather", "t.arrows"):
        (tmp_path / name).write_bytes(FORMATS[name](table))
        raw = tables.read(str(tmp_path / name))
        assert [column.type for column in raw.text()] == [pa.date32(), pa.bool_(), *table.schema.types[2:3], *(
            column.type for column in raw.text(["list"])), pa.int8()]  # fmt: skip
        assert str(raw.typed(["small", "flag"]).table.values.T.tolist()) == "[[1.0, 2.0], [1.0, nan]]"


def test_what_pandas_stored_as_an_index_is_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]}, index=["a", "b"])
    frame.to_parquet(tmp_path / "t.parquet")
    frame.set_index("y").to_parquet(tmp_path / "named.parquet")
    frame.reset_index(drop=True).to_parquet(tmp_path / "range.parquet")
    assert tables.read(str(tmp_path / "t.parquet")).index == ("__index_level_0__",)
    assert tables.read(str(tmp_path / "named.parquet")).index == ("y",)
    assert tables.read(str(tmp_path / "range.parquet")).index == ()
    assert tables.read(pa.Table.from_pandas(frame)).index == ("__index_level_0__",)
    (chunk,) = tables.stream(str(tmp_path / "t.parquet"), [Column("x")], chunk_rows=9)
    assert (chunk.raw.index, chunk.names[-1]) == (("__index_level_0__",), "__index_level_0__")


@pytest.mark.parametrize(
    "stored", [b"{", b"[]", b'{"index_columns": 3}', b'{"index_columns": [{"kind": "range"}, "z"]}']
)
def test_odd_metadata_are_no_matter(stored: bytes) -> None:
    assert opening.index_of(pa.schema([("x", pa.int64())], metadata={b"pandas": stored})) == ()


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.arrows", "t.xlsx"])
def test_a_damaged_file_is_a_sentence(name: str, tmp_path: Path) -> None:
    made = FORMATS[name](pa.table(COLUMNS))
    path = tmp_path / name
    for cut in (len(made) * 2 // 3, 20, 9):
        path.write_bytes(made[:cut])
        with pytest.raises(
            DataError, match=rf"{name}: (cannot be read as|the workbook is damaged|the zip file)"
        ) as found:
            tables.read(str(path)).typed()
        assert len(str(found.value).splitlines()) == 1


def test_a_large_table_is_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.parquet"
    words = pa.chunked_array([pa.array(["a", "b"]).dictionary_encode(), pa.array(["c", "b"]).dictionary_encode()])
    path.write_bytes(FORMATS["t.parquet"](pa.table({"x": [1.0, 2.0, 3.0, 4.0], "w": words})))
    monkeypatch.setattr(opening, "_BATCH", 1)
    small = tables.read(str(path))
    monkeypatch.setattr(space, "IN_MEMORY", 20)
    files: list[object] = []
    monkeypatch.setattr(os, "fsync", files.append)
    large = tables.read(str(path))
    assert content(large.typed().table) == content(small.typed().table)
    assert large.typed().table.columns[1] == Column("w", ("a", "b", "c"))


def test_a_table_without_rows_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.parquet").write_bytes(FORMATS["t.parquet"](pa.table({"x": pa.array([], pa.float64())})))
    with pytest.raises(DataError, match=r"t\.parquet: it has columns \('x'\) and no row"):
        tables.read(str(tmp_path / "t.parquet"))
    assert from_stdin(monkeypatch, "x\n1\n").names == ("x",)


@pytest.mark.parametrize("kind", ["parquet", "feather", "arrows"])
def test_a_stream_of_no_rows_has_the_columns_and_their_types(kind: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"t.{kind}")
    empty = {"x": pa.array([], pa.float64()), "w": pa.array([], pa.string()), "d": pa.array([], pa.date32())}
    empty["k"] = pa.array([], pa.dictionary(pa.int8(), pa.string()))
    tables.write(path, list(empty), [list(empty.values())])
    columns = [Column("x"), Column("w", ("a",)), Column("k", ("a",))]
    (chunk,) = tables.stream(path, columns, chunk_rows=2)
    assert chunk.table.values.shape == (0, 3)
    assert [column.type for column in chunk.text] == [cells.type for cells in empty.values()]


def test_a_file_that_asks_for_more_memory_than_any_machine_has_is_damaged() -> None:
    with (
        pytest.raises(DataError, match=r"^t\.feather: cannot be read as Arrow: malloc"),
        opening._Faults("t.feather", "Arrow"),
    ):
        raise pa.ArrowMemoryError("malloc of size 288230376151711808 failed")
    with pytest.raises(MemoryError), opening._Faults("t.feather", "Arrow"):
        raise pa.ArrowMemoryError("malloc of size 4096 failed")
