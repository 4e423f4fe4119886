"""Names of columns from the head of a file."""

import gzip
import time
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from aevb_cli.tables.names import HEAD, names, sheets

TABLE = {"house price": [1.0, 2.0], "town": ["a", "b"]}


def written(folder: Path, ending: str) -> str:
    path, table = folder / f"t{ending}", pa.table(TABLE)
    if ending == ".parquet":
        pyarrow.parquet.write_table(table, path)
    elif ending == ".feather":
        pyarrow.feather.write_feather(table, path)
    elif ending == ".jsonl":
        path.write_text('{"house price": 1, "town": {"inner": "x"}}\n{"house price": 2, "town": null}\n')
    elif ending == ".xlsx":
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Sheet")
        sheet.append(list(TABLE))
        sheet.append([1, "a"])
        book.create_sheet("other one")
        book.save(path)
    else:
        text = b"house price,town\n1,a\n2,b\n"
        path.write_bytes(gzip.compress(text) if ending.endswith(".gz") else text)
    return str(path)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet", ".feather", ".jsonl", ".xlsx"])
def test_of_a_file_of_any_format(ending: str, tmp_path: Path) -> None:
    assert names(written(tmp_path, ending)) == list(TABLE)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbfa;b c;'d'\n1;2;3\n", ["a", "b c", "'d'"]),
        (b'"a,b",c\n1,2\n', ["a,b", "c"]),
        (b'"a\nb",c\n1,2\n', ["a\nb", "c"]),
        ("größe,x\n1,2\n".encode("utf-16"), ["größe", "x"]),
        ("größe,x\n1,2\n".encode("cp1252"), ["größe", "x"]),
        (b"a,a,,b\n1,2,3,4\n", ["b"]),
        (b"# made by hand\n\na\tb\n1\t2\n", ["a", "b"]),
        (b"a,b", ["a", "b"]),
        (b"1.5,2.5\n1,2\n", []),
        (b"", []),
        (b"PAR1 not really", []),
        (b'"never closed,b\n1,2\n', []),
    ],
)
def test_of_an_odd_header(content: bytes, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    assert names(str(path)) == expected


def test_only_the_head_of_a_large_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n" + b"1,2\n" * HEAD)
        file.truncate(1 << 40)  # a terabyte, which takes no place on the disk
    start = time.process_time()
    assert names(str(path)) == ["a", "b"]
    assert time.process_time() - start < 0.5


def test_a_header_that_is_longer_than_the_head(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"column{number}" for number in range(20_000)) + "\n")
    assert len(names(str(path))) in {0, *range(4000, 20_000)}


@pytest.mark.parametrize("name", ["nope.csv", "-", "", "/dev/zero", "s3://bucket/data.csv", "."])
def test_of_what_is_no_file(name: str) -> None:
    assert names(name) == []


def test_sheets_of_a_workbook(tmp_path: Path) -> None:
    assert sheets(written(tmp_path, ".xlsx")) == ["Sheet", "other one"]
    assert sheets(written(tmp_path, ".csv")) == sheets("nope.xlsx") == []
