"""The options that several commands share: what they accept, and that they are the same everywhere."""

import math
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli.app import app
from aevb_cli.commands import options
from tests.conftest import Call

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
#: One spelling, and a help text for each command: what it writes or reads there is another thing.
OF_ITS_OWN = {"--data", "--draws", "--interval", "--max-iterations", "--missing", "--output", "--target"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("25", (25,)), ("25,25", (25, 25)), (" 1 , 300,7 ", (1, 300, 7)), ("007", (7,))],
)
def test_widths(text: str, expected: tuple[int, ...]) -> None:
    assert options.widths(text) == expected


@pytest.mark.parametrize(
    "text", ["", ",", "25,", ",25", "25,,25", "0", "25,0", "-1", "+5", "2.5", "1e3", "25 25", "25;25", "²", "x", "nan"]
)
def test_widths_that_are_none(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a list of widths"):
        options.widths(text)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=9))
def test_widths_are_read_as_they_are_written(layers: list[int]) -> None:
    assert options.widths(",".join(map(str, layers))) == tuple(layers)


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_level_is_any_number_between_0_and_1(number: float) -> None:
    assert options.level(repr(number)) == number


@given(st.one_of(st.floats(max_value=0), st.floats(min_value=1), st.just(math.nan)))
def test_a_level_is_no_other_number(number: float) -> None:
    with pytest.raises(typer.BadParameter, match="does not lie between 0 and 1"):
        options.level(repr(number))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("90", r"did you mean 0\.9\?"),
        ("90%", r"did you mean 0\.9\?"),
        ("99.5%", r"did you mean 0\.995\?"),
        ("0.9%", r"write, say, 0\.9\."),
        ("100", r"write, say, 0\.9\."),
        ("0.5,0.9", r"write, say, 0\.9\."),
        ("0,9", r"write, say, 0\.9\."),
        ("", r"write, say, 0\.9\."),
        ("wide", r"write, say, 0\.9\."),
    ],
)
def test_a_level_that_is_none_comes_with_advice(text: str, advice: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"does not lie between 0 and 1: {advice}"):
        options.level(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plot", "--interval", "90"), "did you mean 0.9?"),
        (("train-vae", "data.csv", "--hidden", "25 25"), "Write, say, 25,25."),
        (("train-vae", "data.csv", "--patience", "-1"), "-1 is less than 0."),
        (("train-bnn", "data.csv", "--batch-size", "0"), "0 is less than 1."),
        (("predict", "--unseen", "guess"), "missing"),
        (("predict", "--quantile", "90"), "did you mean 0.9?"),
        (("predict", "--above", "nan"), "nan is not a number. Write, say, 10."),
        (("predict", "--above", "much"), "much is not a number."),
    ],
)
def test_a_wrong_value_is_an_error_of_usage(
    arguments: tuple[str, ...], said: str, call: Call, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(*arguments) == 2
    shown = capfd.readouterr().err
    assert said in " ".join(shown.split())
    assert arguments[-2] in shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_any_finite_one(number: float) -> None:
    assert options.finite(repr(number)) == number


@pytest.mark.parametrize("text", ["inf", "-inf", "1e999", "nan", "", "1,5", "ten"])
def test_a_number_is_no_other_word(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a number"):
        options.finite(text)


def test_an_option_has_one_help_text_whatever_the_command() -> None:
    texts: dict[str, set[str]] = {}
    for command in COMMANDS.values():
        for option in command.params:
            if option.param_type_name == "option":
                texts.setdefault(max(option.opts, key=len), set()).add(option.help or "")
    several = {name: found for name, found in texts.items() if len(found) > 1 and name not in OF_ITS_OWN}
    assert not several


def test_every_option_here_is_used() -> None:
    used = {_name_of(hint) for command in COMMANDS.values() for hint in command.callback.__annotations__.values()}
    offered = {name for name, hint in vars(options).items() if hasattr(hint, "__metadata__")}
    assert offered
    assert offered <= used


def _name_of(hint: object) -> str | None:
    """The name that an annotation has among the shared options."""
    return next((name for name, each in vars(options).items() if each is hint), None)
