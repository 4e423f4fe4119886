"""A model whose targets are classes comes back, and classes that cannot be are refused."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.errors import ModelFileError
from aevb_cli.modelfile import container as modelfile
from aevb_cli.modelfile import trained
from tests.modelfile.classes import of_classes

Change = Callable[[dict[str, Any], dict[str, np.ndarray]], None]


def _tensor(name: str, make: Callable[[np.ndarray], np.ndarray]) -> Change:
    def change(_: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
        tensors[name] = make(tensors[name])

    return change


def _cell(name: str, column: int, value: float) -> Change:
    """Another value in the first row of a tensor."""

    def change(array: np.ndarray) -> np.ndarray:
        forged = array.copy()
        forged[0, column] = value
        return forged

    return _tensor(name, change)


@pytest.mark.parametrize("noise_model", ["input", "constant"])
def test_targets_of_classes_come_back(noise_model: Literal["input", "constant"], tmp_path: Path) -> None:
    model = of_classes(noise_model)
    model.save(tmp_path / "m.safetensors")
    again = trained.load(tmp_path / "m.safetensors")
    assert (again.targets, again.request) == (model.targets, model.request)
    np.testing.assert_array_equal(again.classes, model.classes)
    assert isinstance(model.model, Bnn)
    assert isinstance(again.model, Bnn)
    assert again.model.head == model.model.head
    for found, wanted in (
        (again.model.head.gain, model.model.head.gain),
        (again.model.head.offset, model.model.head.offset),
        (again.model.targets.ends, model.model.targets.ends),
    ):
        assert found is not None
        assert wanted is not None
        assert torch.equal(found, wanted)
    z = torch.from_numpy(model.rows[:, 1:])
    assert again.model.targets.units == model.model.targets.units == ("standard", "plain", "pair", "pair", "log")
    assert torch.equal(again.model.targets.standardise(z), model.model.targets.standardise(z))
    again.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "m.safetensors").read_bytes()


def test_targets_of_numbers_have_no_units_and_no_classes(workshop: Path) -> None:
    model = trained.load(workshop / "bnn.safetensors")
    assert isinstance(model.model, Bnn)
    assert (model.model.targets.units, model.model.head.gain) == ((), None)
    assert model.classes.shape == (len(model.pit), 0)


FORGED: dict[str, tuple[Change, str]] = {
    "a class beyond the last": (_cell("held_out.classes", 0, 3.0), "a class that its target does not know"),
    "half a class": (_cell("held_out.classes", 4, 0.5), "a class that its target does not know"),
    "no class": (_cell("held_out.classes", 7, np.nan), "not finite"),
    "a negative probability": (_cell("held_out.classes", 1, -0.25), "do not add up to 1"),
    "no probability": (_cell("held_out.classes", 9, np.nan), "not finite"),
    "a probability too many": (_cell("held_out.classes", 5, 1.0), "do not add up to 1"),
    "a gain that is not finite": (_cell("head", 0, np.inf), "not finite"),
    "an offset that is none": (
        _tensor("head", lambda head: head * np.array([[1], [np.nan]], np.float32)),
        "not finite",
    ),
    "a row of no class": (_tensor("rows", lambda rows: rows - 1), "a word that its column does not know"),
    "a family of numbers": (lambda header, _: header["families"].update(targets=["gaussian"] * 5), "does not suit"),
    "other families of classes": (
        lambda header, _: header["families"]["targets"].__setitem__(3, "gaussian"),
        "not those of numbers, or of classes",
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_classes_that_cannot_be(name: str, tmp_path: Path) -> None:
    of_classes().save(tmp_path / "m.safetensors")
    stored = modelfile.load(tmp_path / "m.safetensors")
    header, tensors = copy.deepcopy(stored.header), dict(stored.tensors)
    change, match = FORGED[name]
    change(header, tensors)
    modelfile.save(tmp_path / "forged", {k: v for k, v in header.items() if k != "format"}, tensors)
    with pytest.raises(ModelFileError, match=match):
        trained.load(tmp_path / "forged")


def test_a_vae_s_targets_have_the_units_of_their_families(workshop: Path, tmp_path: Path) -> None:
    stored = modelfile.load(workshop / "vae.safetensors")
    header = {name: part for name, part in stored.header.items() if name not in modelfile.OWN_KEYS}
    header["families"]["targets"] = ["log-normal"]
    modelfile.save(tmp_path / "m.safetensors", header, stored.tensors)
    found = trained.load(tmp_path / "m.safetensors").model
    assert found.targets is not None
    assert found.targets.units == ("log",)
