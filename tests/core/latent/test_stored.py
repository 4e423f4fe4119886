"""What a model file holds of a model with a hidden z: all that it takes to make the same model again."""

from pathlib import Path

import pytest
import torch

from aevb_cli.core.latent import stored
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.modelfile import reading
from aevb_cli.modelfile.trained import load
from tests.conftest import Call

ROWS = """count,share,word
0,0.5,a
3,1.5,b
1,,a
7,2.5,c
2,0.1,
5,0.7,b
"""


def check(path: Path) -> LatentVae:
    model = load(path).model
    assert isinstance(model, LatentVae)
    header, arrays = reading.read(path)
    assert isinstance(header.settings, type(model.settings))
    tensors = {key: torch.from_numpy(array) for key, array in arrays.items()}
    again = stored.restored(model.settings, model.inputs, model.features, None, header, tensors)
    assert torch.equal(again.parameters, model.parameters)
    assert stored.header(again) == stored.header(model)
    assert stored.tensors(again).keys() == stored.tensors(model).keys()
    assert torch.equal(again.recalibration.needed, model.recalibration.needed)
    for name in ("loc", "scale", "logs"):
        assert torch.equal(getattr(again.entry, name), getattr(model.entry, name))
    return again


@pytest.mark.parametrize("name", ["latent1", "latent2"])
def test_the_same_model_is_made_again(name: str, workshop: Path) -> None:
    model = check(workshop / f"{name}.safetensors")
    assert len(model.recalibration.needed) > 0


def test_so_is_one_of_counts_words_and_a_learned_prior(call: Call, tmp_path: Path) -> None:
    head, *lines = ROWS.splitlines()
    (tmp_path / "rows.csv").write_text("\n".join([head, *lines * 8]) + "\n")
    options = ("--latent", "2", "--prior", "vamp", "--likelihood", "count=negative-binomial", "--max-iterations", "20")
    assert call("train-vae", "rows.csv", *options, "--no-held-out", "-q", "-o", "m.safetensors") == 0
    model = check(tmp_path / "m.safetensors")
    assert model.likelihoods.names[0] == "negative-binomial"
    assert model.entry.logs.tolist()[0]
    assert "pseudo_inputs" in stored.tensors(model)
    assert len(model.recalibration.needed) == 0
