"""A model for tables that lie elsewhere."""

import shutil
from pathlib import Path

import pytest

from aevb_cli.app import app


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of z given x, trained for a moment."""
    folder = tmp_path_factory.mktemp("trained")
    table, path = str(folder / "d.csv"), folder / "m.safetensors"
    assert app(["simulate", "-o", table], standalone_mode=False) == 0
    few = ("--hidden", "4", "--max-iterations", "10", "--quiet")
    assert app(["train-vae", table, *few, "-o", str(path)], standalone_mode=False) == 0
    return path


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    """The same in a folder of one's own."""
    return Path(shutil.copy(trained, tmp_path))
