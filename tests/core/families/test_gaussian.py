"""The Gaussian against scipy and torch.distributions, and its divergence against a Monte-Carlo one."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Generator

from aevb_cli.core.families.gaussian import SMALLEST_SCALE, Normal, positive, standard_normal_log_prob

Reference: Any = torch.distributions.Normal  # untyped there

locs = st.floats(-50, 50)
scales = st.floats(1e-3, 1e3)
shapes = st.lists(st.integers(1, 4), min_size=0, max_size=3).map(tuple)


def normal(loc: float, scale: float) -> Normal:
    return Normal(torch.tensor(loc, dtype=torch.float64), torch.tensor(scale, dtype=torch.float64))


@settings(deadline=None)
@given(locs, scales, st.floats(-100, 100))
def test_density_and_cdf_are_scipy_s(loc: float, scale: float, value: float) -> None:
    q, point = normal(loc, scale), torch.tensor(value, dtype=torch.float64)
    # Doubles, a handful of operations: rounding alone.
    assert float(q.log_prob(point)) == pytest.approx(stats.norm.logpdf(value, loc, scale), rel=1e-12, abs=1e-12)
    assert float(q.cdf(point)) == pytest.approx(stats.norm.cdf(value, loc, scale), rel=1e-9, abs=1e-14)


@settings(deadline=None)
@given(locs, scales, st.floats(1e-6, 1 - 1e-6))
def test_quantile_is_scipy_s(loc: float, scale: float, probability: float) -> None:
    expected = stats.norm.ppf(probability, loc, scale)
    # The two libraries' rational approximations of the quantile differ in the last digits of eps, hence of loc + scale.
    assert float(normal(loc, scale).quantile(probability)) == pytest.approx(expected, abs=1e-10 * (abs(loc) + scale))


@settings(deadline=None)
@given(shapes, st.integers(0, 2**31))
def test_shapes_follow_torch_distributions(shape: tuple[int, ...], seed: int) -> None:
    bits = Generator().manual_seed(seed)
    loc, scale = torch.randn(shape, generator=bits), torch.rand(shape, generator=bits) + 0.1
    q, reference = Normal(loc, scale), Reference(loc, scale)
    z = q.rsample(3, bits)
    assert z.shape == reference.rsample(torch.Size([3])).shape
    assert z.dtype == loc.dtype
    torch.testing.assert_close(q.log_prob(z), reference.log_prob(z))
    torch.testing.assert_close(q.cdf(z), reference.cdf(z))
    standard = Reference(torch.zeros(shape), torch.ones(shape))
    torch.testing.assert_close(standard_normal_log_prob(z), standard.log_prob(z))
    torch.testing.assert_close(q.kl_to_standard(), torch.distributions.kl_divergence(reference, standard))


def test_density_integrates_to_one() -> None:
    grid = torch.linspace(-40, 40, 20_001, dtype=torch.float64)
    # The trapezoid rule converges geometrically for an analytic function that vanishes at both ends.
    assert float(torch.trapezoid(normal(1.5, 2.5).log_prob(grid).exp(), grid)) == pytest.approx(1, abs=1e-12)


def test_rsample_has_the_moments_and_the_law() -> None:
    z = normal(-2.0, 0.3).rsample(20_000, Generator().manual_seed(1))
    assert stats.kstest(z.numpy(), "norm", (-2.0, 0.3)).pvalue > 1e-3


def test_rsample_is_reparameterised_kw_eq_4() -> None:
    loc, scale = torch.tensor([1.0, -2.0], requires_grad=True), torch.tensor([0.5, 2.0], requires_grad=True)
    z = Normal(loc, scale).rsample(7, Generator().manual_seed(3))
    eps = ((z - loc) / scale).detach()
    by_loc, by_scale = torch.autograd.grad(z.sum(), [loc, scale])
    torch.testing.assert_close(by_loc, torch.full((2,), 7.0))  # d(mu + sigma eps)/d mu = 1, seven samples
    torch.testing.assert_close(by_scale, eps.sum(0))  # ... /d sigma = eps


@pytest.mark.parametrize(("loc", "scale"), [(0.0, 1.0), (1.5, 0.4), (-0.7, 2.5), (3.0, 0.05)])
def test_kl_in_closed_form_is_the_monte_carlo_kl_kw_appendix_b(loc: float, scale: float) -> None:
    draws = torch.tensor(stats.norm.rvs(loc, scale, 100_000, random_state=5))
    ratio = torch.tensor(stats.norm.logpdf(draws.numpy(), loc, scale) - stats.norm.logpdf(draws.numpy()))
    error = float(ratio.std()) / math.sqrt(len(ratio))
    # Four standard errors: a chance of 6e-5 for a correct formula; the absolute part is rounding, for q = p.
    assert float(normal(loc, scale).kl_to_standard()) == pytest.approx(float(ratio.mean()), abs=4 * error + 1e-12)


@settings(deadline=None, max_examples=200)
@given(st.floats(-1e4, 1e4))
def test_positive_is_positive_increasing_and_never_overflows(raw: float) -> None:
    low, high = positive(torch.tensor([raw, raw + max(1.0, abs(raw) * 1e-3)]))
    assert SMALLEST_SCALE <= low <= high < math.inf
