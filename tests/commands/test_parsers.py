"""What the words of an option mean, and the advice where they mean nothing."""

import math
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli.commands import parsers
from tests.conftest import Call


@pytest.mark.parametrize(
    ("text", "expected"),
    [("25", (25,)), ("25,25", (25, 25)), (" 1 , 300,7 ", (1, 300, 7)), ("007", (7,))],
)
def test_widths(text: str, expected: tuple[int, ...]) -> None:
    assert parsers.widths(text) == expected


@pytest.mark.parametrize(
    "text", ["", ",", "25,", ",25", "25,,25", "0", "25,0", "-1", "+5", "2.5", "1e3", "25 25", "25;25", "²", "x", "nan"]
)
def test_widths_that_are_none(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a list of widths"):
        parsers.widths(text)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=9))
def test_widths_are_read_as_they_are_written(layers: list[int]) -> None:
    assert parsers.widths(",".join(map(str, layers))) == tuple(layers)


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_level_is_any_number_between_0_and_1(number: float) -> None:
    assert parsers.level(repr(number)) == number


@given(st.one_of(st.floats(max_value=0), st.floats(min_value=1), st.just(math.nan)))
def test_a_level_is_no_other_number(number: float) -> None:
    with pytest.raises(typer.BadParameter, match="does not lie between 0 and 1"):
        parsers.level(repr(number))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("90", r"did you mean 0\.9\?"),
        ("90%", r"did you mean 0\.9\?"),
        ("99.5%", r"did you mean 0\.995\?"),
        ("0.9%", r"write, say, 0\.9\."),
        ("100", r"write, say, 0\.9\."),
        ("0,9", r"write, say, 0\.9\."),
        ("", r"write, say, 0\.9\."),
        ("wide", r"write, say, 0\.9\."),
    ],
)
def test_a_level_that_is_none_comes_with_advice(text: str, advice: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"does not lie between 0 and 1: {advice}"):
        parsers.level(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_any_finite_one(number: float) -> None:
    assert parsers.finite(repr(number)) == number


@pytest.mark.parametrize("text", ["inf", "-inf", "1e999", "nan", "", "1,5", "ten"])
def test_a_number_is_no_other_word(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a number"):
        parsers.finite(text)


def test_levels_are_separated_by_commas_and_given_several_times() -> None:
    assert parsers.levels("0.5, 0.9") == (0.5, 0.9)
    assert parsers.joined([(0.5, 0.9), (0.1,)]) == [0.5, 0.9, 0.1]
    assert parsers.joined(None) is None
    for text in ("0.5,", "0.5,90", ",", "0.5 0.9"):
        with pytest.raises(typer.BadParameter, match="does not lie between 0 and 1"):
            parsers.levels(text)


def test_levels_of_a_command(call: Call, bench: Path) -> None:
    words = ("predict", "vae.safetensors", "data.csv", "-q")
    assert call(*words, "--interval", "0.5,0.9", "-o", "one.csv") == 0
    assert call(*words, "--interval", "0.5", "--interval", "0.9", "-o", "two.csv") == 0
    assert (bench / "one.csv").read_bytes() == (bench / "two.csv").read_bytes()
    assert call(*words, "-o", "none.csv") == 0
    assert b"z_lower_50" not in (bench / "none.csv").read_bytes()
