import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aevb_cli.modelfile import container as modelfile
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
KEYS = {
    "rmse", "measure", "log_likelihood", "crps", "coverage", "width", "calibration", "aleatoric_share",
    "epistemic_share",
}  # fmt: skip
OF_ROWS = {"rows", "skipped", "training_rows"}
EVIDENCE = {"elbo", "log_px", "log_px_error"}
FEW = ("--draws", "20", "--importance-samples", "10")


def scored(call: Call, capfd: Text, *arguments: str | Path) -> dict[str, object]:
    capfd.readouterr()
    assert call("evaluate", *arguments, *FEW, "--json") == 0
    text = capfd.readouterr().out
    found = json.loads(text)  # exactly one object: json.loads refuses anything behind it
    assert isinstance(found, dict)
    return found


def test_one_json_object_for_one_target(call: Call, workshop: Path, capfd: Text) -> None:
    found = scored(call, capfd, workshop / "vae.safetensors", workshop / "data.csv", "--interval", "0.5")
    assert set(found) == OF_ROWS | KEYS | EVIDENCE
    assert (found["rows"], found["skipped"], found["training_rows"]) == (150, 0, 150)
    assert found["measure"] == "density"
    assert list(found["coverage"]) == ["0.5"]  # type: ignore[call-overload]


def test_with_several_targets_each_key_is_keyed_by_target(call: Call, workshop: Path, capfd: Text) -> None:
    found = scored(call, capfd, workshop / "targets.safetensors", workshop / "factor.csv")
    assert set(found) == OF_ROWS | KEYS | EVIDENCE
    for name in KEYS:
        assert set(found[name]) == {"x4", "x5"}, name  # type: ignore[call-overload]


def test_hidden_variables_have_evidence_only(call: Call, workshop: Path, capfd: Text) -> None:
    found = scored(call, capfd, workshop / "latent2.safetensors", workshop / "factor.csv")
    assert set(found) == OF_ROWS | EVIDENCE
    assert found["elbo"] < found["log_px"]  # type: ignore[operator]


def test_scores_are_those_of_the_predictions(call: Call, workshop: Path, capfd: Text) -> None:
    """RMSE, coverage, width and the Gaussian log-density, computed anew from what predict writes."""
    model, data = workshop / "vae.safetensors", workshop / "data.csv"
    found = scored(call, capfd, model, data)
    assert call("predict", model, data, "-q", "-o", "p.csv") == 0
    p = pd.read_csv("p.csv")
    error = (p.z - p.z_mean) / p.z_sd
    log_density = -0.5 * error**2 - np.log(p.z_sd) - 0.5 * np.log(2 * np.pi)
    inside = (p.z_lower_90 <= p.z) & (p.z <= p.z_upper_90)
    assert found["rmse"] == pytest.approx(np.sqrt(((p.z - p.z_mean) ** 2).mean()), rel=1e-9)
    assert found["log_likelihood"] == pytest.approx(log_density.mean(), rel=1e-9)
    assert found["coverage"] == {"0.9": pytest.approx(inside.mean())}
    assert found["width"] == {"0.9": pytest.approx((p.z_upper_90 - p.z_lower_90).mean(), rel=1e-6)}


def test_a_gate_that_is_met_is_told_unless_quiet(call: Call, workshop: Path, capfd: Text) -> None:
    arguments = (workshop / "vae.safetensors", workshop / "data.csv", *FEW, "--require", "rows>=150")
    assert call("evaluate", *arguments) == 0
    assert capfd.readouterr().err.endswith("Required rows>=150: found 150, met.\n")
    assert call("evaluate", *arguments, "--quiet") == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("requirement", "code", "word"),
    [
        ("coverage@0.9>=0.01", 0, ", met."),
        ("coverage@0.90>=0.01", 0, ""),
        ("rmse < 1e9", 0, ""),
        ("rmse<0", 6, "Required rmse<0, found"),
        ("coverage@0.9>1.5", 6, "Required coverage@0.9>1.5, found "),
        ("rows>=150", 0, ""),
        ("rows>150", 6, "found 150"),
        ("coverage@0.77>=0.01", 0, ""),
        ("coverage@0.77>1.5", 6, "Required coverage@0.77>1.5, found "),
        ("rmse[z]<1e9", 0, ""),
        ("rmse[y]<1e9", 2, "there is no target 'y'"),
        ("rmse@0.9<2", 2, "rmse has no levels"),
        ("fame>1", 2, "no such score"),
        ("rmse", 2, "not a requirement"),
        ("rmse<1e", 2, "not a requirement"),
        ("rmse<1.2.3", 2, "not a requirement"),
        ("coverage@1..2<1", 2, "not a requirement"),
    ],
)
def test_gates(requirement: str, code: int, word: str, call: Call, workshop: Path, capfd: Text) -> None:
    arguments = (workshop / "vae.safetensors", workshop / "data.csv", *FEW, "--json", "--require", requirement)
    assert call("evaluate", *arguments) == code
    told = capfd.readouterr()
    assert word in told.err
    assert len(told.err.splitlines()) <= 3
    if code in {0, 6}:
        json.loads(told.out)  # a gate that is not met has its scores shown all the same


