import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from aevb_cli import tables


def test_every_cell_has_a_form_in_json(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    columns = {
        "x": np.array([0.1, np.nan, 1e300]),
        "inf": pa.array([float("inf"), None, -0.0]),
        "single": np.array([0.1, np.nan, 2], np.float32),
        "n": np.array([1, 2, 2**62]),
        "flag": pa.array([True, None, False]),
        'a "word"': pa.array(['say "x"', "é\n", None]).dictionary_encode(),
        "day": pa.array([0, None, 1], pa.date32()),
        "moment": pa.array([0, None, 1], pa.timestamp("ns", "UTC")),
        "money": pa.array(["1.50", None, "2.00"]).cast(pa.decimal128(9, 2)),
        "list": pa.array([[1, None], None, []]),
    }
    tables.write(str(path), list(columns), [list(columns.values())] * 2)
    lines = path.read_text().splitlines()
    assert lines[:3] == lines[3:]
    assert "1.50" in lines[0]
    assert [list(json.loads(line).values()) for line in lines[:3]] == [
        [0.1, None, 0.1, 1, True, 'say "x"', "1970-01-01", "1970-01-01 00:00:00.000000000Z", 1.5, [1, None]],
        [None, None, None, 2, None, "é\n", None, None, None, None],
        [1e300, 0.0, 2, 2**62, False, None, "1970-01-02", "1970-01-01 00:00:00.000000001Z", 2, []],
    ]
    assert list(json.loads(lines[0])) == list(columns)


def test_doubles_are_read_back_bit_for_bit(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).integers(0, 2**64, 20_000, np.uint64, endpoint=False).view(np.float64)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    path = str(tmp_path / "t.jsonl")
    tables.write(path, ["x"], [[numbers]])
    assert tables.read(path).typed().table.values[:, 0].tobytes() == numbers.tobytes()
