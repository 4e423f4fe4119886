"""The options that several commands share: what they accept, and that they are the same everywhere."""

from typing import Any

import pytest
import typer

from aevb_cli.app import app
from aevb_cli.commands import options
from tests.conftest import Call

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
#: One spelling, and a help text for each command: what it writes or reads there is another thing.
OF_ITS_OWN = {"--data", "--draws", "--interval", "--max-iterations", "--missing", "--output", "--target"}


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
