"""The name of an input's output: its stem, and its form or the nearest that can be written."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aevb_cli import tables
from aevb_cli.tables.formats import READABLE
from aevb_cli.tables.packing import ENDINGS


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("in/part-3.csv.gz", "part-3.csv.gz"),
        ("a.b.PARQUET", "a.b.PARQUET"),
        ("a.xlsx", "a.xlsx"),
        ("a.xlsm", "a.xlsx"),
        ("a.json", "a.jsonl"),
        ("a.json.zst", "a.jsonl.zst"),
        ("a.dat.xz", "a.csv.xz"),
        ("a.parquet.gz", "a.parquet"),
        ("a.csv.zip", "a.csv.gz"),
    ],
)
def test_an_ending_says_the_form(source: str, expected: str) -> None:
    assert tables.output_name(source) == expected


def test_every_input_has_an_output_that_can_be_written() -> None:
    for ending in READABLE:
        for packed in ("", *ENDINGS, ".zip"):
            tables.check_ending(tables.output_name(f"x{ending}{packed}"))


def test_without_an_ending_the_first_bytes_say_it(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "000000_0")
    (tmp_path / "part-00001").write_text("x\n1\n")
    (tmp_path / "lines.2024").write_text('{"x": 1}\n')
    (tmp_path / "packed.bin").write_bytes(gzip.compress(b'{"x": 1}\n'))
    found = {path.name: tables.output_name(str(path)) for path in tmp_path.iterdir()}
    assert found == {
        "000000_0": "000000_0.parquet",
        "part-00001": "part-00001",
        "lines.2024": "lines.2024.jsonl",
        "packed.bin": "packed.bin.jsonl",
    }
    assert tables.output_name("nope") == "nope"  # whoever reads it says what is wrong
