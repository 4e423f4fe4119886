"""Predictions, draws and scores in Python are those of the commands."""

import json
from pathlib import Path

import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli.errors import RequirementError, UsageError
from tests.api.conftest import forms, frames
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
CASES = [
    ("vae", "data.csv"),
    ("bnn", "data.csv"),
    ("guaranteed", "factor.csv"),
    ("latent2", "factor.csv"),
    ("targets", "factor.csv"),
]
SEEN = pytest.mark.filterwarnings("ignore:.*this model was trained on")


def model(workshop: Path, name: str) -> aevb.Model:
    return aevb.load(workshop / f"{name}.safetensors")


def written(call: Call, workshop: Path, name: str, table: str, *options: str) -> pd.DataFrame:
    assert call("predict", workshop / f"{name}.safetensors", workshop / table, *options, "-q", "-o", "p.csv") == 0
    return pd.read_csv("p.csv")


@pytest.mark.parametrize(("name", "table"), CASES)
def test_predictions_of_a_file_are_the_commands_to_the_last_bit(
    name: str, table: str, call: Call, workshop: Path
) -> None:
    found = model(workshop, name).predict(workshop / table, draws=30, interval=[0.5, 0.9])
    expected = written(call, workshop, name, table, "--draws", "30", "--interval", "0.5", "--interval", "0.9")
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@frames
@pytest.mark.parametrize("form", ["pandas", "pyarrow", "dict", "polars"])
@pytest.mark.parametrize(("name", "table"), CASES)
def test_predictions_of_a_table_in_memory_are_the_same(
    name: str, table: str, form: str, call: Call, workshop: Path
) -> None:
    frame = pd.read_csv(workshop / table)
    given = forms(frame)
    if form not in given:
        pytest.skip(f"{form} is not installed")
    found = model(workshop, name).predict(given[form], draws=30)
    expected = written(call, workshop, name, table, "--draws", "30")
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_dtype=False)


@frames
def test_an_index_and_other_columns_stay(workshop: Path) -> None:
    frame = pd.read_csv(workshop / "data.csv").assign(when=pd.Timestamp("2020-01-01"))[::-1]
    frame = frame.set_index(pd.Index([f"row {number}" for number in range(len(frame))], name="id"))
    found = model(workshop, "vae").predict(frame)
    pd.testing.assert_frame_equal(found[list(frame)], frame)
    drawn = model(workshop, "bnn").draws(frame, 5)
    assert drawn.index.equals(frame.index)


def test_files_are_written_where_that_is_asked_for(call: Call, workshop: Path) -> None:
    bnn, source = model(workshop, "bnn"), workshop / "data.csv"
    bnn.predict(source, draws=20, seed=3, prefix="p_", output="a.csv", save_draws="a.draws.csv")
    options = ("--draws", "20", "--seed", "3", "--prefix", "p_", "-q", "-o", "b.csv", "--save-draws", "b.draws.csv")
    assert call("predict", workshop / "bnn.safetensors", source, *options) == 0
    for name in ("{}.csv", "{}.draws.csv"):
        assert Path(name.format("a")).read_bytes() == Path(name.format("b")).read_bytes()
    drawn = bnn.draws(source, 20, seed=3)
    expected = pd.read_csv("b.draws.csv")
    pd.testing.assert_frame_equal(drawn, expected, check_exact=True)


def test_chunks_and_threads_change_no_bit(workshop: Path) -> None:
    bnn, source = model(workshop, "bnn"), workshop / "data.csv"
    whole = bnn.predict(source, draws=20)
    pd.testing.assert_frame_equal(bnn.predict(source, draws=20, chunk_rows=7, threads=2), whole, check_exact=True)


def test_progress_is_shown_where_that_is_asked_for(workshop: Path, capfd: Text) -> None:
    vae = model(workshop, "vae")
    vae.predict(workshop / "data.csv")
    assert capfd.readouterr() == ("", "")
    vae.predict(workshop / "data.csv", quiet=False)
    assert capfd.readouterr() == ("", "rows=150\n")


@SEEN
@pytest.mark.parametrize(("name", "table"), CASES)
def test_scores_are_the_commands(name: str, table: str, call: Call, workshop: Path, capfd: Text) -> None:
    found = model(workshop, name).evaluate(workshop / table, draws=20, importance_samples=10, interval=0.5)
    options = ("--draws", "20", "--importance-samples", "10", "--interval", "0.5", "--json", "-q")
    capfd.readouterr()
    assert call("evaluate", workshop / f"{name}.safetensors", workshop / table, *options) == 0
    assert found == json.loads(capfd.readouterr().out)


@SEEN
def test_requirements(workshop: Path) -> None:
    vae, source = model(workshop, "vae"), workshop / "data.csv"
    assert vae.evaluate(source, require=["rmse<1e9", "rows>=150"], importance_samples=2)["rows"] == 150
    with pytest.raises(RequirementError, match="Required rmse<0"):
        vae.evaluate(source, require="rmse<0", importance_samples=2)
    with pytest.raises(UsageError, match="not a requirement"):
        vae.evaluate(source, require="rmse")


def test_what_the_commands_warn_of_is_a_warning_at_the_callers_line(workshop: Path) -> None:
    vae = model(workshop, "vae")
    with pytest.warns(UserWarning, match="150 of 150 rows are among those that this model was trained on") as scored:
        vae.evaluate(workshop / "data.csv", importance_samples=2)
    with pytest.warns(UserWarning, match="1 of 2 rows lies outside the training range") as predicted:
        vae.predict({"x": [1.0, 99.0]})
    assert {each.filename for each in [*scored, *predicted]} == {__file__}
