"""What a model file says of its hidden variables."""

from pathlib import Path

import numpy as np
import pytest

from aevb_cli.modelfile import checks, container, schema, trained
from aevb_cli.tasks import hidden_units
from aevb_cli.tasks.hidden_units import hidden_facts
from tests.core.factor_model import TWO_FACTORS


def test_a_factor_model_uses_both() -> None:
    found = hidden_facts(TWO_FACTORS.vae(), TWO_FACTORS.draw(800, 0).numpy())
    assert found is not None
    assert found["active"] == [True, True]
    assert all(each > 0.1 for each in found["information"])


def test_a_target_is_not_hidden(workshop: Path) -> None:
    model = trained.load(workshop / "vae.safetensors").model
    assert hidden_facts(model, np.zeros((3, 1))) is None


@pytest.mark.parametrize("name", ["latent1", "latent3"])
def test_a_model_file_carries_them(name: str, workshop: Path) -> None:
    model = trained.load(workshop / f"{name}.safetensors")
    assert len(model.facts["hidden"]["active"]) == len(model.facts["hidden"]["information"]) == int(name[-1])
    assert any(model.facts["hidden"]["active"])
    assert hidden_facts(model.model, model.rows) == model.facts["hidden"]


@pytest.mark.parametrize("active", [[True], [True, True, False]])
def test_a_model_file_speaks_of_each_hidden_variable(active: list[bool], workshop: Path) -> None:
    header = container.describe(workshop / "latent2.safetensors").header
    stored = {name: part for name, part in header.items() if name not in container.OWN_KEYS}
    checks.check(schema.decode(stored))
    stored["result"] = {**header["result"], "hidden": {"active": active, "information": [0.5] * len(active)}}
    with pytest.raises(ValueError, match="not for each of them"):
        checks.check(schema.decode(stored))


def test_most_rows_of_a_large_table_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hidden_units, "MOST", 50)
    rows = TWO_FACTORS.draw(500, 0).numpy()
    few = rows[np.linspace(0, 499, 50).astype(int)]
    assert hidden_facts(TWO_FACTORS.vae(), rows) == hidden_facts(TWO_FACTORS.vae(), few)
