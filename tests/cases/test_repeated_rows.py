"""60 rows, each of them twice: what is promised is what 1,000 rows hold that are not in the table."""

import json
import math
import re
from pathlib import Path

import pytest

from tests.conftest import Call

TABLES = Path(__file__).parent / "tables"
DISTINCT, FRESH = 60, 1000

MODELS = [
    pytest.param("train-vae", (), id="vae"),
    pytest.param(
        "train-bnn",
        ("--members", "6", "--hidden", "30,30", "--max-iterations", "500"),
        id="bnn",
        marks=pytest.mark.slow,
    ),
]


@pytest.mark.parametrize(("command", "options"), MODELS)
def test_the_promise_holds_on_rows_that_are_not_in_the_table(
    call: Call, capfd: pytest.CaptureFixture[str], command: str, options: tuple[str, ...]
) -> None:
    """Within three standard errors of a share of the distinct rows that were left out and of one of the fresh ones."""
    assert call(command, TABLES / "duplicates_twice.csv", "-q", "-o", "m.safetensors", *options) == 0
    capfd.readouterr()
    assert call("inspect", "m.safetensors", "--json") == 0
    said = json.loads(capfd.readouterr().out)["result"]["held_out"]
    promised, groups = said["coverage"]["0.9"][0], said["groups"]
    assert groups == (DISTINCT if command == "train-vae" else DISTINCT * 6 / 10)  # each member leaves out a tenth
    assert call("evaluate", "m.safetensors", TABLES / "duplicates_fresh.csv", "--json", "-q") == 0
    held = json.loads(capfd.readouterr().out)["coverage"]["0.9"]
    assert held == pytest.approx(promised, abs=3 * math.sqrt(0.9 * 0.1 * (1 / groups + 1 / FRESH)))


@pytest.mark.parametrize("command", ["train-vae", "train-bnn"])
def test_how_many_rows_repeat_others_is_said(call: Call, capfd: pytest.CaptureFixture[str], command: str) -> None:
    tiny = ("--hidden", "4,4", "--max-iterations", "10")
    assert call(command, TABLES / "duplicates_twice.csv", *tiny) == 0
    said = capfd.readouterr().err
    assert re.search(rf"\b{DISTINCT} of {2 * DISTINCT} rows are copies", said), said


@pytest.mark.parametrize("command", ["train-vae", "train-bnn"])
def test_nothing_is_said_where_no_row_repeats_another(
    call: Call, capfd: pytest.CaptureFixture[str], command: str
) -> None:
    header, *rows = (TABLES / "duplicates_twice.csv").read_text().splitlines()
    Path("once.csv").write_text("\n".join([header, *dict.fromkeys(rows)]))
    assert call(command, "once.csv", "--hidden", "4,4", "--max-iterations", "10") == 0
    assert "copies" not in capfd.readouterr().err
