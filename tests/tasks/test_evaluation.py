"""Scores and what is warned of; what the scores are computed from is tested with the command."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Gaps
from aevb_cli.tables import RawTable
from aevb_cli.tasks import evaluation, requirements
from aevb_cli.tasks.evaluation import EvaluateRequest, Evaluation

REQUEST = EvaluateRequest(draws=10, importance_samples=5)


def loaded(workshop: Path, name: str) -> TrainedModel:
    return trained.load(workshop / f"{name}.safetensors")


def read(frame: pd.DataFrame) -> RawTable:
    frame.to_csv("table.csv", index=False)
    return tables.read("table.csv")


def scored(model: TrainedModel, frame: pd.DataFrame, missing: Gaps = "average") -> Evaluation:
    return evaluation.evaluate(model, read(frame), replace(REQUEST, missing=missing))


@pytest.mark.parametrize(
    ("name", "table", "of_x"),
    [("vae", "data", True), ("bnn", "data", False), ("latent2", "factor", True), ("targets", "factor", True)],
)
def test_the_scores_are_those_that_requirements_can_name(name: str, table: str, of_x: bool, workshop: Path) -> None:
    raw, model = tables.read(str(workshop / f"{table}.csv")), loaded(workshop, name)
    found = set(evaluation.evaluate(model, raw, REQUEST).scores) - {"measure"}
    named = {*requirements.OF_ROWS, *(requirements.OF_NUMBERS if model.targets else ())}
    assert found == named | set(requirements.OF_X if of_x else ())
    evaluation.check_names(model, requirements.read([f"{score}>0" for score in found]))


def test_a_score_that_a_model_lacks(workshop: Path) -> None:
    with pytest.raises(UsageError, match="no such score"):
        evaluation.check_names(loaded(workshop, "bnn"), requirements.read(["elbo>0"]))


def test_levels_are_computed_once() -> None:
    assert EvaluateRequest((0.9, 0.5), further=(0.95, 0.90)).all_levels == [0.9, 0.5, 0.95]


def test_rows_without_a_target_are_skipped_and_counted(bench: Path, workshop: Path) -> None:
    """Even where a feature's cell is empty or far away; the scores are those of the others alone."""
    data, model = pd.read_csv("data.csv"), loaded(workshop, "bnn")
    whole = scored(model, data.drop(index=[1, 3]))
    data.loc[[1, 3], "z"] = math.nan
    data.loc[1, "x"], data.loc[3, "x"] = math.nan, 1e200
    found = scored(model, data)
    assert found.scores == whole.scores | {"skipped": 2}
    assert found.scores["rows"] == 148
    assert "2 of 150 rows were skipped: their target is not known." in found.warnings


def test_records_are_counted_with_those_that_are_skipped(bench: Path, workshop: Path) -> None:
    data, model = pd.read_csv("data.csv"), loaded(workshop, "bnn")
    data.loc[0, "z"], data.loc[4, "x"] = math.nan, math.nan
    with pytest.raises(DataError, match="record 5, column 'x': the cell is empty, as in 1 record"):
        scored(model, data, missing="error")
    data.loc[4, "x"] = 1e200
    with pytest.raises(DataError, match="record 5, column 'x'"):
        scored(model, data)


def test_a_row_with_a_gap_is_scored_or_skipped(bench: Path, workshop: Path) -> None:
    data, model = pd.read_csv("data.csv"), loaded(workshop, "bnn")
    rest = scored(model, data.drop(index=[0, 4, 5])).scores
    data.loc[0, "z"], data.loc[[4, 5], "x"] = math.nan, math.nan
    skipped, average = scored(model, data, "skip"), scored(model, data, "average")
    assert skipped.scores == rest | {"skipped": 3}
    assert (average.scores["rows"], average.scores["skipped"]) == (149, 1)
    assert average.scores["rmse"] != rest["rmse"]
    for found, outcome in ((skipped, "Such rows were skipped."), (average, "Such rows were scored by")):
        assert any(
            line.startswith(f"2 of 149 rows lack a value that every training row had, most often 'x' (2). {outcome}")
            for line in found.warnings
        )


