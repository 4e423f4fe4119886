"""What a model file says of its hidden variables."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.mixture import Mixture, Predict
from aevb_cli.model_settings import LatentSettings
from aevb_cli.modelfile import checks, container, decoding, trained
from aevb_cli.tasks import hidden_z
from aevb_cli.tasks.hidden_z import units
from tests.core.factor_model import TWO_FACTORS


class Factors:
    """What is asked of a model with a hidden z: the factor model's own posterior."""

    hidden = ("z1", "z2")
    settings = LatentSettings(2)

    def drawn(self, draws: int, generator: Generator) -> Predict:
        assert draws == 1
        assert generator is not None

        def posterior(x: Tensor) -> Mixture:
            mean, covariance = TWO_FACTORS.posterior(x)
            sd = torch.from_numpy(np.sqrt(np.diag(covariance))).expand(1, len(x), 2)
            return Mixture(Normal(torch.from_numpy(mean)[None], sd))

        return posterior


FACTORS: Any = Factors()


def test_a_factor_model_uses_both() -> None:
    found = units(FACTORS, TWO_FACTORS.draw(800, 0).numpy())
    assert found is not None
    assert found["active"] == [True, True]
    assert all(each > 0.1 for each in found["information"])


def test_a_target_is_not_hidden(workshop: Path) -> None:
    model = trained.load(workshop / "vae.safetensors").model
    assert units(model, np.zeros((3, 1))) is None


@pytest.mark.parametrize("name", ["latent1", "latent3"])
def test_a_model_file_carries_them(name: str, workshop: Path) -> None:
    model = trained.load(workshop / f"{name}.safetensors")
    assert len(model.facts["units"]["active"]) == len(model.facts["units"]["information"]) == int(name[-1])
    assert any(model.facts["units"]["active"])
    assert units(model.model, model.rows) == model.facts["units"]


@pytest.mark.parametrize("active", [[True], [True, True, False]])
def test_a_model_file_speaks_of_each_hidden_variable(active: list[bool], workshop: Path) -> None:
    header = container.describe(workshop / "latent2.safetensors").header
    stored = {name: part for name, part in header.items() if name not in container.OWN_KEYS}
    checks.check(decoding.decode(stored))
    stored["result"] = {**header["result"], "units": {"active": active, "information": [0.5] * len(active)}}
    with pytest.raises(ValueError, match="not for each of them"):
        checks.check(decoding.decode(stored))


def test_most_rows_of_a_large_table_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hidden_z, "MOST", 50)
    rows = TWO_FACTORS.draw(500, 0).numpy()
    few = rows[np.linspace(0, 499, 50).astype(int)]
    assert units(FACTORS, rows) == units(FACTORS, few)
