"""Logarithms of means that a network puts far off."""

import math

import pytest
import torch

from aevb_cli.core.families.exponents import drawn_in, exponent


def test_a_raw_value_stays_as_it_is_while_its_exponential_is_a_single_precision_number() -> None:
    raw = torch.tensor([-900.0, -39.0, 0.0, 0.1, 39.0, 900.0])
    assert torch.equal(exponent(raw)[1:-1], raw[1:-1])
    assert exponent(raw)[[0, -1]].exp().isfinite().all()
    assert exponent(raw)[0].exp() > 0


def test_a_mean_is_at_most_e_times_the_largest_value_of_its_column() -> None:
    high = torch.tensor([5.0, 300.0]).double()
    log_mean = torch.tensor([[-20.0, 3.0], [2.5, 30.0], [2.7, 6.8]]).double()
    found = drawn_in(log_mean, high)
    assert found.tolist() == [
        [-20, 3],
        [2.5, pytest.approx(math.log(300) + 1)],
        [pytest.approx(math.log(5) + 1), pytest.approx(math.log(300) + 1)],
    ]
