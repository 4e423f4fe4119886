"""Model files of an older format, as the versions of their time wrote them, with what these predicted."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from aevb_cli.core.data.layout import STAND_INS
from aevb_cli.modelfile import container
from aevb_cli.modelfile.reading import read_header
from aevb_cli.modelfile.trained import load
from aevb_cli.modelfile.upgrade import upgraded
from tests.conftest import Call

OLD = Path(__file__).parents[1] / "old_models"
FORMATS = {
    "vae": 1, "bnn": 1, "bnn2": 2, "vae3": 3, "bnn3": 3, "guaranteed3": 3, "vae4": 4, "bnn4": 4, "latent4": 4,
}  # fmt: skip
TABLES = {
    "vae3": "data3.csv",
    "bnn3": "data3.csv",
    "guaranteed3": "many3.csv",
    "vae4": "data3.csv",
    "bnn4": "data3.csv",
    "latent4": "data3.csv",
}
"""Other tables than data.csv: with words, with 0 and 1, and with gaps."""


def table(name: str) -> Path:
    return OLD / TABLES.get(name, "data.csv")


@pytest.mark.parametrize("name", FORMATS)
def test_an_older_model_predicts_what_it_did(name: str, call: Call, bench: Path) -> None:
    model = OLD / f"{name}.safetensors"
    assert read_header(model)["format"] == FORMATS[name]
    wanted = pd.read_csv(OLD / f"{name}.predictions.csv")
    pd.read_csv(table(name)).head(3).to_csv("rows.csv", index=False)
    assert call("predict", model, "rows.csv", "-q", "-o", "p.csv") == 0
    found = pd.read_csv("p.csv")
    if name == "latent4":
        found = found.drop(columns=["px_rank", "px_worst"])  # they were not known
    assert list(found) == list(wanted)
    for end, inner in (
        ("lower", np.maximum),
        ("upper", np.minimum),
    ):  # ends where that of z does
        if f"z_mean_{end}_90" in wanted:
            wanted[f"z_mean_{end}_90"] = inner(wanted[f"z_mean_{end}_90"], wanted[f"z_{end}_90"])
    if name == "guaranteed3":  # its scores of held-out rows had no sign: its intervals are recalibrated instead
        found, wanted = (each.loc[:, ~each.columns.str.match("z_(lower|upper)")] for each in (found, wanted))
    if name != "bnn":  # single precision
        numbers = wanted.select_dtypes("number").columns
        np.testing.assert_allclose(found[numbers], wanted[numbers], rtol=1e-5, atol=1e-6)
        return
    # The draws are others: 1000 of them know a mean to sd / sqrt(1000), an sd to sd / sqrt(2000); four standard errors.
    error = 4 * (wanted.z_sd_epistemic**2 + found.z_sd_epistemic**2) ** 0.5
    assert ((found.z_mean - wanted.z_mean).abs() < error / 1000**0.5).all()
    assert ((found.z_sd_epistemic - wanted.z_sd_epistemic).abs() < error / 2000**0.5).all()


@pytest.mark.parametrize("name", FORMATS)
def test_an_older_model_is_read_by_every_command(name: str, call: Call, bench: Path) -> None:
    model = OLD / f"{name}.safetensors"
    assert call("inspect", model) == 0
    assert call("plot", model, "-o", "p.png") == 0
    assert call("evaluate", model, table(name), "--draws", "20") == 0


@pytest.mark.parametrize("name", FORMATS)
def test_an_older_model_is_saved_in_the_present_format(name: str, tmp_path: Path) -> None:
    load(OLD / f"{name}.safetensors").save(tmp_path / "again")
    assert container.describe(tmp_path / "again").header["format"] == container.FORMAT
    again = load(tmp_path / "again")
    again.save(tmp_path / "once more")
    assert (tmp_path / "once more").read_bytes() == (tmp_path / "again").read_bytes()


@pytest.mark.parametrize("name", ["bnn2", "vae3", "bnn3", "guaranteed3"])
def test_an_older_state_is_gone_on_with(name: str, call: Call, bench: Path) -> None:
    """As if it had been interrupted: the cycle of the learning rate is made longer than it was."""
    old = container.load(OLD / f"{name}.safetensors")
    header = {key: entry for key, entry in old.header.items() if key != "tensors"}
    header["training"] = {**header["training"], "max_iterations": 300}
    container.save(Path("cut.safetensors"), header, old.tensors)
    assert load(Path("cut.safetensors")).state
    options = ["--data", table(name), "-q", "-o", "more.safetensors"]
    assert call("resume", "cut.safetensors", *options) == 0
    assert read_header(Path("more.safetensors"))["result"]["iterations"] == 300


@pytest.mark.parametrize("name", ["bnn2", "bnn3", "guaranteed3", "bnn4"])
def test_an_older_cycle_is_finished_whether_its_state_is_there_or_not(
    name: str, call: Call, bench: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = OLD / f"{name}.safetensors"
    assert not load(model).state
    options = ["--data", table(name), "-q", "-o", "more.safetensors"]
    assert call("resume", model, *options) == 0
    assert not any(each.startswith("state.") for each in container.describe(Path("more.safetensors")).tensors)
    assert call("resume", model, *options, "--max-iterations", "9000") == 2
    assert "This model is finished: its learning rate" in capfd.readouterr().err


def test_a_state_of_format_1_is_not_gone_on_with(call: Call, bench: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copy(OLD / "vae.safetensors", "old.safetensors")
    code = call("resume", "old.safetensors", "--data", OLD / "data.csv", "--max-iterations", "400", "-q")
    assert code == 4
    assert "training state does not fit" in capfd.readouterr().err


@pytest.mark.parametrize("name", FORMATS)
def test_what_an_older_format_did_not_know_is_said_to_be_unknown(name: str) -> None:
    model = load(OLD / f"{name}.safetensors")
    scores = model.facts["held_out"]
    if scores:
        assert (scores["groups"], scores["rmse_error"]) == (scores["rows"], None)
    np.testing.assert_allclose(
        model.trace["expected_log_likelihood"] - model.trace["kl"], model.trace["elbo"], atol=1e-4
    )


@pytest.mark.parametrize("name", FORMATS)
def test_stand_ins_of_an_older_model_are_cells_of_its_rows(name: str) -> None:
    model = load(OLD / f"{name}.safetensors")
    inputs = model.model.inputs
    assert read_header(OLD / f"{name}.safetensors").get("stand_ins") is None
    for place, (cells, masked) in enumerate(zip(inputs.stand_ins, inputs.masked, strict=True)):
        rows = model.rows[:, place]
        assert len(cells) == (0 if masked else STAND_INS)
        if cells:
            scaling = model.model.features
            found = scaling.loc[place] + scaling.scale[place] * torch.tensor(cells).double()
            assert np.abs(found.numpy()[:, None] - rows).min(1).max() <= 1e-4 * float(scaling.scale[place])
            assert float(found.mean()) == pytest.approx(rows.mean(), abs=0.05 * rows.std())


@pytest.mark.parametrize("name", ["vae", "bnn", "vae4", "bnn4"])
def test_an_older_model_predicts_rows_with_gaps(name: str, call: Call, bench: Path) -> None:
    """As wide as its training rows' z, roughly, where nothing is known of x."""
    model = load(OLD / f"{name}.safetensors")
    rows = pd.read_csv(table(name)).head(2)
    rows.loc[1, [column.name for column in model.features]] = np.nan
    rows.to_csv("rows.csv", index=False)
    assert call("predict", OLD / f"{name}.safetensors", "rows.csv", "-q", "-o", "p.csv") == 0
    found = pd.read_csv("p.csv")
    assert 0.3 < found.z_sd[1] / model.rows[:, -1].std() < 3


