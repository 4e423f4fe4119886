"""log p(x) from the weights of draws, and what is said of its error."""

import math

import pytest
import torch
from torch import Generator

from aevb_cli.core.evidence import importance_log_px


def test_equal_weights_have_no_error() -> None:
    found, error = importance_log_px(torch.full((4, 2), -3.0))
    assert torch.allclose(found, torch.tensor(-3.0))
    assert torch.equal(error, torch.zeros(2))


def test_the_estimate_is_the_log_of_the_mean_weight_and_knows_its_error() -> None:
    """Log-normal weights: the mean is exp(s^2/2), the standard deviation of the mean known in closed form."""
    spread, samples, repeats = 0.5, 400, 4000
    weights = spread * torch.randn(samples, repeats, generator=Generator().manual_seed(0), dtype=torch.float64)
    found, error = importance_log_px(weights)
    of_mean = math.sqrt(math.expm1(spread**2) / samples)  # relative
    # The log is low by half of the variance; what is left is of a smaller order.
    assert float(found.mean()) == pytest.approx(spread**2 / 2 - of_mean**2 / 2, abs=4 * of_mean / repeats**0.5)
    assert float(error.mean()) == pytest.approx(of_mean, rel=0.02)
    assert float(found.std()) == pytest.approx(of_mean, rel=0.06)  # four standard errors of 4,000 repeats


def test_weights_beyond_the_range_of_exp_are_no_fault() -> None:
    for shift in (-5e4, 5e4):
        found, error = importance_log_px(torch.tensor([[0.0], [0.0], [math.log(4)]], dtype=torch.float64) + shift)
        assert float(found) == pytest.approx(shift + math.log(2))
        assert math.isfinite(float(error))