def test_only_rows_to_skip(bench: Path, workshop: Path) -> None:
    with pytest.raises(DataError, match=r"150 of 150 rows lack .* Nothing can be scored: choose --missing average"):
        scored(loaded(workshop, "bnn"), pd.read_csv("data.csv").assign(x=math.nan), missing="skip")


def test_no_known_target_at_all(bench: Path, workshop: Path) -> None:
    with pytest.raises(DataError, match="no record has a value of 'z'"):
        scored(loaded(workshop, "vae"), pd.read_csv("data.csv").assign(z=math.nan))


def test_a_row_counts_for_the_targets_that_it_has(bench: Path, workshop: Path) -> None:
    data, model = pd.read_csv(workshop / "factor.csv"), loaded(workshop, "guaranteed")
    first, second = scored(model, data[:60]).scores, scored(model, data[30:]).scores
    data.loc[60:, "x4"], data.loc[:29, "x5"] = math.nan, math.nan
    found = scored(model, data).scores
    assert (found["rows"], found["skipped"]) == (120, 0)
    for target, expected in (("x4", first), ("x5", second)):
        for name in requirements.OF_NUMBERS:
            assert found[name][target] == expected[name][target], name


def test_a_target_that_no_row_has_is_left_out(bench: Path, workshop: Path) -> None:
    data, model = pd.read_csv(workshop / "factor.csv").assign(x5=math.nan), loaded(workshop, "guaranteed")
    assert set(scored(model, data).scores["rmse"]) == {"x4"}


def test_what_a_log_likelihood_is_of(workshop: Path) -> None:
    raw = tables.read(str(workshop / "factor.csv"))
    found = evaluation.evaluate(loaded(workshop, "targets"), raw, REQUEST).scores
    assert found["measure"] == {"x4": "density", "x5": "density"}


def test_the_training_table_is_recognised(bench: Path, workshop: Path) -> None:
    model, data = loaded(workshop, "bnn"), pd.read_csv("data.csv")
    found = scored(model, data)
    assert found.scores["training_rows"] == 150
    assert "150 of 150 rows are among those that this model was trained on" in found.warnings[0]
    assert "To expect of new rows, by " in found.warnings[0]
    fresh = scored(model, data.assign(z=data.z + 1e-9))
    assert (fresh.scores["training_rows"], fresh.warnings) == (0, ())


@pytest.mark.filterwarnings("ignore:Not converged", "ignore:.*rows")
def test_words_that_no_scored_row_has_change_no_score() -> None:
    draw = np.random.default_rng(0)
    word = draw.choice(["a", "b", "c"], 200)
    z = np.array([0.0, 5.0, 9.0])[np.searchsorted(["a", "b", "c"], word)] + 0.1 * draw.normal(size=200)
    table = {"word": word.tolist(), "x": draw.normal(size=200), "z": z}
    model = aevb.train_bnn(table, members=1, hidden=[8], max_iterations=300)
    some = np.flatnonzero(word != "a")
    chosen = {name: np.array(cells)[some].tolist() for name, cells in table.items()}
    chosen["z"][0] = None  # a row that is skipped, too
    error = np.array(model.predict(chosen)["z_mean"])[1:] - np.array(chosen["z"][1:], float)
    assert model.evaluate(chosen)["rmse"] == pytest.approx(float(np.sqrt((error**2).mean())))


def test_groups_of_rows_have_the_evidence_of_a_table_of_their_own(bench: Path, workshop: Path) -> None:
    """Where z is hidden, and there are no other scores, too."""
    frame, model = pd.read_csv(workshop / "factor.csv"), loaded(workshop, "latent2")
    frame["half"] = np.where(np.arange(len(frame)) % 2, "odd", "even")
    found = evaluation.evaluate(model, read(frame), replace(REQUEST, by="half")).scores["by"]
    assert list(found) == ["even", "odd"]
    for half, own in found.items():
        alone = scored(model, frame[frame["half"] == half]).scores
        assert own["rows"] == alone["rows"]
        assert own["elbo"] == pytest.approx(alone["elbo"], abs=0.1)
        assert own["log_px"] == pytest.approx(alone["log_px"], abs=0.05)
