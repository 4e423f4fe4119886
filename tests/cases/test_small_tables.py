"""What `predict` and `evaluate` say of tables that they cannot take as they are, in words that they can follow."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import Call

TABLES = Path(__file__).parent / "tables"
Text = pytest.CaptureFixture[str]


@pytest.fixture
def model(call: Call) -> str:
    """A model of x, a number, and k, a word of three."""
    chance = np.random.default_rng(0)
    x, k = chance.uniform(0, 5, 60), chance.choice(["a", "b", "c"], 60)
    pd.DataFrame({"x": x, "k": k, "y": x + (k == "b")}).to_csv("small.csv", index=False)
    tiny = ("--max-iterations", "50", "--members", "2", "--hidden", "4", "--threads", "1")
    assert call("train-bnn", "small.csv", *tiny, "-q", "-o", "m.safetensors") == 0
    return "m.safetensors"


def test_rows_whose_target_is_not_known_are_not_scored_and_counted(model: str, call: Call, capfd: Text) -> None:
    assert call("evaluate", model, TABLES / "evaluate_unknown_target.csv", "--json", "--draws", "10") == 0
    streams = capfd.readouterr()
    found = json.loads(streams.out)
    assert found["rows"] == 2
    assert found["skipped"] == 1
    assert "1 of 3 rows were skipped: their target is not known." in " ".join(streams.err.split())


def test_a_bad_cell_has_a_way_out_that_predict_has(model: str, call: Call, capfd: Text) -> None:
    assert call("predict", model, TABLES / "predict_bad_cell.csv", "--draws", "2") == 3
    said = " ".join(capfd.readouterr().err.split())
    assert "record 2, column 'x': '2 m' is not a plain finite number like -1.5 or 2e3." in said
    assert "--na '2 m'" in said
    assert "--features" not in said
    assert "--types" not in said
    assert call("predict", model, TABLES / "predict_bad_cell.csv", "--draws", "2", "--na", "2 m") == 0
    streams = capfd.readouterr()
    assert streams.out.count("\n") == 4
    assert "1 of 3 rows lacks a value that every training row had" in " ".join(streams.err.split())


def test_a_number_of_a_text_is_one_in_parquet_and_chunks_change_nothing(model: str, call: Call) -> None:
    found = []
    for rows in ("1", "7", "1000"):
        assert call("predict", model, "small.csv", "--draws", "5", "--chunk-rows", rows, "-q", "-o", "p.parquet") == 0
        found.append(Path("p.parquet").read_bytes() if rows == "1000" else b"")
        table = pd.read_parquet("p.parquet")
        assert [str(table[name].dtype) for name in ("x", "y_mean")] == ["float64", "float64"]
        assert table.x.tolist() == pd.read_csv("small.csv").x.tolist()
        assert table.k.tolist() == pd.read_csv("small.csv").k.tolist()
        if len(found) == 1:
            first = table
        pd.testing.assert_frame_equal(table, first)
