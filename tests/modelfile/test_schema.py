"""The header's records: what is written can be read, and whatever else JSON can hold is refused."""

import copy
import math
from pathlib import Path
from typing import Any

import pytest

from aevb_cli.modelfile import decoding
from tests.modelfile.test_checks import given as of_file


@pytest.fixture(scope="module", params=["targets", "latent2", "guaranteed"])
def given(request: pytest.FixtureRequest, workshop: Path) -> dict[str, Any]:
    return of_file(workshop / f"{request.param}.safetensors")


def test_what_is_written_is_read(given: dict[str, Any]) -> None:
    header = decoding.decode(given)
    assert header.settings.kind == given["kind"]
    assert [column.name for column in header.columns.features] == [
        each["name"] for each in given["columns"]["features"]
    ]


def test_every_key_is_needed_and_has_its_type(given: dict[str, Any]) -> None:
    for key in given:
        with pytest.raises(ValueError, match="missing"):
            decoding.decode({name: part for name, part in given.items() if name != key})
        for value in ("word", 1, [[1]], {"a": 1}, True, 0.5):
            with pytest.raises(ValueError, match=r"Expected|Invalid|missing|unknown"):
                decoding.decode({**given, key: value})


@pytest.mark.parametrize("value", [True, 2.5, "1", None, [1], -math.inf])
def test_a_number_of_another_type(value: object, given: dict[str, Any]) -> None:
    for part, key in (("training", "seed"), ("training", "patience"), ("result", "rows")):
        with pytest.raises(ValueError, match="Expected"):
            decoding.decode({**given, part: {**given[part], key: value}})


@pytest.mark.parametrize("scale", [0.0, -1.0, 1e200, 1e-200])
def test_a_scale_that_cannot_be_computed_with(scale: float, given: dict[str, Any]) -> None:
    forged = copy.deepcopy(given)
    forged["scaling"]["features"]["scale"][0] = scale
    with pytest.raises(ValueError, match="Expected `float`"):
        decoding.decode(forged)
