"""Model files beside what safetensors' own library makes of the same tensors."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from aevb_cli.modelfile import container

TYPES = ("u8", "i8", "f8", "f4", "u4", "i4", "f2", "u2", "i2", "i1", "u1", "?")
OTHERS = {"none": np.zeros((0, 3)), "scalar": np.array(1.5), "steps": np.arange(12.0)[::3]}


@pytest.mark.parametrize("text", ["plain", '"quoted"\\', "\n\t\x01\x7f", "größe", "\U0001f600"])
def test_the_bytes_are_those_that_it_writes(text: str, tmp_path: Path) -> None:
    """Of tensors of all types, views among them, and of texts that have to be escaped."""
    arrays = {f"{name}.{kind}": np.arange(12).reshape(3, 4)[:, ::2].astype(kind).T for kind in TYPES for name in "ba"}
    arrays |= OTHERS
    path = tmp_path / "m.safetensors"
    container.save(path, {"text": text}, arrays)
    written = path.read_bytes()
    metadata = json.loads(written[8 : 8 + int.from_bytes(written[:8], "little")])["__metadata__"]
    assert text in json.loads(metadata["aevb"].partition(" ")[2])["text"]
    assert written == save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata)
    for name, array in load_file(path).items():
        np.testing.assert_array_equal(array, np.atleast_1d(arrays[name]))
