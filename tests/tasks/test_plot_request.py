"""Options that a picture has no use for."""

from typing import Any

import pytest

from aevb_cli.errors import UsageError
from aevb_cli.settings import PlotKind
from aevb_cli.tasks.plot_request import PlotRequest


@pytest.mark.parametrize(
    ("kind", "given", "option"),
    [
        ("elbo", {"effect": "x0"}, "--x"),
        ("elbo", {"target": "z"}, "--target"),
        ("elbo", {"z": (1, 2)}, "--z"),
        ("elbo", {"image": (28, 28)}, "--image"),
        ("calibration", {"effect": "x0"}, "--x"),
    ],
)
def test_an_option_without_use_is_named(kind: PlotKind, given: dict[str, Any], option: str) -> None:
    with pytest.raises(UsageError, match=f"^{option}: a picture of --kind {kind} has no use for it"):
        PlotRequest(kind, **given).check_use()


@pytest.mark.parametrize("kind", ["auto", "elbo", "calibration", "samples"])
def test_levels_draws_and_seeds_are_settings_of_any_picture(kind: PlotKind) -> None:
    PlotRequest(kind, levels=(0.5, 0.9), draws=10, seed=3).check_use()


def test_what_is_of_use_is_taken() -> None:
    PlotRequest("auto", effect="x0", target="z").check_use()
    PlotRequest("calibration", target="z").check_use()
    PlotRequest("samples", effect="x0", image=(28, 28)).check_use()
