"""What a model file holds of a model: all that it takes to make the same model again."""

from pathlib import Path

import pytest
import torch

from aevb_cli.core.vae import stored
from aevb_cli.core.vae.model import Vae
from aevb_cli.modelfile import reading
from aevb_cli.modelfile.trained import load


@pytest.mark.parametrize("name", ["vae", "targets"])
def test_the_same_model_is_made_again(name: str, workshop: Path) -> None:
    model = load(workshop / f"{name}.safetensors").model
    assert isinstance(model, Vae)
    header, arrays = reading.read(workshop / f"{name}.safetensors")
    assert isinstance(header.settings, type(model.settings))
    tensors = {key: torch.from_numpy(array) for key, array in arrays.items()}
    again = stored.restored(model.settings, model.inputs, model.features, model.targets, header, tensors)
    assert torch.equal(again.parameters, model.parameters)
    assert stored.header(again) == stored.header(model)
    assert stored.tensors(again).keys() == stored.tensors(model).keys()
