"""Every family moved, joined and pooled, its noise factor, and the quantiles of its mixtures."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.location_scale import LocationScale
from aevb_cli.core.mixture import Mixture
from tests.core.families.references import (
    COUNTS,
    NUMBERS,
    REFERENCES,
    Raw,
    bits,
    doubles,
    every,
    location_scale,
    numbers,
    others,
    points,
    random_raw,
    random_values,
    scipy_of,
    some,
)


@numbers
def test_moved_and_scaled_are_scipy_s_moved_and_scaled(name: str) -> None:
    p, z = some(name, 4, 3, seed=11), random_values(name, 4, 3, seed=12)
    shift, factor, moved = doubles([0.5, -3.0, 100.0], [2.0, 0.01, 30.0], [-7.0, 0.0, 9.0])
    back = Distribution.affine(p, shift, factor)  # log-normal and logit-normal write out another
    torch.testing.assert_close(back.mean, shift + factor * p.mean)
    torch.testing.assert_close(back.variance, factor.square() * p.variance)
    torch.testing.assert_close(back.log_prob(shift + factor * z), p.log_prob(z) - factor.log())
    torch.testing.assert_close(back.cdf(shift + factor * z), p.cdf(z), rtol=0, atol=1e-12)
    place = moved.expand(4, 3)
    other = p.at(place, factor)
    torch.testing.assert_close(other.location, place)
    torch.testing.assert_close(other.log_prob(place + factor * z), p.log_prob(p.location + z) - factor.log())
    torch.testing.assert_close(p.at(p.location).log_prob(z), p.log_prob(z))


@numbers
def test_moved_to_more_places_every_tensor_has_their_shape(name: str) -> None:
    p = some(name, 3, seed=13)
    moved = p.at(p.location + torch.arange(5, dtype=torch.float64)[:, None])
    torch.testing.assert_close(
        moved.map(lambda each: each[2]).log_prob(p.location), p.at(p.location + 2).log_prob(p.location)
    )
    torch.testing.assert_close(moved.pooled().mean, p.mean + 2)


@others
def test_moved_classes_have_other_logits(name: str) -> None:
    p, other = some(name, 5, seed=14), some(name, 5, seed=15)
    z = random_values(name, 5, seed=16)
    assert torch.equal(p.at(other.location).log_prob(z), other.log_prob(z))


@pytest.mark.parametrize("name", ["gamma", *COUNTS])
def test_moved_logarithms_of_means_keep_their_relative_noise(name: str) -> None:
    p, other = some(name, 5, seed=14), some(name, 5, seed=15)
    z, factor = random_values(name, 5, seed=16), 3.0
    torch.testing.assert_close(p.at(p.location).log_prob(z), p.log_prob(z))
    moved = p.at(other.location, factor)
    torch.testing.assert_close(moved.mean, other.mean)
    poisson = moved.mean if name != "gamma" else 0
    excess = (p.variance - (p.mean if name != "gamma" else 0)) / p.mean.square()
    torch.testing.assert_close((moved.variance - poisson) / moved.mean.square(), factor**2 * excess)
    back = p.affine(torch.zeros(5).double(), torch.full((5,), 7.0).double())
    torch.testing.assert_close(back.mean, p.mean * (7 if name == "gamma" else 1))
    assert back.location.dtype == torch.float64


@every
def test_mapped_and_combined_act_on_every_tensor(name: str) -> None:
    p, other = some(name, 2, 5, seed=17), some(name, 3, 5, seed=18)
    z = random_values(name, 5, seed=19)
    torch.testing.assert_close(p.map(lambda each: each[1]).log_prob(z), p.log_prob(z)[1])
    both = p.combined([other], torch.cat)
    torch.testing.assert_close(both.log_prob(z), torch.cat([p.log_prob(z), other.log_prob(z)]))
    assert type(both) is type(p)


@pytest.mark.parametrize("name", [*NUMBERS, "gamma", "negative-binomial"])
def test_pooled_has_the_mixture_s_mean_and_variance(name: str) -> None:
    p = some(name, 40, 6, seed=20)
    pooled = p.pooled()
    mean = p.mean.mean(0)
    torch.testing.assert_close(pooled.mean, mean)
    torch.testing.assert_close(pooled.variance, (p.variance + p.mean.square()).mean(0) - mean.square())
    assert pooled.location.shape == (6,)


@others
def test_pooled_has_the_mixture_s_probabilities(name: str) -> None:
    p = some(name, 40, seed=21)
    z = torch.from_numpy(points(name, tuple(random_raw(name, seed=21))))[:, None]
    torch.testing.assert_close(
        p.pooled().log_prob(z[:, 0])
        if name == "bernoulli"
        else p.pooled().map(lambda x: x.expand(len(z), -1)).log_prob(z[:, 0]),
        torch.stack([p.log_prob(each).exp().mean() for each in z]).log(),
    )


@location_scale
@pytest.mark.parametrize("off", [1e-3, 0.7, 1.0, 40.0])
def test_noise_factor_is_the_likeliest(name: str, off: float) -> None:
    rows, columns = 60, 3
    raw = random_raw(name, 2, rows, columns, seed=22)
    raw[2:] = [each[:, :1].expand_as(raw[0]) for each in raw[2:]]
    p = FAMILIES[name](*raw)
    assert isinstance(p, LocationScale)
    z = p.location[0] + off * p.scale[0] * p.map(lambda each: each[0]).noise(1, bits(23))[0][0]
    known = torch.rand(2, rows, columns, generator=bits(24)) < 0.6
    z[7], known[:, 7] = torch.nan, False
    known[..., 2] = False
    found = p.noise_factor(z, known)
    assert float(found[2]) == 1  # nothing is known of it
    for column in range(2):
        u = p.residuals(z, known)[..., column][known[..., column]].numpy()
        parts = [getattr(p, each.name)[..., column][known[..., column]] for each in fields(p)]
        standard = type(p)(torch.zeros(len(u)).double(), torch.ones(len(u)).double(), *parts[2:])

        def loss(log_factor: float, u: np.ndarray = u, q: LocationScale = standard) -> float:
            return float(len(u) * log_factor - q.log_prob(torch.from_numpy(u / np.exp(log_factor))).sum())

        best = optimize.minimize_scalar(loss, bracket=(np.log(off) - 1, np.log(off) + 1), options={"xtol": 1e-10})
        # A minimum of doubles is known to the root of their rounding; the fixed point of Student's t, to 0.75^40.
        assert float(found[column]) == pytest.approx(np.exp(best.x), rel=1e-5)


@location_scale
def test_residuals_count_as_five_robust_standard_deviations_at_most(name: str) -> None:
    """Of residuals whose median is 0.6745 c the limit is 5 c, whatever the largest; and the factor is theirs."""
    zero, one = torch.zeros(1, 101, 2).double(), torch.ones(1, 101, 2).double()
    p = FAMILIES[name](zero, one.expm1().log(), *([zero + 3] * FAMILIES[name].constants))
    assert isinstance(p, LocationScale)
    p = p.at(p.location, 1 / p.scale)
    z, known = torch.linspace(-1.349, 1.349, 101).double()[:, None].repeat(1, 2), torch.ones(1, 101, 2).bool()
    usual = p.residuals(z, known)
    torch.testing.assert_close(usual[0], z)
    z[-1, 0], z[0, 0], known[0, 50, 1] = 60, -1e300, False
    found = p.residuals(z, known)[0]
    assert found[-1, 0] == pytest.approx(5, rel=0.03)
    assert found[0, 0] == -found[-1, 0]
    assert torch.equal(found[1:-1, 0], z[1:-1, 0])
    assert float(p.noise_factor(z, known)[0]) < 1.6 * float(p.noise_factor(z, known)[1])


@every
def test_noise_factor_without_rows_is_one(name: str) -> None:
    p = some(name, 2, 5, 3, seed=25)
    found = p.noise_factor(torch.full((5, 3), torch.nan).double(), torch.zeros(2, 5, 3, dtype=torch.bool))
    assert torch.equal(found, torch.ones(3, dtype=torch.float64))


@location_scale
def test_noise_factor_of_residuals_that_are_all_0_is_0(name: str) -> None:
    p = some(name, 2, 5, 3, seed=26).map(lambda each: each[:1])
    found = p.noise_factor(p.location[0], torch.ones(1, 5, 3, dtype=torch.bool))
    assert torch.equal(found, torch.zeros(3, dtype=torch.float64))


def mixture(name: str, *, rows: int = 9, draws: int = 30, seed: int = 27) -> tuple[Raw, LocationScale]:
    """Raw values and the distribution, (draws, rows, 2). Constants are the draws' own, as an ensemble has them."""
    raw = random_raw(name, draws, rows, 2, seed=seed)
    raw[FAMILIES[name].outputs :] = [each[:, :1].expand_as(each) for each in raw[FAMILIES[name].outputs :]]
    p = FAMILIES[name](*raw)
    assert isinstance(p, LocationScale)
    return tuple(raw), p


