import csv
import gzip
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.errors import DataError, OutputError
from aevb_cli.settings import Column

BITS = st.integers(0, 2**64 - 1)


@given(bits=st.lists(BITS, min_size=1, max_size=50))
@example(bits=[1, 2**63, 0x7FEFFFFFFFFFFFFF, 0x000FFFFFFFFFFFFF, 0x7FF8000000000000, 0x3FF0000000000000])
def test_doubles_are_read_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, bits: list[int]) -> None:
    numbers = np.array(bits, np.uint64).view(np.float64)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    path = tmp_path_factory.getbasetemp() / "bits.csv"
    tables.write(str(path), ["n", "x"], [[np.arange(len(numbers)), numbers]])
    columns = [Column("n"), Column("x")]
    assert tables.read(str(path)).conforming(columns).values[:, 1].tobytes() == numbers.tobytes()
    by_python = [float(row[1] or "nan") for row in csv.reader(path.read_text().splitlines()[1:])]
    assert np.array(by_python).tobytes() == numbers.tobytes()


def test_a_million_random_bit_patterns(tmp_path: Path) -> None:
    bits = np.random.default_rng(0).integers(0, 2**64, (500_000, 2), np.uint64, endpoint=False)
    numbers = np.where(np.isfinite(bits.view(np.float64)), bits.view(np.float64), 0.0)
    path = str(tmp_path / "t.csv")
    tables.write(path, ["a", "b"], [[half[:, 0], half[:, 1]] for half in np.split(numbers, 2)])
    assert np.array_equal(tables.read(path).typed().table.values.view(np.uint64), numbers.view(np.uint64))


def test_the_text_is_plain(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    columns = [
        np.array([0.1, -0.0, np.nan, 5e-324, 1e308]),
        np.array([1, -2, 3, 4, 2**63 - 1]),
        ["plain", "a,b", 'say "x"', "", "two\nlines"],
        pa.array(["é", "NA", None, "a b", "a;b"]),
        np.array([1, 2, 3, 4, np.nan], np.float32),
    ]
    tables.write(str(path), ["x", "n", "word", "größe, m", "f"], [columns])
    assert path.read_bytes().decode() == (
        'x,n,word,"größe, m",f\n'
        "0.1,1,plain,é,1\n"
        '-0,-2,"a,b",NA,2\n'
        ',3,"say ""x""",,3\n'
        "5e-324,4,,a b,4\n"
        '1e+308,9223372036854775807,"two\nlines",a;b,\n'
    )


def test_another_separator(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    tables.write(str(path), ["a;b", "c"], [[np.array([1.5]), ["x;y"]]], separator=";")
    assert path.read_text() == '"a;b";c\n1.5;"x;y"\n'


def test_blocks_follow_each_other_and_none_is_a_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    tables.write(str(path), ["a", "b"], ([np.array([i]), [f"w{i}"]] for i in range(3)))
    assert path.read_text() == "a,b\n0,w0\n1,w1\n2,w2\n"
    tables.write(str(path), ["a", "b"], [])
    assert path.read_text() == "a,b\n"


def test_a_missing_cell_alone_in_its_line_is_still_a_record(tmp_path: Path) -> None:
    for column in (np.array([1.5, np.nan, 2.0]), ["1.5", "", "2"]):
        path = str(tmp_path / "t.csv")
        tables.write(path, ["x"], [[column]])
        assert str(tables.read(path).typed().table.values[:, 0].tolist()) == "[1.5, nan, 2.0]"


def test_gzip_has_the_same_bytes_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = [np.arange(1000.0), ["w"] * 1000]
    for name, now in (("a.csv.gz", 1.0), ("b.csv.gz", 2e9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        tables.write(str(tmp_path / name), ["x", "w"], [block])
    tables.write(str(tmp_path / "c.csv"), ["x", "w"], [block])
    packed = (tmp_path / "a.csv.gz").read_bytes()
    assert packed == (tmp_path / "b.csv.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "c.csv").read_bytes()


def test_parquet_is_read_back(tmp_path: Path) -> None:
    path = str(tmp_path / "t.parquet")
    tables.write(path, ["x", "w"], ([np.array([0.1, np.nan]) + i, ["a", ""]] for i in range(2)))
    table = tables.read(path).typed().table
    assert str(table.values.tolist()) == "[[0.1, 0.0], [nan, nan], [1.1, 0.0], [nan, nan]]"
    tables.write(path, ["x", "w"], [])
    with pytest.raises(DataError, match="and no row"):
        tables.read(path)


LEFT = ("t.csv", "t.csv.gz", "t.csv.zst", "t.parquet", "t.feather", "t.arrows", "t.jsonl", "t.xlsx")


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    def blocks() -> Iterator[list[np.ndarray]]:
        yield [np.arange(1e5)] * 2
        raise RuntimeError

    for name in LEFT:
        path = tmp_path / name
        path.write_text("old")
        with pytest.raises(RuntimeError):
            tables.write(str(path), ["a", "b"], blocks())
        assert path.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(LEFT)


def test_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", stdout)
    tables.write("-", ["a", "b"], [[np.array([1.0]), ["é"]]])
    buffer = stdout.buffer
    assert isinstance(buffer, io.BytesIO)
    assert buffer.getvalue().decode() == "a,b\n1,é\n"


WRITE = "from aevb_cli import tables; import numpy as np; tables.write({!r}, ['a', 'b'], [[np.arange(1e5)] * 2] * 9)"


def test_a_closed_pipe_stays_one() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE.format("-")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"a,b\n"
    process.stdout.close()
    assert process.stderr is not None
    assert b"BrokenPipeError" in process.stderr.read()
    process.stderr.close()
    process.wait()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_behind_stdout_is_a_sentence() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", WRITE.format("-")], check=False, stdout=full, stderr=subprocess.PIPE
        )
    assert b"OutputError: stdout: cannot be written: no space left on device." in done.stderr


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        tables.write(str(tmp_path / "none" / "t.csv"), ["a"], [])
    assert list(tmp_path.iterdir()) == []


def test_arrow_columns_of_every_type_are_written(tmp_path: Path) -> None:
    columns = [
        pa.array([0.5, np.nan, None]),
        pa.array(["a,b", None, "c"], pa.large_string()),
        pa.array(["a,b", None, "c"]).dictionary_encode(),
        pa.array([0, None, 1], pa.timestamp("s")),
        pa.array([True, None, False]),
    ]
    path = tmp_path / "t.csv"
    tables.write(str(path), list("vwxyz"), [columns])
    assert path.read_text() == (
        'v,w,x,y,z\n0.5,"a,b","a,b",1970-01-01 00:00:00,true\n,,,,\n,c,c,1970-01-01 00:00:01,false\n'
    )
    tables.write(str(path), list("vwxyz"), [columns], separator=" ")
    assert path.read_text().splitlines()[1] == '0.5 a,b a,b "1970-01-01 00:00:00" true'
