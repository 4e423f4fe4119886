"""Scores and requirements; what they are computed from is tested with the command."""

from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import RequirementError, UsageError
from aevb_cli.modelfile import trained
from aevb_cli.tasks import evaluation
from aevb_cli.tasks.evaluation import EvaluateRequest, Requirement, Scores

ONE: Scores = {"rows": 10, "rmse": 1.0, "coverage": {"0.5": 0.4, "0.9": 0.8}, "elbo": -2.0}
TWO: Scores = {"rows": 10, "rmse": {"a": 1.0, "b": 3.0}, "coverage": {"a": {"0.9": 0.95}, "b": {"0.9": 0.8}}}


@pytest.mark.parametrize("text", ["rmse<2", "coverage@0.9>=0.8", "coverage>0.3", "rows>=10", "elbo > -2.5", "rmse<=1"])
def test_met(text: str) -> None:
    evaluation.check(ONE, [Requirement.read(text)])


@pytest.mark.parametrize(
    ("scores", "text", "found"),
    [
        (ONE, "rmse<1", "found 1$|found 1[.]"),
        (ONE, "coverage>0.5", "found 0.4 at 0.5"),
        (TWO, "rmse<2", "found 3 for 'b'"),
        (TWO, "coverage@0.9>=0.9", "found 0.8 for 'b' at 0.9"),
    ],
)
def test_unmet(scores: Scores, text: str, found: str) -> None:
    with pytest.raises(RequirementError, match=found):
        evaluation.check(scores, [Requirement.read(text)])


@pytest.mark.parametrize("text", ["coverage@0.8>0", "rmse@0.9<1", "fame>1"])
def test_no_such_score(text: str) -> None:
    with pytest.raises(UsageError, match="no such score"):
        evaluation.check(ONE, [Requirement.read(text)])


@pytest.mark.parametrize("text", ["rmse", "rmse<1e", "1<rmse", "rmse==1"])
def test_not_a_requirement(text: str) -> None:
    with pytest.raises(UsageError, match="not a requirement"):
        Requirement.read(text)


@pytest.mark.parametrize(("name", "table", "evidence"), [("vae", "data", True), ("bnn", "data", False)])
def test_only_a_model_of_x_has_evidence(name: str, table: str, evidence: bool, workshop: Path) -> None:
    raw = tables.read(str(workshop / f"{table}.csv"))
    model = trained.load(workshop / f"{name}.safetensors")
    scores = evaluation.evaluate(model, raw, EvaluateRequest(draws=10, importance_samples=5))
    assert ({"elbo", "log_px", "log_px_error"} <= set(scores)) == evidence
