"""Scores and predictions of targets of every kind in Python are the command's."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import aevb_cli as aevb
from aevb_cli.errors import RequirementError, UsageError
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore:.*this model was trained on")


@pytest.mark.parametrize(
    ("model", "arguments", "options"),
    [
        ("mixed", {"by": "k", "interval": [0.5, 0.9]}, ("--by", "k", "--interval", "0.5", "--interval", "0.9")),
        ("classes", {"per_class": True}, ("--per-class",)),
        ("visits", {"by": "grade"}, ("--by", "grade")),
    ],
)
def test_scores_are_the_commands(
    model: str, arguments: dict[str, Any], options: tuple[str, ...], call: Call, kinds: Path, capfd: Text
) -> None:
    found = aevb.load(kinds / f"{model}.safetensors").evaluate(kinds / "kinds.csv", draws=20, **arguments)
    capfd.readouterr()
    told = (kinds / f"{model}.safetensors", kinds / "kinds.csv", "--draws", "20", "--json", "-q")
    assert call("evaluate", *told, *options) == 0
    assert found == json.loads(capfd.readouterr().out)


@pytest.mark.parametrize(
    ("model", "arguments", "options"),
    [
        (
            "mixed",
            {"quantile": [0.05, 0.5], "above": 2, "per_class": True},
            ("--quantile", "0.05", "--quantile", "0.5", "--above", "2", "--per-class"),
        ),
        ("visits", {"quantile": 0.3, "above": [1, 2.5]}, ("--quantile", "0.3", "--above", "1", "--above", "2.5")),
        ("answer", {}, ()),
    ],
)
def test_predictions_are_the_commands(
    model: str, arguments: dict[str, Any], options: tuple[str, ...], call: Call, kinds: Path
) -> None:
    trained, table = aevb.load(kinds / f"{model}.safetensors"), kinds / "kinds.csv"
    found = trained.predict(table, draws=20, **arguments)
    told = (kinds / f"{model}.safetensors", table, "--draws", "20", "-q", "-o", "p.csv")
    assert call("predict", *told, *options) == 0
    pd.testing.assert_frame_equal(found, pd.read_csv("p.csv"), check_exact=True)
    in_memory = trained.predict(pd.read_csv(table), draws=20, **arguments)
    pd.testing.assert_frame_equal(in_memory, found, check_exact=True, check_dtype=False)


def test_requirements_and_refusals_are_in_pythons_words(kinds: Path) -> None:
    model, table = aevb.load(kinds / "answer.safetensors"), kinds / "kinds.csv"
    with pytest.raises(RequirementError, match=r"Required accuracy>=1\.1, found 0"):
        model.evaluate(table, draws=9, require=["brier<1", "accuracy>=1.1"])
    with pytest.raises(UsageError, match="did you mean 'log_loss'"):
        model.evaluate(table, require="log_los<1")
    with pytest.raises(UsageError, match="quantile=: The classes of this model have no such number"):
        model.predict(table, quantile=0.1)
    with pytest.raises(UsageError, match="per_class=True: this model predicts no classes"):
        aevb.load(kinds / "visits.safetensors").predict(table, per_class=True)


@pytest.mark.filterwarnings("ignore:Not converged", "ignore:.*too few")
def test_a_training_of_classes_in_memory(kinds: Path) -> None:
    frame = pd.read_csv(kinds / "kinds.csv")[["x", "w", "k", "answer"]]
    model = aevb.train_bnn(frame, members=2, hidden=[8, 8], max_iterations=20)
    assert model.targets == ("answer",)
    assert set(model.predict(frame, draws=9)["answer_predicted"]) <= {"no", "yes"}
