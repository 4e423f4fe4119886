import gzip
import resource
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import Column
from aevb_cli.tables.joined import Joined
from tests.tables.frame_kinds import content

KNOWN = [Column("x"), Column("w", ("a", "b", "c"))]


def folder(path: Path) -> Path:
    """Three parts of one table: each has a separator, an order of columns or a format of its own."""
    (path / "part-1.csv").write_text("x,w\n1,a\n2,b\n")
    (path / "part-2.csv.gz").write_bytes(gzip.compress(b"w;x\nb;3\n;4\na;\n"))
    pq.write_table(pa.table({"x": [5, 6], "w": ["c", None]}), path / "part-3.parquet")
    return path


WHOLE = "x,w\n1,a\n2,b\n3,b\n4,\n,a\n5,c\n6,\n"


@pytest.mark.parametrize("way", ["folder", "pattern", "paths"])
def test_several_files_are_one_table(way: str, tmp_path: Path) -> None:
    place = folder(tmp_path)
    parts = sorted(map(str, place.iterdir()))
    given = {"folder": str(place), "pattern": f"{place}/part-*", "paths": parts}[way]
    raw = tables.read(given)
    (tmp_path / "whole").write_text(WHOLE)
    whole = tables.read(str(tmp_path / "whole"))
    assert raw.names == ("x", "w")
    assert content(raw.typed().table) == content(whole.typed().table)
    assert content(raw.conforming(KNOWN)) == content(whole.conforming(KNOWN))
    assert [column.to_pylist() for column in raw.text()] == [column.to_pylist() for column in whole.text()]
    assert raw.groups("w").tolist() == whole.groups("w").tolist()
    for rows in (1, 2, 99):
        chunks = list(tables.stream(given, KNOWN, chunk_rows=rows))
        values = np.concatenate([chunk.table.values for chunk in chunks])
        assert values.tobytes() == whole.conforming(KNOWN).values.copy("C").tobytes()
        for at, column in enumerate(raw.text()):
            assert {chunk.text[at].type for chunk in chunks} == {column.type}
            assert [cell for chunk in chunks for cell in chunk.text[at].to_pylist()] == column.to_pylist()


def test_a_part_without_rows_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("w,x\n")
    (tmp_path / "b.csv").write_text("x,w\n1,a\n2,\n")
    pq.write_table(pa.table({"w": pa.array([], pa.string()), "x": pa.array([], pa.int64())}), tmp_path / "c.parquet")
    (tmp_path / "d.csv").write_text("w,x\nb,3\n")
    raw = tables.read(str(tmp_path))
    assert raw.names == ("w", "x")
    assert raw.typed().table.columns == (Column("w", ("a", "b")), Column("x"))
    assert raw.conforming(KNOWN).values[:, 0].tolist() == [1, 2, 3]
    assert [column.to_pylist() for column in raw.text()] == [["a", None, "b"], ["1", "2", "3"]]
    assert raw.place(3) == f"{tmp_path}/d.csv, record 1"
    for rows in (1, 2, 99):
        chunks = list(tables.stream(str(tmp_path), KNOWN, chunk_rows=rows))
        assert [cell for chunk in chunks for cell in chunk.table.values[:, 0].tolist()] == [1, 2, 3]


def test_an_empty_part_changes_no_type(tmp_path: Path) -> None:
    for name, numbers in (("a", []), ("b", [1, 2])):
        pq.write_table(pa.table({"x": pa.array(numbers, pa.int64())}), tmp_path / f"{name}.parquet")
    (column,) = tables.read(str(tmp_path)).text()
    assert (column.type, column.to_pylist()) == (pa.int64(), [1, 2])


