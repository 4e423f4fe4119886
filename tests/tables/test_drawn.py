"""A sample of a table: the same however its files are named, and no more of them is read than that takes."""

import bz2
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from aevb_cli.errors import DataError
from aevb_cli.tables import reading, sources
from aevb_cli.tables.drawn import drawn, ordered
from aevb_cli.tables.sampling import Sample
from tests.tables import sampled_tables as made
from tests.tables.sampled_tables import cells, frame, numbers


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made.smaller(monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def parts() -> list[str]:
    """A table of 3,000 rows in three files of three formats."""
    whole = frame()
    Path("data").mkdir()
    made.csv("data/c.csv", whole.slice(0, 1000))
    made.parquet("data/a.parquet", whole.slice(1000, 1200))
    made.arrow("data/b.arrows", whole.slice(2200))
    return ["data/a.parquet", "data/b.arrows", "data/c.csv"]


def test_the_order_in_which_files_are_named_changes_nothing(parts: list[str]) -> None:
    sample = Sample(300, 7)
    expected = drawn(parts, sample=sample)
    assert len(set(numbers(expected))) == 300
    assert expected.sampled == 300
    for named in (parts[::-1], [parts[1], parts[2], parts[0]], "data", "data/*", [f"./{each}" for each in parts]):
        found = drawn(named, sample=sample)
        assert cells(found) == cells(expected)
    assert cells(drawn(parts, sample=sample)) == cells(expected)
    assert cells(drawn(parts, sample=Sample(300, 8))) != cells(expected)


def test_a_folder_that_has_moved_gives_the_same_rows(parts: list[str]) -> None:
    expected = drawn("data", sample=Sample(200))
    Path("data").rename("elsewhere")
    assert cells(drawn("elsewhere", sample=Sample(200))) == cells(expected)


def test_paths_in_an_order_of_their_own() -> None:
    assert ordered(["b.csv", "./a.csv", "c/../aa.csv"]) == ["./a.csv", "c/../aa.csv", "b.csv"]


def test_the_rows_are_those_of_the_table_in_its_order(parts: list[str]) -> None:
    found, whole = cells(drawn(parts, sample=Sample(400))), cells(reading.read(parts))
    few = set(found)
    assert found == [row for row in whole if row in few]
    assert len(few) == 400


def test_what_is_said(parts: list[str]) -> None:
    found = drawn(parts, sample=Sample(300))
    assert found.notes[0].startswith(("Rows: 300 of about 2,", "Rows: 300 of about 3,"))
    assert found.notes[0].endswith("Another number: --rows N; all rows: --rows 0")
    assert "training looks at" not in found.notes[0]
    auto = drawn(parts, sample=Sample(300, beyond=600))
    assert "sampled, from " in auto.notes[0]
    assert "as many as training looks at" in auto.notes[0]
    exact = drawn(parts[0], sample=Sample(300))
    assert exact.notes == (
        "Rows: 300 of 1,200 sampled, from 12 of 24 places. Another number: --rows N; all rows: --rows 0",
    )


@pytest.mark.parametrize("asked", [3000, 10**6])
def test_no_more_rows_than_asked_for_are_all_of_them(asked: int, parts: list[str]) -> None:
    found, whole = drawn(parts[::-1], sample=Sample(asked)), reading.read(parts[::-1])
    assert (cells(found), found.notes, found.sampled) == (cells(whole), whole.notes, 0)
    table, expected = found.typed().table, whole.typed().table
    assert (table.columns, table.digest()) == (expected.columns, expected.digest())


def test_a_table_is_only_sampled_where_it_is_far_beyond(parts: list[str]) -> None:
    for beyond in (3000, 5000, 10**7):
        found = drawn(parts, sample=Sample(1000, beyond=beyond))
        assert (found.sampled, cells(found)) == (0, cells(reading.read(parts)))
    assert drawn(parts, sample=Sample(1000, beyond=2999)).sampled == 1000


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream", "workbook", "array", "lines", "csv"])
def test_a_small_table_in_a_pipe_is_the_one_of_a_file(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table, path = frame(120), {"stream": "t.arrows", "workbook": "t.xlsx"}.get(kind, f"t.{kind}")
    match kind:
        case "parquet":
            made.parquet(path, table)
        case "arrow" | "stream":
            made.arrow(path, table)
        case "workbook":
            table.to_pandas().to_excel(path, index=False)
        case "array":
            table.to_pandas().to_json(path, orient="records")
        case "lines":
            made.json_lines(path, table)
        case _:
            made.csv(path, table)
    expected = cells(reading.read(path))
    assert len(expected) == 120
    for sample in (Sample(10_000, beyond=100_000), Sample(500)):
        assert cells(drawn(made.piped(Path(path).read_bytes(), monkeypatch), sample=sample)) == expected


def test_of_tables_in_memory() -> None:
    whole = frame()
    sample = Sample(100, 3)
    tables = [whole, whole.to_pandas(), pl.DataFrame(whole.to_pydict()), whole.to_pydict()]
    found = [drawn(table, sample=sample) for table in tables]
    assert all(cells(each) == cells(found[0]) for each in found)
    assert len(set(numbers(found[0]))) == 100
    assert numbers(found[0]) == sorted(numbers(found[0]))
    assert found[0].notes[0].startswith("Rows: 100 of 3,000 sampled.")
    mixed = pd.DataFrame({"x": [1, "a", 2.5] * 100, "w": pd.Categorical([1, 2, 1] * 100), "number": range(300)})
    few = drawn(mixed, sample=sample)
    assert cells(few) == [(str(mixed.x[row]), str(mixed.w[row]), str(row)) for row in numbers(few)]
    assert drawn(mixed, sample=Sample(300)).sampled == 0


def test_uniform_over_a_files_rows() -> None:
    """Each row of a Parquet file is in 200 samples of a tenth 20 times on average; chi-square over its tenths."""
    path, counts = made.parquet("t.parquet", frame(2000), 20), np.zeros(2000)
    for seed in range(200):
        counts[numbers(drawn(path, sample=Sample(200, seed)))] += 1
    assert counts.sum() == 200 * 200
    assert counts.mean() == 20
    for parts in (counts.reshape(10, 200).sum(1), counts.reshape(100, 20).sum(0)):
        # 10 tenths and 20 places in a group; groups are taken whole, so a tenth's count has the variance of groups
        assert abs(parts / parts.mean() - 1).max() < 0.15


@pytest.mark.parametrize("kind", ["plain", "packed", "pipe"])
def test_memory_does_not_grow_with_the_table(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 1 << 14)
    peaks = []
    for rows in (10_000, 40_000):
        path = made.csv("t.csv", frame(rows))
        content = Path(path).read_bytes()
        if kind == "packed":
            path = "t.csv.bz2"
            Path(path).write_bytes(bz2.compress(content))
        if kind == "pipe":
            path = made.piped(content, monkeypatch)
        tracemalloc.start()
        assert len(numbers(drawn(path, sample=Sample(1000)))) == 1000
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def test_a_table_in_memory_without_rows() -> None:
    with pytest.raises(DataError, match=r"the table: it has columns \('x', 'w' and 'number'\) and no row"):
        drawn(frame(0).to_pandas(), sample=Sample(5))


def test_a_table_without_rows() -> None:
    Path("t.csv").write_text("x,w,number\n")
    made.parquet("t.parquet", frame(0))
    for path in ("t.csv", "t.parquet", ["t.csv", "t.parquet"]):
        with pytest.raises(DataError, match="and no row"):
            drawn(path, sample=Sample(10))


def test_files_with_other_columns(parts: list[str]) -> None:
    made.parquet("data/d.parquet", pa.table({"x": [1.0, 2.0], "other": [1, 2]}))
    with pytest.raises(DataError, match=r"d\.parquet .*: its columns are not those of"):
        drawn("data", sample=Sample(300))


def test_faults_are_found_in_the_sample() -> None:
    lines = [f"{row},{row}" for row in range(3000)]
    Path("t.csv").write_text("\n".join(["x,z", *lines[:1500], "1,2,3", *lines[1500:]]) + "\n")
    rows, seed = 1000, 0
    while True:
        try:
            drawn("t.csv", sample=Sample(rows, seed)).typed()
        except DataError as error:
            assert str(error).startswith("t.csv (a sample), record ")  # noqa: PT017 - not every sample holds it
            break
        seed += 1


def test_a_damaged_batch_is_a_sentence(tmp_path: Path) -> None:
    """Its length is asked for before it is read."""
    table, path = pa.table({"x": list(range(50)), "z": [0.5] * 50}), tmp_path / "t.arrow"
    with pa.ipc.new_file(path, table.schema) as file:
        file.write(table)
    whole, refused = path.read_bytes(), 0
    for place in range(8, len(whole), 5):
        path.write_bytes(whole[:place] + b"\xff\xff\xff\x7f" + whole[place + 4 :])
        try:
            drawn(str(path), sample=Sample(10, 0))
        except DataError:
            refused += 1
    assert refused > 20
