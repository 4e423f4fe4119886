"""One wild cell: the intervals of all other rows stay as they are but for a factor of 1.5, and the cell is named."""

from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import Call

RECORD = 76
#: Rows beside the wild one may learn of it, and there are no more than these.
SHARE = 0.95

VAE = pytest.param("train-vae", ("--max-iterations", "1500"), id="vae")
BNN = pytest.param(
    "train-bnn", ("--members", "6", "--hidden", "30,30", "--max-iterations", "500"), id="bnn", marks=pytest.mark.slow
)
CELLS = [
    pytest.param("z", "60", 150, id="z=60"),
    pytest.param("x", "1e9", 300, id="x=1e9"),
    pytest.param("z", "1e9", 150, id="z=1e9", marks=pytest.mark.slow),
    pytest.param("x", "-999", 300, id="x=-999", marks=pytest.mark.slow),
]


def tables(call: Call, column: str, cell: str, rows: int) -> pd.DataFrame:
    """Write plain.csv, and wild.csv, which differs from it in one cell; returns the plain one."""
    assert call("simulate", "--n", str(rows), "-o", "plain.csv") == 0
    plain = pd.read_csv("plain.csv")
    wild = plain.astype({column: object})
    wild.loc[RECORD - 1, column] = cell
    wild.to_csv("wild.csv", index=False)
    return plain


@pytest.mark.parametrize(("column", "cell", "rows"), CELLS)
@pytest.mark.parametrize(("command", "options"), [VAE, BNN])
def test_the_other_rows_intervals_stay(
    call: Call, command: str, options: tuple[str, ...], column: str, cell: str, rows: int
) -> None:
    plain = tables(call, column, cell, rows)
    plain.drop(index=RECORD - 1).to_csv("others.csv", index=False)
    width = {}
    for name in ("plain", "wild"):
        assert call(command, f"{name}.csv", "-q", "-o", "m.safetensors", *options) == 0
        assert call("predict", "m.safetensors", "others.csv", "-q", "-o", f"{name}.out.csv") == 0
        p = pd.read_csv(f"{name}.out.csv")
        width[name] = p.z_upper_90 - p.z_lower_90
    factor = width["wild"] / width["plain"]
    assert factor.between(1 / 1.5, 1.5).mean() >= SHARE, factor.describe()


@pytest.mark.parametrize(("column", "cell", "rows"), CELLS)
@pytest.mark.parametrize("command", ["train-vae", "train-bnn"])
def test_the_cell_is_named(
    call: Call, capfd: pytest.CaptureFixture[str], command: str, column: str, cell: str, rows: int
) -> None:
    tables(call, column, cell, rows)
    assert call(command, "wild.csv", "--hidden", "4,4", "--max-iterations", "10") == 0
    said = capfd.readouterr().err
    assert any(f"record {RECORD}" in line and f"'{column}'" in line for line in said.splitlines()), said


@pytest.mark.parametrize("command", ["train-vae", "train-bnn"])
def test_no_cell_of_a_plain_table_is_named(call: Call, capfd: pytest.CaptureFixture[str], command: str) -> None:
    assert call("simulate", "-o", "plain.csv") == 0
    assert call(command, Path("plain.csv"), "--hidden", "4,4", "--max-iterations", "10") == 0
    assert "record" not in capfd.readouterr().err
