"""The logarithm of a gamma variable against scipy, and its mixture's curve."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Generator, Tensor

from aevb_cli.core.families.gamma import Gamma
from aevb_cli.core.families.log_gamma import LogGamma


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


LOCATION, LOG_SHAPE = doubles(30, 9, 2, seed=1), 1 + doubles(30, 9, 2, seed=2)
U = LogGamma(LOCATION, LOG_SHAPE)
AT = doubles(9, 2, seed=3)
CDF = 1e-9
"""What torch's incomplete gamma function errs by."""
SHAPE = LOG_SHAPE.exp().numpy()
REFERENCE = stats.loggamma(SHAPE, loc=(LOCATION - LOG_SHAPE).numpy())


def test_moments_and_densities_are_scipy_s() -> None:
    np.testing.assert_allclose(U.mean.numpy(), REFERENCE.mean(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(U.variance.numpy(), REFERENCE.var(), rtol=1e-9)
    np.testing.assert_allclose(U.log_prob(AT).numpy(), REFERENCE.logpdf(AT.numpy()), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(U.cdf(AT).numpy(), REFERENCE.cdf(AT.numpy()), rtol=0, atol=CDF)
    np.testing.assert_allclose(U.survival(AT).numpy(), REFERENCE.sf(AT.numpy()), rtol=0, atol=CDF)
    assert torch.equal(U.resolution, U.variance.sqrt().amin(0))


def test_the_curve_is_the_mixture_s_cdf_density_and_slope() -> None:
    curve, unit = U.curve()
    cumulative, density, slope = (each.numpy() for each in curve(AT))
    z, step = AT.numpy(), 1e-5
    np.testing.assert_allclose(cumulative, REFERENCE.cdf(z).mean(0), rtol=0, atol=CDF)
    np.testing.assert_allclose(density / unit, REFERENCE.pdf(z).mean(0), rtol=1e-9)
    difference = (REFERENCE.pdf(z + step) - REFERENCE.pdf(z - step)).mean(0) / (2 * step)
    np.testing.assert_allclose(slope / unit, difference, rtol=1e-5, atol=1e-7)


def test_tails_are_those_of_each_mixture() -> None:
    number = torch.arange(30) % 3
    below, above, density = U.tails(number)(AT)
    each = REFERENCE.cdf(AT.numpy()), REFERENCE.sf(AT.numpy()), REFERENCE.pdf(AT.numpy())
    for found, expected in zip((below, above, density), each, strict=True):
        np.testing.assert_allclose(found.numpy(), [expected[number == k].mean(0) for k in range(3)], rtol=0, atol=CDF)


@pytest.mark.parametrize("rows", [slice(2, 5), [0, 7]])
def test_some_rows_have_the_same_distribution(rows: slice | list[int]) -> None:
    some = U.map(lambda each: each[:, rows])
    torch.testing.assert_close(some.cdf(AT[rows]), U.cdf(AT)[:, rows])


def test_it_is_the_gamma_s_logarithm() -> None:
    u, back = Gamma(LOCATION, LOG_SHAPE).untransformed()
    assert isinstance(u, LogGamma)
    torch.testing.assert_close(u.cdf(AT), Gamma(LOCATION, LOG_SHAPE).cdf(back(AT)))
