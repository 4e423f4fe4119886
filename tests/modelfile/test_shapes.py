"""The tensors that a header asks for: those that a model has, told in no time whatever the numbers are."""

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aevb_cli.core.models import MODELS
from aevb_cli.errors import ModelFileError
from aevb_cli.modelfile import container, decoding, reading, schema, shapes
from aevb_cli.modelfile.trained import load
from tests.modelfile.classes import of_classes

MODEL_NAMES = ["vae", "several", "targets", "latent1", "latent3", "bnn", "guaranteed"]


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_model_has_the_tensors_that_its_header_asks_for(name: str, workshop: Path) -> None:
    trained = load(workshop / f"{name}.safetensors")
    header, tensors = reading.read(workshop / f"{name}.safetensors")
    shapes.check(header, tensors)
    found = MODELS[trained.model.settings.kind].tensors(trained.model)
    assert {key: tuple(tensor.shape) for key, tensor in found.items()} == {key: tensors[key].shape for key in found}


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_none_may_be_missing_of_another_shape_or_too_many(name: str, workshop: Path) -> None:
    header, tensors = reading.read(workshop / f"{name}.safetensors")
    for key, array in tensors.items():
        with pytest.raises(ValueError, match=rf"'{key}|'state\.|missing|not expected"):
            shapes.check(header, {other: values for other, values in tensors.items() if other != key})
        with pytest.raises(ValueError, match="has the shape"):
            shapes.check(header, {**tensors, key: array[None]})
        if array.size:
            with pytest.raises(ValueError, match="is of type"):
                shapes.check(header, {**tensors, key: array.astype(np.complex64)})
    with pytest.raises(ValueError, match="'other' is not expected"):
        shapes.check(header, {**tensors, "other": np.zeros(3)})


def _billion_words(header: dict[str, Any]) -> None:
    header["inputs"]["categories"][0] = 10**9


def _billion_frequencies(header: dict[str, Any]) -> None:
    header["inputs"]["frequencies"] = 10**9


def _wide(header: dict[str, Any]) -> None:
    header["settings"]["hidden"] = [10**9, 10**9]


def _deep(header: dict[str, Any]) -> None:
    header["settings"]["hidden"] = [1] * 5_000_000


def _many(header: dict[str, Any]) -> None:
    header["settings"]["members"] = 10**9


@pytest.mark.parametrize("change", [_billion_words, _billion_frequencies, _wide, _deep, _many])
def test_numbers_beyond_all_measure_are_refused_at_once(change: Callable[..., None], workshop: Path) -> None:
    _, tensors = reading.read(workshop / "bnn.safetensors")
    given = copy.deepcopy(container.describe(workshop / "bnn.safetensors").header)
    change(given)
    header = decoding.decode({name: part for name, part in given.items() if name not in container.OWN_KEYS})
    start = time.process_time()
    with pytest.raises(ValueError, match=r"has the shape|fewer tensors"):
        shapes.check(header, tensors)
    assert time.process_time() - start < 0.5


def test_such_a_file_is_refused(workshop: Path, tmp_path: Path) -> None:
    stored = container.load(workshop / "bnn.safetensors")
    header = {name: part for name, part in stored.header.items() if name not in container.OWN_KEYS}
    container.save(tmp_path / "m", {**header, "settings": {**header["settings"], "hidden": [10**9]}}, stored.tensors)
    with pytest.raises(ModelFileError, match="do not fit together"):
        load(tmp_path / "m")


@pytest.fixture(params=["input", "constant"])
def of_targets(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[schema.Header, dict[str, np.ndarray]]:
    """Of a model with targets of several kinds."""
    of_classes(request.param).save(tmp_path / "m.safetensors")
    return reading.read(tmp_path / "m.safetensors")


def test_targets_of_classes_have_tensors_of_their_own(of_targets: tuple[schema.Header, dict[str, np.ndarray]]) -> None:
    header, tensors = of_targets
    shapes.check(header, tensors)
    assert shapes.classes(header) == [0, 3, 2, 2, 0]
    assert tensors["held_out.classes"].shape == (7, 4 + 3 + 3)
    assert isinstance(header, schema.BnnHeader)
    constant = header.settings.noise_model == "constant"
    assert tensors["head"].shape == (2, 1 + 3 + 1 + 1 + 1 if constant else 2 + 3 + 1 + 1 + 2)
    for name in ("head", "held_out.classes"):
        with pytest.raises(ValueError, match=f"'{name}' is missing"):
            shapes.check(header, {key: array for key, array in tensors.items() if key != name})
        for forged in (tensors[name][:, 1:], tensors[name][1:], tensors[name][None]):
            with pytest.raises(ValueError, match=f"'{name}' has the shape"):
                shapes.check(header, {**tensors, name: forged})
        with pytest.raises(ValueError, match=f"'{name}' is of type"):
            shapes.check(header, {**tensors, name: tensors[name].astype(np.float16)})


@pytest.mark.parametrize("name", ["head", "held_out.classes"])
def test_targets_of_numbers_have_none_of_them(name: str, workshop: Path) -> None:
    header, tensors = reading.read(workshop / "bnn.safetensors")
    with pytest.raises(ValueError, match=f"'{name}' is not expected"):
        shapes.check(header, {**tensors, name: np.zeros((2, 2), np.float32)})


def test_very_many_words_of_a_target_are_refused_at_once(
    of_targets: tuple[schema.Header, dict[str, np.ndarray]], tmp_path: Path
) -> None:
    stored = container.load(tmp_path / "m.safetensors")
    header = {name: part for name, part in stored.header.items() if name not in container.OWN_KEYS}
    header["columns"]["targets"][1]["categories"] = [str(word) for word in range(10**6)]
    container.save(tmp_path / "forged", header, stored.tensors)
    start = time.process_time()
    with pytest.raises(ModelFileError, match="do not fit together"):
        load(tmp_path / "forged")
    assert time.process_time() - start < 5
