"""A table whose order tells what no column does: the level of z wanders from row to row."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import Call

Text = pytest.CaptureFixture[str]


def made(wanders: bool, *, by_x: bool = False) -> pd.DataFrame:
    chance = np.random.default_rng(3)
    x = chance.normal(size=200)
    z = 2 * x + 0.2 * chance.normal(size=200) + wanders * 0.3 * chance.normal(size=200).cumsum()
    table = pd.DataFrame({"x": x, "z": z})
    return table.sort_values("x") if by_x else table


@pytest.mark.parametrize(
    ("table", "said"),
    [(made(True), True), (made(False), False), (made(True, by_x=True), False), (made(True).sample(frac=1), False)],
    ids=["wandering", "independent", "sorted", "shuffled"],
)
def test_rows_that_err_like_their_neighbours_are_a_warning(
    table: pd.DataFrame, said: bool, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Text
) -> None:
    monkeypatch.chdir(tmp_path)
    table.to_csv("t.csv", index=False)
    assert call("train-vae", "t.csv", "--max-iterations", "600") == 0
    assert ("neighbours in the table err alike" in capfd.readouterr().err) == said