@location_scale
def test_curve_is_the_mixture_s_cdf_density_and_slope(name: str) -> None:
    raw, p = mixture(name)
    z, reference = random_values(name, 9, 2, seed=28), scipy_of(name, raw)
    curve, unit = p.curve()
    found, density, slope = curve(z)
    np.testing.assert_allclose(found, reference.cdf(z).mean(0), rtol=0, atol=REFERENCES[name].cdf)  # type: ignore[index]
    single = 1e-5 if isinstance(p, Normal) else 1e-9  # whose slopes are in single precision, for speed
    np.testing.assert_allclose(density / unit, reference.pdf(z).mean(0), rtol=single, atol=single)
    step = 1e-5
    up, down = (reference.pdf(z + sign * step).mean(0) for sign in (1, -1))
    np.testing.assert_allclose(slope / unit, (up - down) / (2 * step), rtol=1e-5, atol=1e-5)
    assert torch.equal(p.resolution, p.scale.amin(0))


@every
def test_the_plain_curve_is_cdf_and_density(name: str) -> None:
    p = some(name, 30, 4, seed=29)
    z = random_values(name, 4, seed=30)
    (found, density, slope), unit = (curve := Distribution.curve(p))[0](z), curve[1]
    torch.testing.assert_close(found, p.cdf(z).mean(0))
    torch.testing.assert_close(density / unit, p.log_prob(z).exp().mean(0))
    assert not slope.any()
    torch.testing.assert_close(Distribution.resolution.fget(p), p.sd.amin(0))  # type: ignore[attr-defined]


