"""What a header says of how cells were written."""

from pathlib import Path
from typing import Any

import pytest

from aevb_cli.modelfile import checks, schema
from tests.modelfile.test_checks import given


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"digits": -1, "words": ["no", "yes"]}, True),
        ({"digits": -2}, False),
        ({"digits": 10**6}, False),
        ({"words": ["no"]}, False),
    ],
)
def test_how_cells_were_written(changes: dict[str, Any], fits: bool, workshop: Path) -> None:
    header = given(workshop / "latent2.safetensors")
    forms = header["columns"]["forms"]
    assert [form["name"] for form in forms] == ["x1", "x2", "x3", "x4", "x5"]
    forms[0].update(changes)
    if fits:
        checks.check(schema.decode(header))
        return
    with pytest.raises(ValueError, match="cannot have been written as it says"):
        checks.check(schema.decode(header))


def test_two_forms_of_one_column(workshop: Path) -> None:
    header = given(workshop / "latent2.safetensors")
    header["columns"]["forms"][1]["name"] = "x1"
    with pytest.raises(ValueError, match="cannot have been written as it says"):
        checks.check(schema.decode(header))
