"""Typer's errors in this tool's words. Whole lines are in tests/test_mistakes.py."""

import pytest
import typer

from aevb_cli.shell import sentences

OPTIONS = {"train-vae": {"--target", "--seed", "-o"}, "predict": {"--seed"}, "plot": {"--target"}}


def said(message: str, command: str = "predict") -> list[str]:
    context = typer.Context(typer.core.TyperCommand(command), info_name=command)
    error = typer.BadParameter("", ctx=context)
    error.format_message = lambda: message  # type: ignore[method-assign]
    return sentences.lines(error, "", OPTIONS, {"predict": "aevb predict data.csv"})


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("No such option: --sede (Possible options: --seed)", "No such option: --sede (did you mean --seed?)"),
        (
            "No such option: --target",
            "No such option: --target. predict does not have it; train-vae and plot have.",
        ),
        ("No such option: -x", "No such option: -x."),
        ("No such command 'plott'.", "No such command 'plott' (did you mean plot?)"),
        ("No such command 'x'.", "No such command 'x'. There are train-vae, predict, plot."),
        ("Missing argument 'DATA'.", "Missing argument 'DATA'. For example: aevb predict data.csv"),
        (
            "Missing argument 'SHELL'. Choose from:\n\tbash,\n\tzsh,\n\tfish",
            "Missing argument 'SHELL'. Choose bash, zsh or fish. For example: aevb predict data.csv",
        ),
        (
            "Got unexpected extra argument(s) (150)",
            "predict takes no argument 150. For example: aevb predict data.csv",
        ),
        ("Option '--seed' requires an argument.", "Option '--seed' requires a value after it."),
        ("Another.", "Another."),
    ],
)
def test_a_sentence_and_the_next_step(message: str, sentence: str) -> None:
    assert said(message) == [sentence, "Try `predict --help`."]


@pytest.mark.parametrize(
    ("message", "given", "sentence"),
    [
        ("Value error, 'x' is not one of 'cpu', 'mps'.", "x", "'x' is not one of 'cpu', 'mps'."),
        (
            "Value error, 'CPU' is not one of 'cpu', 'mps'.",
            "CPU",
            "'CPU' is not one of 'cpu', 'mps' (did you mean 'cpu'?).",
        ),
        ("Input should be less than or equal to 1", "2", "2 is more than 1."),
        ("Input should be a valid integer, unable to parse string as an integer", "a", "'a' is not a whole number."),
        ("Input should be a valid number, unable to parse string as a number", ["1", "a"], "'a' is not a number."),
        ("Input should be a valid boolean, unable to interpret input", "maybe", "'maybe' is neither true nor false."),
        ("'2x' is not a list of widths. Write, say, 25,25.", "2x", "'2x' is not a list of widths. Write, say, 25,25."),
    ],
)  # fmt: skip
def test_a_value(message: str, given: object, sentence: str) -> None:
    assert sentences.of_value(message, given) == sentence


def test_an_error_without_a_command() -> None:
    assert sentences.lines(typer.BadParameter("no"), "", OPTIONS, {}) == ["Invalid value: no", "Try `aevb --help`."]
    assert sentences.lines(typer.BadParameter("no"), "plot", OPTIONS, {})[1] == "Try `aevb plot --help`."
