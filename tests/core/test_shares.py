"""Shares whose ends have a finite logit."""

import math

import pytest
import torch

from aevb_cli.core.shares import LOG_SLOPE, squeezed, stretched

SHARES = torch.linspace(0, 1, 101, dtype=torch.float64)


def test_the_ends_lie_a_thousandth_inside_and_the_middle_stays() -> None:
    assert squeezed(torch.tensor([0.0, 0.5, 1.0]).double()).tolist() == pytest.approx([0.001, 0.5, 0.999])


def test_what_is_squeezed_is_stretched_back() -> None:
    torch.testing.assert_close(stretched(squeezed(SHARES)), SHARES, rtol=0, atol=1e-15)


def test_the_slope_is_autograd_s() -> None:
    share = SHARES.clone().requires_grad_()
    (slope,) = torch.autograd.grad(squeezed(share).sum(), share)
    assert slope.log().tolist() == pytest.approx([LOG_SLOPE] * 101)
    assert math.exp(LOG_SLOPE) == pytest.approx(0.998)