def test_where_no_part_has_a_row_there_is_no_table(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("x,w\n")
    with pytest.raises(DataError, match=r"a\.csv: it has columns \('x' and 'w'\) and no row"):
        tables.read(str(tmp_path))


def test_the_columns_of_a_part_without_rows_are_those_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,w\n1,a\n")
    (tmp_path / "b.csv").write_text("x,v\n")
    with pytest.raises(DataError, match=r"b\.csv: its columns are not those of .*it lacks 'w' and it has 'v'"):
        tables.read(str(tmp_path))


def test_a_place_is_a_file_and_its_record(tmp_path: Path) -> None:
    raw = tables.read(str(folder(tmp_path)))
    assert [raw.place(row).removeprefix(f"{tmp_path}/") for row in range(1, 8)] == [
        "part-1.csv, record 1",
        "part-1.csv, record 2",
        "part-2.csv.gz, record 1",
        "part-2.csv.gz, record 2",
        "part-2.csv.gz, record 3",
        "part-3.parquet, record 1",
        "part-3.parquet, record 2",
    ]
    assert raw.source == f"{tmp_path}/part-1.csv and 2 more"


def test_a_bad_cell_in_a_stream_is_named_by_its_file(tmp_path: Path) -> None:
    (folder(tmp_path) / "part-4.csv").write_text("x,w\n7,a\noops,a\n")
    with pytest.raises(DataError, match=r"part-4\.csv, record 2, column 'x': 'oops'"):
        list(tables.stream(str(tmp_path), KNOWN, chunk_rows=1))


def test_numbers_here_and_words_there_are_words(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,1\n2,2.50\n")
    (tmp_path / "b.csv").write_text("y,x\n3,n1\n4,n2\n")
    pq.write_table(pa.table({"x": [7.5], "y": [None]}), tmp_path / "c.parquet")
    raw = tables.read(str(tmp_path))
    assert isinstance(raw, Joined)
    numbers, words = raw._inferred(["x", "y"], [])
    assert (set(numbers), set(words)) == ({"y"}, {"x"})
    assert [words["x"].vocabulary[at] for at in words["x"].index] == ["1", "2", "n1", "n2", "7.5"]
    assert np.concatenate(numbers["y"]).tolist()[:4] == [1, 2.5, 3, 4]
    assert raw.text(["y"])[0].to_pylist() == ["1", "2.50", "3", "4", None]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("x", "it lacks 'w'"),
        ("x,w,u", "it has 'u' beside them"),
        ("x,v", "it lacks 'w' and it has 'v' beside them"),
    ],
)
def test_the_file_whose_columns_differ_is_named(names: str, sentence: str, tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "part-4.csv").write_text(f"{names}\n{names}\n")
    message = rf"part-4\.csv: its columns are not those of .*part-1\.csv: {sentence}\. Give all"
    with pytest.raises(DataError, match=message):
        tables.read(str(place))
    with pytest.raises(DataError, match=message):
        tables.stream(str(place), KNOWN, chunk_rows=1)


def test_what_a_folder_holds_beside_tables_is_left_out(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "inner").mkdir()
    for name in (".hidden.csv", "~$book.xlsx", "vae.safetensors", "README.md", "inner/t.csv"):
        (place / name).write_text("?")
    assert [Path(path).name for path in tables.expand([str(place)])] == [
        "part-1.csv",
        "part-2.csv.gz",
        "part-3.parquet",
    ]
    assert tables.expand([str(place / "none.csv"), "-"][:1]) == [str(place / "none.csv")]
    assert tables.expand(["-"]) == ["-"]


def test_a_name_with_brackets_is_a_name_where_there_is_such_a_file(tmp_path: Path) -> None:
    path = tmp_path / "t[1].csv"
    path.write_text("x\n1\n")
    assert tables.expand([str(path)]) == [str(path)]


def test_what_names_no_table_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no-\*\.csv: no file matches this pattern"):
        tables.read(str(tmp_path / "no-*.csv"))
    with pytest.raises(DataError, match="this folder holds no table"):
        tables.read(str(tmp_path))
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(UsageError, match=r"a\.csv: this table is named twice"):
        tables.read([str(tmp_path), str(tmp_path / "a.csv")])
    with pytest.raises(UsageError, match="stdin is one table"):
        tables.read(["-", tmp_path / "a.csv"])


def test_not_all_files_are_open_at_once(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number:03}.csv").write_text("x\n1\n")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (150, before[1]))
    try:
        assert len(list(tables.stream(str(tmp_path), [Column("x")], chunk_rows=1))) == 200
        assert len(tables.read(str(tmp_path)).typed().table) == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_is_said_of_several_files_stands_once(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.csv").write_text(("# a comment\n" if name != "b" else "") + "x,y\n1,2\n3,4\n")
    notes = tables.read(str(tmp_path)).notes
    assert notes == (f"{tmp_path / 'a.csv'} and 1 more: 1 line(s) above the header were passed over.",)
