"""What logarithms leave, against many digits."""

import mpmath
import numpy as np
import pytest
import torch

from aevb_cli.core.families.remainders import digamma_rest, log1p_rest, log_gamma_rest

POSITIVE = [*np.logspace(-9, 15, 97), 9.999, 10.0, 10.001]


def exact(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _digits() -> None:
    mpmath.mp.dps = 60


def test_rest_of_the_gamma_function_s_logarithm() -> None:
    found = log_gamma_rest(torch.tensor(POSITIVE, dtype=torch.float64))
    for x, value in zip(POSITIVE, found.tolist(), strict=True):
        y = mpmath.mpf(x)
        expected = mpmath.loggamma(y) - (y - 0.5) * mpmath.log(y) + y - mpmath.log(2 * mpmath.pi) / 2
        assert value == pytest.approx(exact(expected), rel=1e-10, abs=3e-14)


def test_rest_of_the_digamma_function() -> None:
    found = digamma_rest(torch.tensor(POSITIVE, dtype=torch.float64))
    for x, value in zip(POSITIVE, found.tolist(), strict=True):
        expected = mpmath.digamma(mpmath.mpf(x)) - mpmath.log(mpmath.mpf(x))
        assert value == pytest.approx(exact(expected), rel=3e-12)


def test_rest_of_log1p_keeps_its_digits() -> None:
    values = [*-np.logspace(-9, -0.001, 80), 0.0, *np.logspace(-9, 9, 120), 0.0999, 0.1001, -0.0999, -0.1001]
    found = log1p_rest(torch.tensor(values, dtype=torch.float64))
    for x, value in zip(values, found.tolist(), strict=True):
        expected = mpmath.log1p(mpmath.mpf(x)) - mpmath.mpf(x)
        assert value == pytest.approx(exact(expected), rel=1e-12)


def test_slopes_are_finite_where_a_series_takes_over() -> None:
    x = torch.tensor([1e-300, 0.5, 10.0, 1e12], dtype=torch.float64, requires_grad=True)
    for rest in (log_gamma_rest, digamma_rest, log1p_rest):
        (slope,) = torch.autograd.grad(rest(x).sum(), x)
        assert slope[1:].isfinite().all()
