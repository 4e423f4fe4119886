"""Which format a name's ending chooses, and what all formats share."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import UsageError


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("-", (".csv", "")),
        ("/dev/null", (".csv", "")),
        ("out", (".csv", "")),
        ("out.2024-01-01", (".csv", "")),
        ("a.b/out", (".csv", "")),
        ("A.CSV.GZ", (".csv", "gzip")),
        ("a.jsonl.zst", (".jsonl", "zstd")),
        ("a.gz", (".csv", "gzip")),
        ("a.feather", (".feather", "")),
    ],
)
def test_the_ending_says_the_format(path: str, expected: tuple[str, str]) -> None:
    assert tables.check_ending(path) == expected


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("a.xls", r"cannot be written as \.xls\. Take \.xlsx"),
        ("a.json", r"Take \.jsonl"),
        ("a.zip", r"Take \.gz"),
        ("a.parquett", r"Take \.parquet"),
        ("a.docx", r"Take \.csv"),
        ("a.safetensors", "Take "),
        ("a.parquet.gz", r"\.parquet is not compressed a second time\. Leave \.gz out"),
        ("a.xls.gz", r"as \.xls\."),
    ],
)
def test_an_ending_that_cannot_be_written_is_refused(path: str, advice: str, tmp_path: Path) -> None:
    def blocks() -> Iterator[list[np.ndarray]]:
        raise AssertionError("nothing is computed for it")
        yield

    for refuse in (tables.check_ending, lambda path: tables.write(path, ["a"], blocks())):
        with pytest.raises(UsageError, match=advice):
            refuse(str(tmp_path / path))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst"])
@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl"])
def test_text_is_packed_and_read_back(form: str, ending: str, tmp_path: Path) -> None:
    block = [np.arange(1000.0), ["a\tb"] * 1000]
    paths = [tmp_path / name for name in (f"a.{form}.{ending}", f"b.{form}.{ending}", f"c.{form}")]
    for path in paths:
        tables.write(str(path), ["x", "w"], [block, block])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].stat().st_size < paths[2].stat().st_size / 3
    packed, plain = (tables.read(str(path)) for path in (paths[0], paths[2]))
    assert [column.to_pylist() for column in packed.text()] == [column.to_pylist() for column in plain.text()]
    assert len(packed.text()[0]) == 2000


def test_tsv_has_tabulators(tmp_path: Path) -> None:
    tables.write(str(tmp_path / "t.tsv"), ["a", "b"], [[np.array([1.5]), ["x\ty"]]])
    assert (tmp_path / "t.tsv").read_text() == 'a\tb\n1.5\t"x\ty"\n'


@pytest.mark.parametrize("form", ["parquet", "feather", "arrows", "jsonl", "xlsx", "csv"])
def test_texts_that_are_numbers_become_numbers_where_there_are_types(form: str, tmp_path: Path) -> None:
    path = str(tmp_path / f"t.{form}")
    texts = pa.array([" 1.50", "+2", "NA", None, ".5e1", "0x10"])
    tables.write(path, ["x", "w", "n"], [[texts, texts, np.arange(6)]] * 2, numbers={"x", "other"})
    x, w, _ = (column.to_pylist() for column in tables.read(path).text())
    assert w == texts.to_pylist() * 2
    assert x == (texts.to_pylist() * 2 if form == "csv" else [1.5, 2, None, None, 5, None] * 2)


def test_the_separator_is_that_of_texts(tmp_path: Path) -> None:
    tables.write(str(tmp_path / "t.jsonl"), ["a"], [[np.array([1.5])]], separator=";")
    assert (tmp_path / "t.jsonl").read_text() == '{"a":1.5}\n'
