"""The groups of options in help."""

import re

import pytest
import typer

from aevb_cli.app import app
from aevb_cli.shell import panels
from tests.conftest import Program

GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]


def parameters(name: str) -> list[object]:
    """All parameters of a command, those of any command too."""
    return list(COMMANDS[name].get_params(typer.Context(COMMANDS[name], info_name=name, parent=typer.Context(GROUP))))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_stands_in_a_group_and_is_explained(name: str) -> None:
    groups = {panels.DATA, panels.MODEL, panels.TRAINING, panels.COMPUTATION, panels.OUTPUT, panels.ANY}
    for each in parameters(name):
        if each.param_type_name == "option":  # type: ignore[attr-defined]
            assert each.rich_help_panel in groups, each  # type: ignore[attr-defined]
        assert each.help, each  # type: ignore[attr-defined]


def test_an_option_that_nobody_placed_stands_with_the_one_before() -> None:
    assert panels.arranged(["latent", "brand_new", "quiet"], trains=True)["brand_new"] == panels.MODEL
    assert panels.arranged(["brand_new"], trains=False) == {"brand_new": panels.DATA}


def test_nothing_is_trained_where_nothing_is_trained() -> None:
    assert panels.arranged(["seed"], trains=True)["seed"] == "Training"
    assert panels.arranged(["seed"], trains=False)["seed"] == "Computation"


def test_a_picture_shows_a_target_rather_than_being_of_one() -> None:
    assert panels.arranged(["target", "kind"], trains=False)["target"] == panels.OUTPUT
    assert panels.arranged(["target"], trains=True)["target"] == panels.DATA


def test_the_help_of_a_training_has_the_four_groups_in_order(aevb: Program) -> None:
    shown = aevb("train-bnn", "--help").stdout.decode()
    assert re.findall("─ ([A-Z][a-z ]+) ─", shown) == [
        "Arguments", "Data", "Model", "Training", "Output", "Any command",
    ]  # fmt: skip
