"""One row's density does not rule a score."""

import math

import torch

from aevb_cli.core.calibration.robust import FLOOR, floored


def test_a_row_counts_for_no_less_than_ten_standard_deviations_of_a_gaussian() -> None:
    density = torch.tensor([-1.0, -2.0, -1.5, -1800.0])
    assert floored(density).tolist() == [-1.0, -2.0, -1.5, -2.0 - FLOOR]  # the lower of the two middle ones
    assert FLOOR == 10**2 / 2


def test_rows_that_are_alike_keep_their_bits() -> None:
    density = -torch.rand(100, generator=torch.Generator().manual_seed(1)) * FLOOR
    assert torch.equal(floored(density), density)


def test_what_is_not_finite_stays_so() -> None:
    assert floored(torch.tensor([1.0, math.nan])).isnan().any()
    assert not len(floored(torch.empty(0)))


def test_a_floored_row_has_no_gradient() -> None:
    density = torch.tensor([0.0, 1.0, -100.0], requires_grad=True)
    (slope,) = torch.autograd.grad(floored(density).sum(), density)
    assert slope.tolist() == [1, 1, 0]
