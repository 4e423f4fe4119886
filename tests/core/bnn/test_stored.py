"""What a model file holds of a model: all that it takes to make the same model again."""

from pathlib import Path

import pytest
import torch

from aevb_cli.core.bnn import stored
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.modelfile import reading
from aevb_cli.modelfile.trained import load


@pytest.mark.parametrize("name", ["bnn", "guaranteed"])
def test_the_same_model_is_made_again(name: str, workshop: Path) -> None:
    model = load(workshop / f"{name}.safetensors").model
    assert isinstance(model, Bnn)
    header, arrays = reading.read(workshop / f"{name}.safetensors")
    assert isinstance(header.settings, type(model.settings))
    tensors = {key: torch.from_numpy(array) for key, array in arrays.items()}
    again = stored.restored(model.settings, model.inputs, model.features, model.targets, header, tensors)
    assert torch.equal(again.parameters, model.parameters)
    assert stored.header(again) == stored.header(model)
    assert stored.tensors(again).keys() == stored.tensors(model).keys()


def test_folds_that_no_member_has_are_refused(workshop: Path) -> None:
    path = workshop / "guaranteed.safetensors"
    header, arrays = reading.read(path)
    model = load(path).model
    assert isinstance(model, Bnn)
    tensors = {key: torch.from_numpy(array) for key, array in arrays.items()}
    for fold in (-1, 5):
        forged = {**tensors, "guarantee.fold": torch.full_like(tensors["guarantee.fold"], fold)}
        with pytest.raises(ValueError, match="folds are not the members'"):
            stored.restored(model.settings, model.inputs, model.features, model.targets, header, forged)
