"""Every family's draws, divergence and entropy against scipy.

Seeds are fixed, so a test that passes goes on passing; a right formula fails one of a thousand seeds.
"""

from dataclasses import fields

import numpy as np
import pytest
import torch
from scipy import special, stats

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.location_scale import LocationScale
from tests.core.families.references import (
    bits,
    cases,
    doubles,
    family_of,
    location_scale,
    log_density,
    nodes,
    others,
    points,
    random_raw,
    scale,
    scipy_of,
    total,
    whole,
)

DRAWS = 100_000
SPREADS = [(-2.0, -9.0), (1.0, 2.0)]


@location_scale
def test_draws_have_the_law(name: str) -> None:
    for raw in (doubles(*each, *[1.0] * FAMILIES[name].constants) for each in SPREADS):
        p, law = FAMILIES[name](*(each.expand(DRAWS) for each in raw)), scipy_of(name, raw).cdf
        assert isinstance(p, LocationScale)
        assert stats.kstest(p.sample(bits(1)).numpy(), law).pvalue > 1e-3
        assert stats.kstest(p.rsample(2, bits(2)).flatten().numpy(), law).pvalue > 1e-3
        standard = scipy_of(name, doubles(0.0, special.logit(0.5), *[1.0] * FAMILIES[name].constants))
        eps, by_constants = p.noise(1, bits(3))
        assert stats.kstest(eps[0].numpy(), lambda u, q=standard: q.cdf(u * scale(0.0))).pvalue > 1e-3
        assert [each.shape for each in by_constants] == [eps.shape] * FAMILIES[name].constants


@location_scale
def test_draws_have_mean_and_variance(name: str) -> None:
    for raw in (doubles(*each, *[8.0] * FAMILIES[name].constants) for each in SPREADS):
        p, reference = FAMILIES[name](*(each.expand(DRAWS) for each in raw)), scipy_of(name, raw)
        mean, variance, kurtosis = (float(each) for each in reference.stats(moments="mvk"))
        z = p.sample(bits(4))
        # Four standard errors; the variance's has the fourth moment, of 10 degrees of freedom finite.
        assert float(z.mean()) == pytest.approx(mean, abs=4 * (variance / DRAWS) ** 0.5)
        assert float(z.var()) == pytest.approx(variance, abs=4 * variance * ((kurtosis + 2) / DRAWS) ** 0.5)


@others
def test_draws_of_words_are_as_frequent_as_they_are_likely(name: str) -> None:
    raw = random_raw(name, seed=8)
    p = family_of(name)(*(each.expand(DRAWS, *each.shape) for each in raw))
    z = points(name, tuple(raw))
    drawn = p.sample(bits(5))
    assert drawn.dtype == torch.float64
    found = [int((drawn == value).sum()) for value in z]
    assert stats.chisquare(found, DRAWS * scipy_of(name, tuple(raw)).pmf(z)).pvalue > 1e-3


@pytest.mark.parametrize("name", ["mixture", "gamma"])
def test_draws_of_other_numbers_have_the_law(name: str) -> None:
    for raw in cases(name)[:3]:
        p = FAMILIES[name](*(each.expand(DRAWS) for each in raw))
        assert stats.kstest(p.sample(bits(1)).numpy(), scipy_of(name, raw).cdf).pvalue > 1e-3


@whole
def test_draws_of_counts_are_as_frequent_as_they_are_likely(name: str) -> None:
    for raw in cases(name):
        p, law = family_of(name)(*(each.expand(DRAWS) for each in raw)), scipy_of(name, raw)
        ends = np.unique(law.ppf(np.linspace(0.05, 0.95, 19)))  # bins of about a twentieth each
        expected = np.diff([0, *law.cdf(ends), 1]).clip(1e-9)
        drawn = np.bincount(np.searchsorted(ends, p.sample(bits(1)).numpy()), minlength=len(expected))
        assert stats.chisquare(drawn, DRAWS * expected, sum_check=False).pvalue > 1e-3


@location_scale
def test_draws_are_reparameterised_kw_eq_4(name: str) -> None:
    leaves = [each.requires_grad_() for each in random_raw(name, 2, seed=9)]
    p = FAMILIES[name](*leaves)
    assert isinstance(p, LocationScale)
    p = type(p)(*(getattr(p, each.name).detach().requires_grad_() for each in fields(p)))
    eps, _ = p.noise(7, bits(6))
    assert torch.equal(p.rsample(7, bits(6)), p.from_noise(eps))
    by_location, by_scale = torch.autograd.grad(p.from_noise(eps.detach()).sum(), [p.location, p.scale])
    torch.testing.assert_close(by_location, torch.full((2,), 7.0, dtype=torch.float64))
    torch.testing.assert_close(by_scale, eps.sum(0).detach())


@location_scale
def test_kl_to_standard_is_the_integral_kw_appendix_b(name: str) -> None:
    for raw in cases(name, constants=(2.0, 8.0, 30.0)):  # the integrand of a variance near infinity does not end
        if float(raw[1]) > 20:  # from here on softplus is cut off, and the KL is of the order of the square of it
            continue
        p = FAMILIES[name](*raw)
        assert isinstance(p, LocationScale)
        z, width = nodes(name, raw)
        log_q = log_density(name, raw, z)
        q = np.exp(log_q) * width
        expected = total(np.where(q > 0, q * (np.maximum(log_q, -800) + 0.5 * z**2 + 0.5 * np.log(2 * np.pi)), 0))
        # As for the density; the integrand is up to 1e3 times as large.
        assert float(p.kl_to_standard()) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@location_scale
def test_gradients_of_the_kl_are_automatic_differentiation(name: str) -> None:
    record = FAMILIES[name](*random_raw(name, 9, seed=10))
    assert isinstance(record, LocationScale)
    leaves = [getattr(record, each.name).clone().requires_grad_() for each in fields(record)]
    by_location, by_scale, *by_constants = torch.autograd.grad(type(record)(*leaves).kl_to_standard().sum(), leaves)
    torch.testing.assert_close(by_location, record.location)
    torch.testing.assert_close(by_scale, record.noise_variance * record.scale - 1 / record.scale)
    for each, other in zip(record.kl_by_constants(), by_constants, strict=True):
        torch.testing.assert_close(each, other, rtol=1e-9, atol=1e-9)  # digammas' differences


@location_scale
def test_noise_entropy_and_variance_are_scipy_s(name: str) -> None:
    for raw in cases(name):
        p = FAMILIES[name](*raw)
        assert isinstance(p, LocationScale)
        reference = scipy_of(name, raw)
        size = np.log(reference.std() / np.sqrt(float(p.noise_variance)))
        assert size == pytest.approx(np.log(scale(float(raw[1]))), abs=1e-9)
        assert float(p.noise_entropy) + size == pytest.approx(float(reference.entropy()), abs=1e-9)
