import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pytest

from aevb_cli import tables
from aevb_cli.errors import OutputError
from aevb_cli.tables.output import workbook_output

COLUMNS = {
    "x": np.array([0.1, np.nan, 1e300]),
    "n": pa.array([1, None, 2**60]),
    "flag": pa.array([True, None, False]),
    "word": pa.array(["=A1+1", "é", None]).dictionary_encode(),
    "day": pa.array([18262, None, -80000], pa.date32()),
    "moment": pa.array([1_600_000_000_123, None, 0], pa.timestamp("ms")),
    "utc": pa.array([0, None, 1], pa.timestamp("s", "UTC")),
    "list": pa.array([[1], None, []]),
    "inf": pa.array([float("inf"), 1.5, None]),
}


def test_cells_are_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    tables.write(str(path), list(COLUMNS), [list(COLUMNS.values())] * 2)
    header, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows()
    assert [cell.value for cell in header] == list(COLUMNS)
    first, day = [cell.value for cell in rows[0]], datetime.datetime(2020, 1, 1)
    moment = datetime.datetime(2020, 9, 13, 12, 26, 40, 123000)
    assert first == [0.1, 1, True, "=A1+1", day, moment, "1970-01-01 00:00:00Z", "[1]", None]
    assert rows[0][3].data_type == "s", "no formula"
    assert [cell.value for cell in rows[1]] == [None, None, None, "é", None, None, None, None, 1.5]
    assert rows[2][1].value == str(2**60)
    assert rows[2][4].value == "1750-12-20"
    assert len(rows) == 6


def test_the_same_bytes_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, now in (("a.xlsx", 1e9), ("b.xlsx", 1.9e9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        monkeypatch.setattr("time.localtime", lambda *_given, now=now: datetime.datetime.fromtimestamp(now).timetuple())
        tables.write(str(tmp_path / name), list(COLUMNS), [list(COLUMNS.values())])
    made = (tmp_path / "a.xlsx").read_bytes()
    assert made == (tmp_path / "b.xlsx").read_bytes()
    assert f"{datetime.datetime.now(datetime.UTC):%Y-%m}".encode() not in made


def test_it_is_read_back(tmp_path: Path) -> None:
    path = str(tmp_path / "t.xlsx")
    numbers = np.random.default_rng(0).normal(size=500)
    tables.write(path, ["x", "w"], [[numbers, ["=1", "b"] * 250]])
    raw = tables.read(path)
    assert raw.typed(["x"]).table.values[:, 0].tobytes() == numbers.tobytes()
    assert raw.text(["w"])[0].to_pylist()[:2] == ["=1", "b"]


def test_what_a_sheet_cannot_hold_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "t.xlsx")
    for cell, sentence in (("a" * 40_000, "longer than 32767 characters"), ("a\0", "a control character")):
        with pytest.raises(OutputError, match=rf"column 'w': .*{sentence}.* -o FILE\.parquet"):
            tables.write(path, ["w"], [[[cell]]])
    monkeypatch.setattr(workbook_output, "MOST_ROWS", 4)
    tables.write(path, ["x"], [[np.arange(3.0)]])
    with pytest.raises(OutputError, match="A sheet holds 3 rows"):
        tables.write(path, ["x"], [[np.arange(2.0)]] * 2)
    monkeypatch.setattr(workbook_output, "MOST_COLUMNS", 1)
    with pytest.raises(OutputError, match="A sheet holds 1 columns, and there are 2"):
        tables.write(path, ["x", "y"], [[np.arange(2.0)] * 2])
