"""What is predicted of the rows of a model file is what predict says of them."""

from pathlib import Path

import numpy as np
import pytest

import aevb_cli as aevb
from aevb_cli.tasks.reporting.predicted import Predicted
from tests.tasks.reporting.models import loaded


def test_it_is_what_predict_says(workshop: Path) -> None:
    model = loaded(workshop, "bnn")
    found = Predicted(model, 40, 0)
    expected = aevb.load(workshop / "bnn.safetensors").predict(workshop / "data.csv", draws=40)
    for name, column in (("mean", "z_mean"), ("lower", "z_lower_90"), ("epistemic", "z_sd_epistemic")):
        np.testing.assert_allclose(found.of_rows[f"0 {name}"], expected[column], rtol=1e-5)
    variance = (expected["z_sd_epistemic"] ** 2).mean(), (expected["z_sd"] ** 2).mean()
    (share,) = found.epistemic_shares
    assert share == pytest.approx(variance[0] / variance[1], rel=1e-5)


def test_of_classes_shares_of_the_entropy(kinds: Path) -> None:
    found = Predicted(loaded(kinds, "answer"), 40, 0)
    (share,) = found.epistemic_shares
    expected = aevb.load(kinds / "answer.safetensors").predict(kinds / "kinds.csv", draws=40)
    parts = expected["answer_entropy_epistemic"].mean(), expected["answer_entropy"].mean()
    assert share == pytest.approx(parts[0] / parts[1], rel=1e-4)
