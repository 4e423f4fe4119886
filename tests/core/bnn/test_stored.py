"""What a model file holds of a model: all that it takes to make the same model again."""

import math
from pathlib import Path

import pytest
import torch

from aevb_cli.core.bnn import stored
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.model_settings import BnnSettings
from aevb_cli.modelfile import reading
from aevb_cli.modelfile.trained import load
from aevb_cli.settings import ColumnFamilies, Likelihood
from tests.core.bnn.examples import VALUES


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


@pytest.mark.parametrize("family", ["log-normal", "student-t"])
def test_targets_of_location_and_scale_store_no_head(family: Likelihood) -> None:
    assert "head" not in stored.tensors(_of(family, VALUES + 2))


@pytest.mark.parametrize("values", [[0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
def test_targets_of_classes_store_gain_and_offset(values: list[float]) -> None:
    """Those of as many rows of either class too, where both change nothing."""
    model = _of("bernoulli", torch.tensor(values, dtype=torch.float64)[:, None])
    found = stored.tensors(model)["head"]
    assert (found.shape, found.dtype) == ((2, 1), torch.float32)
    gain, offset = found
    assert torch.equal(gain, torch.ones(1))
    assert float(offset) == pytest.approx(math.log((sum(values) + 0.5) / (len(values) - sum(values) + 0.5)), abs=1e-6)


def _of(family: Likelihood, z: torch.Tensor) -> Bnn:
    x = torch.linspace(-1, 1, len(z), dtype=torch.float64)[:, None]
    families = ColumnFamilies({}, {0: family})
    return Bnn.initial(BnnSettings(hidden=()), x, z, 1, torch.Generator().manual_seed(0), families=families)