@pytest.mark.parametrize(("before", "now"), [("impute", "learn"), ("drop", "drop"), ("error", "error")])
def test_to_impute_was_to_learn(before: str, now: str) -> None:
    """Format 4 had another word for what is done about empty cells in training."""
    header = container.describe(OLD / "bnn4.safetensors").header
    columns = {**header["request"]["columns"], "missing": before}
    found, _ = upgraded({**header, "request": {**header["request"], "columns": columns}}, {})
    assert found["request"]["columns"]["missing"] == now


@pytest.mark.parametrize("name", FORMATS)
def test_no_older_target_was_one_of_classes(name: str) -> None:
    model = load(OLD / f"{name}.safetensors")
    assert not model.request.columns.classes
    assert model.classes.shape == (len(model.pit), 0)
    if scores := model.facts["held_out"]:
        none = [None] * len(model.targets)
        assert [scores[key] for key in ("accuracy", "base_accuracy", "base_log_likelihood")] == [none] * 3


def test_an_older_hidden_z_has_one_encoder_in_place_of_two(tmp_path: Path) -> None:
    """Side by side: of the first layer they share the inputs, of the others nothing."""
    old, now = container.load(OLD / "latent4.safetensors"), load(OLD / "latent4.safetensors").model.named()
    header = container.describe(OLD / "latent4.safetensors").header
    assert (header["kind"], header["settings"]["hidden"]) == ("vae", [4, 3])
    for layer, width in enumerate((4, 3, 2)):
        weight, bias = (now[f"encoder.{layer}.{part}"] for part in ("weight", "bias"))
        before = old.tensors[f"mu.{layer}.weight"].shape[1]
        for first, name in ((0, "mu"), (1, "sigma")):
            own = weight[0, :, first * width :][:, :width]
            rows = own if layer == 0 else own[first * before :][:before]
            np.testing.assert_array_equal(rows, old.tensors[f"{name}.{layer}.weight"][0])
            np.testing.assert_array_equal(
                bias[0, 0, first * width :][:width], old.tensors[f"{name}.{layer}.bias"][0, 0]
            )
            assert layer == 0 or not own[(1 - first) * before :][:before].any()


def test_what_an_older_hidden_z_was_trained_for_cannot_be_gone_on_with(
    call: Call, bench: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", table("latent4"), "--max-iterations", "400", "-q", "-o", "more.safetensors"]
    assert call("resume", OLD / "latent4.safetensors", *options) == 4
    assert "state" in capfd.readouterr().err
