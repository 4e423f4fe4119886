"""What types do not say of a header: no key too many, no text that a file cannot hold, no number of another program."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aevb_cli.modelfile import decoding
from tests.modelfile.test_checks import given as of_file


@pytest.fixture(scope="module", params=["targets", "latent2", "guaranteed"])
def given(request: pytest.FixtureRequest, workshop: Path) -> dict[str, Any]:
    return of_file(workshop / f"{request.param}.safetensors")


@pytest.mark.parametrize("part", ["settings", "training", "inputs", "columns", "result", "request", "families"])
def test_no_key_too_many_and_none_too_few(part: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown|too many"):
        decoding.decode({**given, part: {**given[part], "colour": "red"}})
    for key in given[part]:
        with pytest.raises(ValueError, match="missing"):
            decoding.decode({**given, part: {name: value for name, value in given[part].items() if name != key}})


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
            decoding.decode(forged)


def test_a_backslash_is_no_nul(given: dict[str, Any]) -> None:
    forged = copy.deepcopy(given)
    forged["columns"]["features"][0]["name"] = "\\u0000"
    decoding.decode(forged)
    forged["columns"]["features"][0]["name"] = "\\\0"
    with pytest.raises(ValueError, match="NUL"):
        decoding.decode(forged)


def test_the_path_of_a_table_may_be_any_that_a_file_can_have(given: dict[str, Any]) -> None:
    def named(data: str) -> dict[str, Any]:
        return {**given, "request": {**given["request"], "data": [data]}}

    assert decoding.decode(named("caf\udce9.csv")).request.data == ("caf\udce9.csv",)  # not UTF-8
    for impossible in ("a\0b", "\ud800"):
        with pytest.raises(ValueError, match=r"NUL|surrogate"):
            decoding.decode(named(impossible))


@pytest.mark.parametrize("given", ["targets", "guaranteed"], indirect=True)
def test_a_calibration_of_whole_numbers_is_of_another_program(given: dict[str, Any]) -> None:
    forged = copy.deepcopy(given)
    whole = forged["calibration"] if isinstance(forged["calibration"], list) else forged["calibration"]["between"]
    whole[0] = 1
    with pytest.raises(ValueError, match="whole number"):
        decoding.decode(forged)
