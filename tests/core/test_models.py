"""Every kind of model has an entry, under its settings' name, with what the rest of the tool asks it for."""

import pytest

from aevb_cli.core.models import MODELS


@pytest.mark.parametrize("name", MODELS)
def test_a_kind_is_called_as_its_settings_are(name: str) -> None:
    kind = MODELS[name]
    assert kind.settings.kind == name
    assert kind.settings().networks >= 1
    assert set(kind.terms) == {"expected_log_likelihood", "kl"}


def test_only_a_model_of_x_has_evidence_and_one_of_a_hidden_z_what_is_made_of_it() -> None:
    assert {name for name, kind in MODELS.items() if kind.evidence} == {"vae", "latent"}
    for name, kind in MODELS.items():
        of_hidden = (
            kind.log_px,
            kind.latent,
            kind.draw,
            kind.decode,
            kind.conditional,
            kind.assess,
            kind.worst,
            kind.units,
        )
        assert [bool(each) for each in of_hidden] == [name == "latent"] * len(of_hidden)
