import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from tests.tables.ask import save

STATUS = Path("/proc/self/status").read_text() if Path("/proc/self/status").exists() else ""
REGION = Column("region", ("north", "south"))


def test_chunks_keep_the_cells_as_they_were_written(tmp_path: Path) -> None:
    path = save(tmp_path, 'x,note,region\n1.50,"a, b",north\n+2,NA,south\n 3 ,,north\n')
    chunks = list(tables.stream(path, [REGION, Column("x")], chunk_rows=2))
    assert [chunk.table.values.tolist() for chunk in chunks] == [[[0, 1.5], [1, 2]], [[0, 3]]]
    assert chunks[0].names == ("x", "note", "region")
    assert [column.to_pylist() for column in chunks[0].text] == [["1.50", "+2"], ["a, b", "NA"], ["north", "south"]]
    assert [column.to_pylist() for column in chunks[1].text] == [[" 3 "], [None], ["north"]]


@pytest.mark.parametrize(("chunk_rows", "sizes"), [(1, [1] * 10), (3, [3, 3, 3, 1]), (5, [5, 5]), (99, [10])])
def test_chunks_have_chunk_rows_records(chunk_rows: int, sizes: list[int], tmp_path: Path) -> None:
    path = save(tmp_path, "x\n" + "\n\n".join(map(str, range(10))))
    chunks = list(tables.stream(path, [Column("x")], chunk_rows=chunk_rows))
    assert [len(chunk.table) for chunk in chunks] == sizes


@pytest.mark.parametrize("content", ["", "y\n", "y\n1\n", "x\noops\n"])
def test_faults_of_the_first_chunk_are_raised_at_once(content: str, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        tables.stream(save(tmp_path, content), [Column("x")], chunk_rows=1)


def test_a_table_without_records_is_one_chunk_without_rows(tmp_path: Path) -> None:
    for content in ("x,region\n", "x,region", "x,region\n\n\n"):
        (chunk,) = tables.stream(save(tmp_path, content), [Column("x"), REGION], chunk_rows=5)
        assert (chunk.names, chunk.table.values.shape) == (("x", "region"), (0, 2))
        assert [len(column) for column in chunk.text] == [0, 0]
    with pytest.raises(DataError, match="and no row"):
        tables.read(save(tmp_path, "x,region\n"))


def test_a_column_can_be_optional(tmp_path: Path) -> None:
    columns = [Column("x"), Column("y"), Column("z")]
    (chunk,) = tables.stream(save(tmp_path, "y,x\n1,2\n"), columns, chunk_rows=10, optional=["y", "z"])
    assert chunk.table.names == ("x", "y")
    assert chunk.table.values.tolist() == [[2, 1]]


@pytest.mark.parametrize(
    "faults",
    [
        {90: "x,north"},
        {90: "x,north", 40: "1,west", 41: "1,up", 70: "1,west", 95: "y,west"},
        {30: "1,west", 80: "1"},
        {30: '1,"a"b', 60: "1\0,north"},
        {60: '1,"a', 80: "1"},
        {60: "1", 20: "x,west"},
    ],
)
def test_the_chunk_size_changes_no_error(faults: dict[int, str], tmp_path: Path) -> None:
    rows = [faults.get(row, f"{row},north") for row in range(100)]
    path = save(tmp_path, "x,region\n" + "\n".join(rows))
    columns = [Column("x"), REGION]
    with pytest.raises(DataError) as whole:
        tables.read(path).conforming(columns)
    for chunk_rows in (1, 2, 7, 33, 99, 100, 1000):
        with pytest.raises(DataError) as chunked:
            list(tables.stream(path, columns, chunk_rows=chunk_rows))
        assert str(chunked.value) == str(whole.value)


def test_unseen_words_can_be_missing(tmp_path: Path) -> None:
    chunks = tables.stream(save(tmp_path, "region\nsouth\nwest\nNA\n"), [REGION], chunk_rows=1, unseen="missing")
    assert str([chunk.table.values.tolist() for chunk in chunks]) == "[[[1.0]], [[-1.0]], [[nan]]]"


@given(cells=st.lists(st.text('a",\n\r é', max_size=5), min_size=1, max_size=12), chunk_rows=st.integers(1, 13))
def test_what_is_streamed_and_written_is_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], chunk_rows: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    source, target = folder / "in.csv", folder / "out.csv"
    tables.write(str(source), ["n", "cell"], [[[str(place) for place in range(len(cells))], cells]])
    chunks = tables.stream(str(source), [Column("n")], chunk_rows=chunk_rows)
    tables.write(str(target), ["n", "cell"], (chunk.text for chunk in chunks))
    assert target.read_bytes() == source.read_bytes()


MEASURE = """
import sys
from pathlib import Path
from aevb_cli import tables
from aevb_cli.settings import Column
columns = [Column("x"), Column("w", ("a", "b"))]
chunks = tables.stream(sys.argv[1], columns, chunk_rows=20_000)
tables.write("/dev/null", ["x", "w", "mean"], ([*chunk.text, chunk.table.values[:, 0]] for chunk in chunks))
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.skipif(
    "VmHWM" not in STATUS, reason="the system does not report the peak; ru_maxrss counts the parent's before exec"
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for rows in (400_000, 2_000_000):
        path = tmp_path / f"{rows}.csv"
        path.write_text("x,w\n" + '0.12345678901234567,"a"\n-9.8765432109876543e-7,b\n' * (rows // 2))
        done = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True)
        peaks.append(int(done.stdout) / 1024)
    assert peaks[1] < peaks[0] + 15, "MiB; the larger file has 38 more"
