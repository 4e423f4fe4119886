"""What the methods give is what the commands write."""

from pathlib import Path

import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli.errors import UsageError
from tests.conftest import Call

pytestmark = pytest.mark.filterwarnings("ignore:Not in the rows")


def test_a_sample_is_the_commands(people: Path, call: Call) -> None:
    path = people / "people.safetensors"
    found = aevb.load(path).sample(30, given={"town": "Ulm", "age": 50}, seed=3, output="m.csv")
    given = ("--given", "town=Ulm", "--given", "age=50")
    assert call("sample", path, "--n", "30", *given, "--seed", "3", "-q", "-o", "c.csv") == 0
    assert Path("m.csv").read_bytes() == Path("c.csv").read_bytes()
    pd.testing.assert_frame_equal(found, pd.read_csv("c.csv"))


def test_an_imputation_is_the_commands(people: Path, call: Call) -> None:
    path, table = people / "people.safetensors", people / "people.csv"
    found = aevb.load(path).impute(table, draws=2, interval=[0.5, 0.9], seed=3, prefix="p_", output="m.csv")
    given = ("--draws", "2", "--interval", "0.5", "--interval", "0.9", "--seed", "3", "--prefix", "p_")
    assert call("impute", path, table, *given, "-q", "-o", "c.csv") == 0
    assert Path("m.csv").read_bytes() == Path("c.csv").read_bytes()
    pd.testing.assert_frame_equal(found, pd.read_csv("c.csv"))


def test_synthetic_rows_are_judged_as_the_command_judges_them(people: Path, call: Call) -> None:
    model, table = aevb.load(people / "people.safetensors"), people / "people.csv"
    made = model.sample(100, output="made.csv")
    for rows in (made, "made.csv"):
        with pytest.warns(UserWarning, match="this model was trained on"):
            found = model.evaluate(table, synthetic=rows, require="synthetic_auc<0.95", importance_samples=5)
        assert found["synthetic_rows"] == 100
    with pytest.raises(UsageError, match=r"synthetic_auc is a score of made-up rows. Name them with synthetic= TABLE"):
        model.evaluate(table, require="synthetic_auc<0.9")


def test_what_is_not_in_the_rows_is_a_warning_at_the_callers_line(people: Path) -> None:
    with pytest.warns(UserWarning, match="Not in the rows.*'id'") as caught:
        aevb.load(people / "people.safetensors").sample(2)
    assert caught[0].filename == __file__
