"""A Python caller's options: plain numbers come out, and what is beyond its limits is refused."""

import math

import numpy as np
import pytest

from aevb_cli.errors import UsageError
from aevb_cli.tasks.limits import LIMITS, checked


def test_numbers_of_numpy_become_plain_ones() -> None:
    found = checked(seed=np.int64(3), alpha=2, hidden=np.array([4, 5]), interval=np.float32(0.5), members=None)
    assert found == {"seed": 3, "alpha": 2.0, "hidden": [4, 5], "interval": [0.5], "members": None}
    assert type(found["seed"]) is int
    assert type(found["alpha"]) is float
    assert {type(width) for width in found["hidden"]} == {int}


def test_the_greatest_seed_keeps_its_last_digit() -> None:
    assert checked(seed=2**63 - 1)["seed"] == 2**63 - 1
    with pytest.raises(UsageError):
        checked(seed=2**63)


@pytest.mark.parametrize("name", LIMITS)
def test_below_the_least_is_refused_with_the_name(name: str) -> None:
    limit = LIMITS[name]
    below = int(limit.least) - 1 if limit.whole else math.nextafter(limit.least, -math.inf)
    with pytest.raises(UsageError, match=f"{name}="):
        checked(**{name: below})
    if name != "interval":
        assert checked(**{name: int(limit.least) if limit.whole else limit.least})


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"interval": 90}, "Did you mean 0.9?"),
        ({"interval": [0.5, 1]}, "a level lies between 0 and 1"),
        ({"interval": 0}, "a level lies between 0 and 1"),
        ({"interval": float("nan")}, "a level lies between 0 and 1"),
        ({"seed": 1.5}, "whole number"),
        ({"seed": True}, "whole number"),
        ({"alpha": "much"}, "a number"),
        ({"dropout": 1}, r"between 0 and 0\.9"),
        ({"hidden": [25, 0]}, "at least 1"),
        ({"missing": "guess"}, "'error', 'drop', 'learn'"),
        ({"members": None, "recipe": "best"}, "'tuned', 'report'"),
        ({"noise_model": None}, "it needs a value"),
        ({"kl_weight": []}, "it is empty"),
        ({"quantile": 90}, "Did you mean 0.9?"),
        ({"quantile": []}, "it is empty"),
        ({"above": float("nan")}, "between"),
        ({"above": [1, float("inf")]}, "between"),
        ({"decimal": ";"}, "'.', ','"),
        ({"learning_rate": float("inf")}, "between"),
    ],
)
def test_refused(options: dict[str, object], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        checked(**options)


def test_what_has_no_limit_stays_as_it_is() -> None:
    assert checked(prefix="new_", guarantee=True) == {"prefix": "new_", "guarantee": True}
