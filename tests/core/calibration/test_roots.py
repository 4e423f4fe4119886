"""Roots that are known, of smooth functions, of steps, and of elements that differ in slope by many orders."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from aevb_cli.core.calibration.roots import increasing_root

ROOT: Tensor = torch.linspace(-3, 3, 13).double()
SLOPE: Tensor = torch.logspace(-8, 8, 13).double()


@pytest.mark.parametrize(
    "shape",
    [
        lambda u: u,
        lambda u: u**3,
        lambda u: u.expm1(),
        lambda u: torch.special.ndtr(u) - 0.5,
        lambda u: u.sign(),
        lambda u: torch.where(u < 0, u, 1e6 * u),
    ],
)
def test_a_root_is_found(shape: Callable[[Tensor], Tensor]) -> None:
    def function(z: Tensor) -> Tensor:
        steep: Tensor = SLOPE * shape(z - ROOT)
        return steep

    found = increasing_root(function, ROOT - 40, ROOT + 7, torch.full_like(ROOT, 1e-9))
    torch.testing.assert_close(found, ROOT, rtol=0, atol=2e-9)


def test_an_element_does_not_depend_on_the_others() -> None:
    def function(z: Tensor) -> Tensor:
        return (z - ROOT[: len(z)]).sinh()

    tolerance = torch.full_like(ROOT, 1e-6)
    every = increasing_root(function, ROOT - 20, ROOT + 3, tolerance)
    few = increasing_root(function, (ROOT - 20)[:2], (ROOT + 3)[:2], tolerance[:2])
    assert torch.equal(every[:2], few)


def test_few_steps_are_taken_where_the_function_is_smooth() -> None:
    steps = []

    def function(z: Tensor) -> Tensor:
        steps.append(1)
        height: Tensor = torch.special.ndtr(z - ROOT) - 0.3
        return height

    increasing_root(function, ROOT - 20, ROOT + 20, torch.full_like(ROOT, 1e-10))
    assert len(steps) <= 16  # bisection takes 38


def test_a_bracket_without_width_is_its_own_root() -> None:
    assert torch.equal(increasing_root(lambda z: z - 5, ROOT, ROOT, torch.zeros_like(ROOT)), ROOT)
