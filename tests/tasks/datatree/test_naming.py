"""Names that netCDF has, each once."""

from dataclasses import replace
from pathlib import Path

import pytest

from aevb_cli.modelfile import trained
from aevb_cli.settings import Column
from aevb_cli.tasks.datatree.naming import Naming


@pytest.mark.parametrize(
    ("targets", "features", "expected"),
    [
        (("z",), ("x", "w"), (("z",), ("x", "w"))),
        (("draw",), ("row", "chain"), (("draw_",), ("row_", "chain_"))),
        (("km/h",), ("km_h", " a\n b "), (("km_h",), ("km_h_", "a_ b"))),
        (("word",), ("word_class", "."), (("word",), ("word_class_", "_"))),
        (("z",), ("größe", "/"), (("z",), ("größe", "_"))),
    ],
)
def test_names(
    targets: tuple[str, ...], features: tuple[str, ...], expected: tuple[tuple[str, ...], ...], workshop: Path
) -> None:
    model = trained.load(workshop / "bnn.safetensors")
    model = replace(model, targets=tuple(map(Column, targets)), features=tuple(map(Column, features)))
    found = Naming.of(model)
    assert (found.targets, found.features) == expected