probabilities = st.one_of(st.sampled_from([1e-4, 1 - 1e-4, 0.05, 0.5, 0.95]), st.floats(1e-4, 1 - 1e-4))


@location_scale
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**31), probability=probabilities, apart=st.sampled_from([0.0, 0.3, 3.0, 100.0]))
def test_quantile_inverts_the_cdf(name: str, seed: int, probability: float, apart: float) -> None:
    _, p = mixture(name, rows=4, draws=12, seed=seed)
    p = p.at(p.location * apart, torch.rand(p.scale.shape, generator=bits(seed)).double() + 0.01)
    z = Mixture(p).quantile(probability)
    # A last step of 2e-3 scales leaves its cube; at a kink, its square: 4e-6 of the scale, of density one half at most.
    near = 4e-6 * p.scale.amin(0)
    below, above = (Mixture(p).cdf(z + sign * near) for sign in (-1, 1))
    assert (below - 1e-9 <= probability).all()
    assert (above + 1e-9 >= probability).all()


@location_scale
def test_quantile_is_independent_of_the_other_rows(name: str) -> None:
    (_, p), (_, other) = mixture(name, rows=50), mixture(name, rows=50, seed=33)
    kept = torch.zeros(50, 1, dtype=torch.bool).index_fill(0, torch.tensor([0, 17, 49]), True)
    beside = p.at(torch.where(kept, p.location, 30 * other.location))
    whole, again = (Mixture(each).quantile(0.03) for each in (p, beside))
    assert torch.equal(again[kept[:, 0]], whole[kept[:, 0]])
    assert not torch.equal(again, whole)
