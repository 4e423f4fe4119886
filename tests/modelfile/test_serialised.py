"""A model file's bytes without a file are those of the file."""

import hashlib
from pathlib import Path

import pytest

from aevb_cli.errors import ModelFileError
from aevb_cli.modelfile import serialised, trained


@pytest.mark.parametrize("name", ["vae", "bnn", "latent2"])
def test_the_bytes_are_those_of_the_file(name: str, workshop: Path, tmp_path: Path) -> None:
    path = workshop / f"{name}.safetensors"
    model = trained.load(path)
    model.save(tmp_path / "again.safetensors")
    content = (tmp_path / "again.safetensors").read_bytes()
    assert serialised.to_bytes(model) == content
    assert serialised.digest(model) == hashlib.sha256(content).hexdigest()
    assert serialised.to_bytes(serialised.from_bytes(content)) == content


def test_damaged_bytes_are_refused(workshop: Path) -> None:
    content = bytearray((workshop / "vae.safetensors").read_bytes())
    content[-1] ^= 1
    with pytest.raises(ModelFileError, match="damaged"):
        serialised.from_bytes(bytes(content))
