"""The header's records: what is written can be read, and whatever else JSON can hold is refused."""

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aevb_cli.modelfile import container, schema


@pytest.fixture(scope="module", params=["targets", "latent2", "guaranteed"])
def given(request: pytest.FixtureRequest, workshop: Path) -> dict[str, Any]:
    header = container.describe(workshop / f"{request.param}.safetensors").header
    return {name: part for name, part in header.items() if name not in container.OWN_KEYS}


def test_what_is_written_is_read(given: dict[str, Any]) -> None:
    header = schema.decode(given)
    assert header.settings.kind == given["kind"]
    assert [column.name for column in header.columns.features] == [
        each["name"] for each in given["columns"]["features"]
    ]


@pytest.mark.parametrize("key", ["kind", "versions", "columns", "settings", "scaling", "inputs", "families", "training",
                                 "request", "result", "calibration", "recalibration", "guarantee"])  # fmt: skip
def test_every_key_is_needed_and_has_its_type(key: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="missing"):
        schema.decode({name: part for name, part in given.items() if name != key})
    for value in ("word", 1, [[1]], {"a": 1}, True, 0.5):
        with pytest.raises(ValueError, match=r"Expected|Invalid|missing|unknown"):
            schema.decode({**given, key: value})


@pytest.mark.parametrize("part", ["settings", "training", "inputs", "columns", "result", "request", "families"])
def test_no_key_too_many_and_none_too_few(part: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown|too many"):
        schema.decode({**given, part: {**given[part], "colour": "red"}})
    for key in given[part]:
        with pytest.raises(ValueError, match="missing"):
            schema.decode({**given, part: {name: value for name, value in given[part].items() if name != key}})


@pytest.mark.parametrize("value", [True, 2.5, "1", None, [1], -math.inf])
def test_a_number_of_another_type(value: object, given: dict[str, Any]) -> None:
    for part, key in (("training", "seed"), ("training", "patience"), ("result", "rows")):
        with pytest.raises(ValueError, match="Expected"):
            schema.decode({**given, part: {**given[part], key: value}})


@pytest.mark.parametrize("text", ["\ud800", "a\0b"])
def test_a_text_that_no_file_can_hold(text: str, given: dict[str, Any]) -> None:
    changes: list[Callable[[dict[str, Any]], None]] = [
        lambda header: header["columns"]["features"][0].update(name=text),
        lambda header: header["versions"].update({text: "1"}),
        lambda header: header["request"]["read"].update(separator=text),
        lambda header: header["request"]["columns"].update(target=[text]),
    ]
    for change in changes:
        forged = copy.deepcopy(given)
        change(forged)
        with pytest.raises(ValueError, match=r"NUL|surrogate"):
            schema.decode(forged)


def test_a_backslash_is_no_nul(given: dict[str, Any]) -> None:
    forged = copy.deepcopy(given)
    forged["columns"]["features"][0]["name"] = "\\u0000"
    schema.decode(forged)
    forged["columns"]["features"][0]["name"] = "\\\0"
    with pytest.raises(ValueError, match="NUL"):
        schema.decode(forged)


def test_the_path_of_a_table_may_be_any_that_a_file_can_have(given: dict[str, Any]) -> None:
    def named(data: str) -> dict[str, Any]:
        return {**given, "request": {**given["request"], "data": [data]}}

    assert schema.decode(named("caf\udce9.csv")).request.data == ("caf\udce9.csv",)  # not UTF-8
    for impossible in ("a\0b", "\ud800"):
        with pytest.raises(ValueError, match=r"NUL|surrogate"):
            schema.decode(named(impossible))


@pytest.mark.parametrize("scale", [0.0, -1.0, 1e200, 1e-200])
def test_a_scale_that_cannot_be_computed_with(scale: float, given: dict[str, Any]) -> None:
    forged = copy.deepcopy(given)
    forged["scaling"]["features"]["scale"][0] = scale
    with pytest.raises(ValueError, match="Expected `float`"):
        schema.decode(forged)


def test_a_calibration_of_whole_numbers_is_of_another_program(given: dict[str, Any]) -> None:
    forged = copy.deepcopy(given)
    whole = forged["calibration"] if isinstance(forged["calibration"], list) else forged["calibration"]["between"]
    whole[0] = 1
    with pytest.raises(ValueError, match="whole number"):
        schema.decode(forged)
