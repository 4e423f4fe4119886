"""Model files of an older format, as the versions of their time wrote them, with what these predicted."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aevb_cli.modelfile import container as modelfile
from tests.conftest import Call

OLD = Path(__file__).parents[1] / "old_models"


@pytest.mark.parametrize(("name", "version"), [("vae", 1), ("bnn", 1), ("bnn2", 2)])
def test_an_older_model_predicts_what_it_did(name: str, version: int, call: Call, bench: Path) -> None:
    model = OLD / f"{name}.safetensors"
    assert modelfile.read_header(model)["format"] == version
    wanted = pd.read_csv(OLD / f"{name}.predictions.csv")
    pd.read_csv(OLD / "data.csv").head(3).to_csv("rows.csv", index=False)
    assert call("predict", model, "rows.csv", "-q", "-o", "p.csv") == 0
    found = pd.read_csv("p.csv")
    assert list(found) == list(wanted)
    if name != "bnn":  # single precision
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
        return
    # The draws are others: 1000 of them know a mean to sd / sqrt(1000), an sd to sd / sqrt(2000); four standard errors.
    error = 4 * (wanted.z_sd_epistemic**2 + found.z_sd_epistemic**2) ** 0.5
    assert ((found.z_mean - wanted.z_mean).abs() < error / 1000**0.5).all()
    assert ((found.z_sd_epistemic - wanted.z_sd_epistemic).abs() < error / 2000**0.5).all()


@pytest.mark.parametrize("name", ["vae", "bnn", "bnn2"])
def test_an_older_model_is_read_by_every_command(name: str, call: Call, bench: Path) -> None:
    model = OLD / f"{name}.safetensors"
    assert call("inspect", model) == 0
    assert call("plot", model, "-o", "p.png") == 0
    assert call("evaluate", model, OLD / "data.csv", "--draws", "20") == 0


def test_an_older_state_is_not_gone_on_with(call: Call, bench: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.copy(OLD / "vae.safetensors", "old.safetensors")
    code = call("resume", "old.safetensors", "--data", OLD / "data.csv", "--max-iterations", "400", "-q")
    assert code == 4
    assert "training state does not fit" in capfd.readouterr().err