@pytest.mark.parametrize(
    ("requirement", "code", "word"),
    [("coverage@0.9>=0.01", 0, ""), ("coverage@0.9>1.5", 6, "'x4'"), ("rmse<0", 6, "'x4'"), ("log_px<1e9", 0, "")],
)
def test_gates_hold_for_every_target(
    requirement: str, code: int, word: str, call: Call, workshop: Path, capfd: Text
) -> None:
    arguments = (workshop / "targets.safetensors", workshop / "factor.csv", *FEW, "--json", "--require", requirement)
    assert call("evaluate", *arguments) == code
    assert word in capfd.readouterr().err


@pytest.mark.parametrize(("model", "table"), [("vae", "data"), ("targets", "factor"), ("latent2", "factor")])
def test_a_table_for_people(model: str, table: str, call: Call, workshop: Path, capfd: Text) -> None:
    assert call("evaluate", workshop / f"{model}.safetensors", workshop / f"{table}.csv", *FEW) == 0
    shown = capfd.readouterr().out
    assert "rows" in shown
    assert "log_px" in shown
    assert "{" not in shown


@pytest.mark.parametrize(("rule", "rows", "skipped"), [((), 3, 1), (("--missing", "skip"), 2, 2)])
def test_rows_with_gaps_are_scored_or_skipped(
    rule: tuple[str, ...], rows: int, skipped: int, call: Call, workshop: Path, capfd: Text
) -> None:
    Path("gaps.csv").write_text("x,z\n1,1\n,3\n2,2\n3,\n")
    assert call("evaluate", workshop / "bnn.safetensors", "gaps.csv", "--json", *rule) == 0
    told = capfd.readouterr()
    assert (json.loads(told.out)["rows"], json.loads(told.out)["skipped"]) == (rows, skipped)
    assert "1 of 3 rows lacks a value that every training row had" in " ".join(told.err.split())
    assert call("evaluate", workshop / "bnn.safetensors", "gaps.csv", "--missing", "error") == 3
    assert "record 2, column 'x': the cell is empty, as in 1 record(s)" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("x,z\n1,\n2,\n", "no record has a value of 'z'"),
        ("x\n1\n", "'z'"),
        ("x,z\n1,1e300\n", "column 'z'"),
        ("x,z\n1e300,1\n", "column 'x'"),
        ("x,z\n", "no row"),
        ("x,z\n1,oops\n", "'oops'"),
    ],
)
def test_a_table_that_cannot_be_scored(content: str, word: str, call: Call, workshop: Path, capfd: Text) -> None:
    Path("odd.csv").write_text(content)
    assert call("evaluate", workshop / "vae.safetensors", "odd.csv", "--json") == 3
    told = capfd.readouterr()
    failed = json.loads(told.out)
    assert word in told.err
    assert (word in failed["error"], failed["exit"]) == (True, 3)


def test_one_row_can_be_scored(call: Call, workshop: Path, capfd: Text) -> None:
    Path("one.csv").write_text("z,x\n0.5,3\n")
    assert scored(call, capfd, workshop / "vae.safetensors", "one.csv")["rows"] == 1


@pytest.mark.parametrize("name", ["vae", "bnn"])
def test_a_forged_model_that_leads_nowhere_finite_is_4(name: str, call: Call, bench: Path, capfd: Text) -> None:
    """Every hash is right and every number finite; what follows from them is not."""
    if name == "bnn":
        assert call("train-bnn", "data.csv", "--recipe", "report", "--max-iterations", "100", "-q") == 0
    stored = modelfile.load(Path(f"{name}.safetensors"))
    tensors = {key: array * np.float32(1e37) if "weight" in key else array for key, array in stored.tensors.items()}
    header = {key: value for key, value in stored.header.items() if key not in {"format", "tensors"}}
    modelfile.save(Path("forged.safetensors"), header, tensors)
    assert call("evaluate", "forged.safetensors", "data.csv", "--json", *FEW) == 4
    told = capfd.readouterr()
    assert "are not finite" in told.err
    assert json.loads(told.out)["exit"] == 4


def test_what_the_scores_are_not_good_for_is_said(call: Call, workshop: Path, capfd: Text) -> None:
    rows = (workshop / "data.csv").read_text().splitlines()
    Path("some.csv").write_text("\n".join([*rows, "3,", "99,0"]) + "\n")
    assert call("evaluate", workshop / "vae.safetensors", "some.csv", *FEW, "--json") == 0
    told = capfd.readouterr()
    found = json.loads(told.out)
    assert (found["rows"], found["skipped"], found["training_rows"]) == (151, 1, 150)
    skipped, outside, seen = told.err.splitlines()
    assert skipped == "Warning: 1 of 152 rows were skipped: their target is not known."
    assert outside.startswith(
        "Warning: 1 of 151 rows lies outside the training range, most often in 'x' (1; record 152"
    )
    assert seen.startswith("Warning: 150 of 151 rows are among those that this model was trained on: ")
    assert call("evaluate", workshop / "vae.safetensors", "some.csv", *FEW, "--json", "--quiet") == 0
    assert capfd.readouterr().err == ""


def test_a_requirement_is_read_before_anything_else(call: Call, capfd: Text) -> None:
    assert call("evaluate", "no.safetensors", "no.csv", "--require", "rmse==1") == 2
    assert "not a requirement" in capfd.readouterr().err


def test_a_requirement_is_checked_before_the_table_is_read(call: Call, workshop: Path, capfd: Text) -> None:
    assert call("evaluate", workshop / "vae.safetensors", "no.csv", "--require", "rsme<1") == 2
    assert "did you mean 'rmse'?" in capfd.readouterr().err
