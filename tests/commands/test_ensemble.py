"""The help names the defaults that are used."""

from typing import Any, get_args

import pytest

from aevb_cli import train_bnn
from aevb_cli.commands import ensemble
from aevb_cli.defaults import DETAILED, LARGE, MORE_MEMBERS, ensemble_for, ensemble_training_for

SMALL, BIG = ensemble_for(LARGE - 1), ensemble_for(LARGE)
TRAINING = ensemble_training_for(1), ensemble_training_for(LARGE)


@pytest.mark.parametrize(
    ("option", "small", "large"),
    [
        (ensemble.KlWeight, "0.1, 0.03, 0.01, 0.03", "0.1, 0.03, 0.01"),
        (ensemble.Hidden, "48,48,48", "64,64,64"),
        (ensemble.MaxIterations, *(training.max_iterations for training in TRAINING)),
        (ensemble.BatchSize, *(training.batch_size for training in TRAINING)),
    ],
)
def test_both_sizes_are_named(option: Any, small: object, large: object) -> None:
    shown = get_args(option)[1].show_default
    assert shown.startswith(f"{small}; {large} from {LARGE} rows on")


def test_the_help_of_widths_says_where_they_are_largest() -> None:
    shown = get_args(ensemble.Hidden)[1].show_default
    assert f", 96,96,96 from {DETAILED}; the report's 25,25" in shown
    assert ensemble_for(DETAILED).hidden == (96,) * 3 != ensemble_for(DETAILED - 1).hidden


def test_python_s_documentation_names_the_same_defaults() -> None:
    text = " ".join((train_bnn.__doc__ or "").split())
    for settings in (ensemble_for(1), ensemble_for(LARGE), ensemble_for(DETAILED)):
        assert str(settings.hidden) in text
    for each in TRAINING:
        assert str(each.max_iterations) in text
    small, large = (each.batch_size for each in TRAINING)
    assert f"by default {small}, from {LARGE} rows on {large}." in text


def test_the_help_of_members_says_where_there_are_more() -> None:
    shown = get_args(ensemble.Members)[1].show_default
    most, fewest = ensemble_for(1).members, ensemble_for(LARGE).members
    assert shown == f"{fewest}, up to {most} below {MORE_MEMBERS} rows; the report's 1"
    assert ensemble_for(MORE_MEMBERS).members == fewest < ensemble_for(MORE_MEMBERS - 1).members
