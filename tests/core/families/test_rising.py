"""Rising factorials against products and sums of reciprocals, and between whole numbers against gamma functions."""

import math

import pytest
import torch
from torch import Tensor

from aevb_cli.core.families.rising import Rise, rise

X = torch.logspace(-9, 9, 73, dtype=torch.float64)
WHOLE = (0, 1, 2, 5, 16, 255, 4000)


def logarithm(found: Rise, k: Tensor) -> Tensor:
    return found.rest - found.factor.log() + k * found.base.log()


@pytest.mark.parametrize("k", WHOLE)
def test_logarithm_is_that_of_the_product(k: int) -> None:
    found = logarithm(rise(X, torch.full_like(X, k), slope=False), torch.tensor(k))
    exact = torch.tensor([math.fsum(math.log(float(x) + j) for j in range(k)) for x in X], dtype=torch.float64)
    torch.testing.assert_close(found, exact, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("k", WHOLE)
def test_slope_is_the_sum_of_the_reciprocals(k: int) -> None:
    found = rise(X, torch.full_like(X, k), slope=True).slope
    exact = torch.tensor([math.fsum(1 / (float(x) + j) for j in range(k)) for x in X], dtype=torch.float64)
    assert found is not None
    torch.testing.assert_close(found, exact, rtol=1e-12, atol=0)


@pytest.mark.parametrize("k", [0.0, 0.5, 3.25, 80.75])
def test_between_whole_numbers_it_is_a_ratio_of_gammas(k: float) -> None:
    x = X[(X > 1e-3) & (X < 1e3)]
    found = rise(x, torch.full_like(x, k), slope=True)
    torch.testing.assert_close(logarithm(found, torch.tensor(k)), (x + k).lgamma() - x.lgamma(), rtol=1e-12, atol=1e-11)
    assert found.slope is not None
    torch.testing.assert_close(found.slope, (x + k).digamma() - x.digamma(), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("k", [1, 16, 255])
def test_single_precision_keeps_six_digits(k: int) -> None:
    single, count = X.float(), torch.full_like(X, k)
    rough, exact = rise(single, count.float(), slope=True), rise(single.double(), count, slope=True)
    assert rough.slope is not None
    assert exact.slope is not None
    assert {each.dtype for each in rough} == {torch.float32}  # type: ignore[union-attr]
    torch.testing.assert_close(rough.slope.double(), exact.slope, rtol=2e-6, atol=0)
    # Each summand of `rest` is as large as k log(1 + k / x), and rounded.
    found, truth = (logarithm(each, torch.tensor(float(k))).double() for each in (rough, exact))
    torch.testing.assert_close(found, truth, rtol=2e-6, atol=2e-6 * k)


def test_a_slope_that_is_not_wanted_is_none() -> None:
    assert rise(X, torch.ones_like(X), slope=False).slope is None
