"""The Gaussian against scipy and torch.distributions, and its divergence against a Monte-Carlo one."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Generator

from aevb_cli.core.families.gaussian import FAMILY, Normal, standard_normal_log_prob
from aevb_cli.core.families.location_scale import LocationScale

Reference: Any = torch.distributions.Normal  # untyped there

locations = st.floats(-50, 50)
scales = st.floats(1e-3, 1e3)
shapes = st.lists(st.integers(1, 4), min_size=0, max_size=3).map(tuple)


def normal(location: float, scale: float) -> Normal:
    return Normal(torch.tensor(location, dtype=torch.float64), torch.tensor(scale, dtype=torch.float64))


def doubles(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


@settings(deadline=None)
@given(locations, scales, st.floats(-100, 100))
def test_density_and_cdf_are_scipy_s(location: float, scale: float, value: float) -> None:
    q, point = normal(location, scale), torch.tensor(value, dtype=torch.float64)
    # Doubles, a handful of operations: rounding alone.
    assert float(q.log_prob(point)) == pytest.approx(stats.norm.logpdf(value, location, scale), rel=1e-12, abs=1e-12)
    assert float(q.cdf(point)) == pytest.approx(stats.norm.cdf(value, location, scale), rel=1e-9, abs=1e-14)


def test_lower_tail_keeps_its_digits() -> None:
    u = np.linspace(-37, 0, 100)
    found = normal(0.0, 1.0).cdf(torch.from_numpy(u)).numpy()
    np.testing.assert_allclose(found, stats.norm.cdf(u), rtol=1e-11)  # 37 times, squared, the rounding of u / sqrt 2


@settings(deadline=None)
@given(shapes, st.integers(0, 2**31))
def test_shapes_follow_torch_distributions(shape: tuple[int, ...], seed: int) -> None:
    bits = Generator().manual_seed(seed)
    location, scale = torch.randn(shape, generator=bits), torch.rand(shape, generator=bits) + 0.1
    q, reference = Normal(location, scale), Reference(location, scale)
    z = q.rsample(3, bits)
    assert z.shape == reference.rsample(torch.Size([3])).shape
    assert z.dtype == location.dtype
    torch.testing.assert_close(q.log_prob(z), reference.log_prob(z))
    torch.testing.assert_close(q.cdf(z), reference.cdf(z))
    standard = Reference(torch.zeros(shape), torch.ones(shape))
    torch.testing.assert_close(standard_normal_log_prob(z), standard.log_prob(z))
    torch.testing.assert_close(q.kl_to_standard(), torch.distributions.kl_divergence(reference, standard))


def test_rsample_has_the_moments_and_the_law() -> None:
    z = normal(-2.0, 0.3).rsample(20_000, Generator().manual_seed(1))
    assert stats.kstest(z.numpy(), stats.norm(-2.0, 0.3).cdf).pvalue > 1e-3


def test_rsample_is_reparameterised_kw_eq_4() -> None:
    location = torch.tensor([1.0, -2.0], requires_grad=True)
    scale = torch.tensor([0.5, 2.0], requires_grad=True)
    z = Normal(location, scale).rsample(7, Generator().manual_seed(3))
    eps = ((z - location) / scale).detach()
    by_location, by_scale = torch.autograd.grad(z.sum(), [location, scale])
    torch.testing.assert_close(by_location, torch.full((2,), 7.0))  # d(mu + sigma eps)/d mu = 1, seven samples
    torch.testing.assert_close(by_scale, eps.sum(0))  # ... /d sigma = eps


@pytest.mark.parametrize(("location", "scale"), [(0.0, 1.0), (1.5, 0.4), (-0.7, 2.5), (3.0, 0.05)])
def test_kl_in_closed_form_is_the_monte_carlo_kl_kw_appendix_b(location: float, scale: float) -> None:
    draws = torch.tensor(stats.norm.rvs(location, scale, 100_000, random_state=5))
    ratio = torch.tensor(stats.norm.logpdf(draws.numpy(), location, scale) - stats.norm.logpdf(draws.numpy()))
    error = float(ratio.std()) / math.sqrt(len(ratio))
    # Four standard errors: a chance of 6e-5 for a correct formula; the absolute part is rounding, for q = p.
    found = float(normal(location, scale).kl_to_standard())
    assert found == pytest.approx(float(ratio.mean()), abs=4 * error + 1e-12)


def test_what_it_writes_out_is_what_every_location_scale_family_has() -> None:
    q, z = FAMILY(doubles(4, 9, 3, seed=1), doubles(4, 9, 3, seed=2)), 2 * doubles(9, 3, seed=3)
    known = doubles(4, 9, 3, seed=4) > 0
    plain = LocationScale
    for found, expected in (
        (q.log_prob(z), plain.log_prob(q, z)),
        (q.cdf(z), plain.cdf(q, z)),
        (q.kl_to_standard(), plain.kl_to_standard(q)),
        (q.variance, plain.variance.fget(q)),  # type: ignore[attr-defined]
        (q.sd, plain.sd.fget(q)),  # type: ignore[attr-defined]
        (q.pooled().location, plain.pooled(q).location),
        (q.pooled().scale, plain.pooled(q).scale),
        (q.noise_factor(z, known), plain.noise_factor(q, z, known)),
    ):
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
