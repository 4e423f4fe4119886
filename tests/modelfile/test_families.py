"""What is said of families without torch is what the families themselves say."""

from typing import get_args

import pytest

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.head import Head
from aevb_cli.core.families.location_scale import LocationScaleFamily
from aevb_cli.modelfile import families
from aevb_cli.settings import Likelihood


def words_of(name: str) -> tuple[int, ...]:
    return (2, 5) if name == "categorical" else (0, 2) if name == "bernoulli" else (0,)


@pytest.mark.parametrize("location_only", [True, False])
@pytest.mark.parametrize("name", get_args(Likelihood))
def test_a_network_has_as_many_outputs(name: str, location_only: bool) -> None:
    for words in words_of(name):
        head = Head.named([name], [words], location_only=location_only)
        assert families.outputs(name, words, location_only=location_only) == head.width


def test_which_are_of_classes_and_which_of_location_and_scale() -> None:
    assert {name for name, each in FAMILIES.items() if each.kind == "class"} == families.OF_CLASSES
    scaled = {name for name, each in FAMILIES.items() if isinstance(each, LocationScaleFamily)}
    assert scaled == families.OF_LOCATION_AND_SCALE
    assert {name for name in scaled if FAMILIES[name].unit == "standard"} == families.OF_NUMBERS


def test_the_number_of_classes() -> None:
    assert [families.classes(*each) for each in (("categorical", 7), ("bernoulli", 2), ("bernoulli", 0))] == [7, 2, 2]
    assert families.classes("gaussian", 0) == 0


def test_which_targets_have_a_gain_and_an_offset() -> None:
    assert not families.head(["gaussian", "log-normal", "student-t"])
    assert families.head(["gaussian", "bernoulli"])
    assert families.head(["categorical"])
