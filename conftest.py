"""The examples in the docstrings of the Python door run in a folder with the table and the models that they name."""

import shutil
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import workshop

__all__ = ["workshop"]
collect_ignore_glob = [] if find_spec("skpro") else ["aevb_cli/skpro/*", "tests/skpro/*"]
"""skpro wants an older pandas than the tests: .ci/run installs it all the same, and runs its tests by themselves."""

EXAMPLES = [Path(__file__).parent / "aevb_cli" / folder for folder in ("api", "sklearn", "skpro")]


@pytest.fixture(autouse=True)
def _at_hand(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not isinstance(request.node, pytest.DoctestItem) or not set(EXAMPLES) & set(request.node.path.parents):
        yield
        return
    for name in ("data.csv", "vae.safetensors", "bnn.safetensors"):
        shutil.copy(request.getfixturevalue("workshop") / name, tmp_path)
    shutil.copy(request.getfixturevalue("workshop") / "latent2.safetensors", tmp_path / "latent.safetensors")
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Not converged|.*too few to|the .* interval holds|.*this model was trained on"
        )
        yield
