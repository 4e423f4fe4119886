"""What a header says of its columns: how cells were read and written, and what stands in for one that is missing."""

from pathlib import Path
from typing import Any

import pytest

from aevb_cli.modelfile import checks, decoding
from tests.modelfile.test_checks import given, words


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"digits": -1, "words": ["no", "yes"]}, True),
        ({"digits": -2}, False),
        ({"digits": 10**6}, False),
        ({"digits": 0, "fixed": 2}, True),
        ({"fixed": -1}, False),
        ({"fixed": 10**6}, False),
        ({"words": ["no"]}, False),
    ],
)
def test_how_cells_were_written(changes: dict[str, Any], fits: bool, workshop: Path) -> None:
    header = given(workshop / "latent2.safetensors")
    forms = header["columns"]["forms"]
    assert [form["name"] for form in forms] == ["x1", "x2", "x3", "x4", "x5"]
    forms[0].update(changes)
    if fits:
        checks.check(decoding.decode(header))
        return
    with pytest.raises(ValueError, match="cannot have been written as it says"):
        checks.check(decoding.decode(header))


def test_two_forms_of_one_column(workshop: Path) -> None:
    header = given(workshop / "latent2.safetensors")
    header["columns"]["forms"][1]["name"] = "x1"
    with pytest.raises(ValueError, match="cannot have been written as it says"):
        checks.check(decoding.decode(header))


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        (words("a", "b"), True),
        (words("a", "b", "other", kind="words", rest="other"), True),
        (words("a", "b", kind="words", rest="other"), False),
        (words(kind="words"), False),
        (words("-1", "2.5", "1e+22", kind="code"), True),
        (words("1", "one", kind="code"), False),
        (words("1", "nan", kind="code"), False),
        (words("1", "1_0", kind="code"), False),
        (words("1", "1e999", kind="code"), False),
        (words("1", "1.0", kind="code"), False),
        (words("1", "2", kind="code", rest="2"), False),
        (words(kind="code"), False),
        (words(kind="number", thousands=","), True),
        (words(kind="number", decimal=",", thousands="."), True),
        (words(kind="number", decimal=",", thousands=","), False),
        (words("1", "2", kind="number"), False),
        (words(kind="number", rest="a"), False),
        (words(kind="boolean"), True),
        (words("yes", "no", kind="boolean"), False),
        (words(kind="time"), True),
        (words("12:00", "13:00", kind="time"), False),
        (words(kind="date", part="season, sine"), True),
        (words("Monday", "Sunday", kind="date", part="weekday"), True),
        (words("Monday", "Freitag", kind="date", part="weekday"), False),
        (words(kind="date", part="weekday"), False),
        (words("Monday", "Sunday", kind="date", part="days"), False),
        (words("Monday", "Sunday", kind="date", part="weekday", rest="Sunday"), False),
    ],
)
def test_words_are_those_that_cells_are_read_as(change: dict[str, Any], fits: bool, workshop: Path) -> None:
    header = given(workshop / "bnn.safetensors")
    feature, count = header["columns"]["features"][0], len(change["categories"])
    feature.update(change)
    header["inputs"] |= {"categories": [count]} | ({"edges": [[]], "low": [0], "high": [1]} if count else {})
    header["inputs"]["stand_ins"] = [[0.0] * len(header["inputs"]["stand_ins"][0])]
    if fits:
        checks.check(decoding.decode(header))
        return
    with pytest.raises(ValueError, match="a column cannot have been read as it says"):
        checks.check(decoding.decode(header))


@pytest.mark.parametrize(
    ("cells", "fits"),
    [([0, 1, 2], True), ([0, 1, 3], False), ([0, 0.5, 1], False), ([-1, 0, 1], False), ([], False), ([0] * 129, False)],
)
def test_stand_ins_of_words_are_codes(cells: list[float], fits: bool, workshop: Path) -> None:
    header = given(workshop / "bnn.safetensors")
    inputs, numbers = header["inputs"], [0.0] * len(cells)
    header["columns"]["features"].append(
        {**header["columns"]["features"][0], "name": "k", "categories": ["a", "b", "c"]}
    )
    header["scaling"]["features"] = {"loc": [0.0, 0.0], "scale": [1.0, 1.0]}
    header["inputs"] |= {"categories": [0, 3], "masked": [False, False], "low": [0, -1], "high": [1, 3]}
    header["inputs"] |= {"edges": [inputs["edges"][0], []], "stand_ins": [numbers, [float(cell) for cell in cells]]}
    if fits:
        checks.check(decoding.decode(header))
        header["inputs"]["masked"][1] = True  # then it has none
    with pytest.raises(ValueError, match="stand in for one that is not known"):
        checks.check(decoding.decode(header))


def test_a_model_of_an_older_format_has_no_stand_ins(workshop: Path) -> None:
    header = given(workshop / "bnn.safetensors")
    header["inputs"]["stand_ins"] = []
    checks.check(decoding.decode(header))
