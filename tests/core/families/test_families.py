"""Every family against scipy: densities, gradients, draws, divergences, mixtures and their quantiles.

A family is one line in REFERENCES; all tests below run for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats
from torch import Generator, Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Distribution, Family
from aevb_cli.core.families.location_scale import LocationScale, LocationScaleFamily
from aevb_cli.core.mixture import Mixture
from aevb_cli.settings import Likelihood


def softplus(raw: Any) -> Any:
    return np.logaddexp(0, raw)


def scale(raw: Any) -> Any:
    return softplus(raw) + 1e-3


@dataclass(frozen=True)
class Reference:
    """scipy: raw values -> scipy's frozen distribution; cdf: how far the distribution function may be off."""

    scipy: Callable[..., Any]
    cdf: float = 1e-12  # a handful of operations on doubles; softplus is cut off at 20, 1e-12 of a scale of 25


REFERENCES: dict[Likelihood, Reference] = {
    "gaussian": Reference(lambda location, raw: stats.norm(location, scale(raw))),
    # Whose log-density does not go through the density, unlike that of scipy.stats.laplace.
    "laplace": Reference(lambda location, raw: stats.gennorm(1, location, scale(raw))),
    "logistic": Reference(lambda location, raw: stats.logistic(location, scale(raw))),
    # Tabulated, and flat beyond 8e4 scales: each errs by less than 1e-9.
    "student-t": Reference(lambda location, raw, df: stats.t(2.05 + softplus(df), location, scale(raw)), cdf=1e-9),
    "bernoulli": Reference(lambda logit: stats.bernoulli(special.expit(logit))),
    "categorical": Reference(
        lambda logits: stats.rv_discrete(values=(range(len(logits)), special.softmax(logits))), cdf=1e-12
    ),
}

NUMBERS = [name for name, family in FAMILIES.items() if family.kind == "number"]
OTHERS = [name for name in FAMILIES if name not in NUMBERS]
LOCATION_SCALE = [name for name, family in FAMILIES.items() if isinstance(family, LocationScaleFamily)]
WORDS = 4

every = pytest.mark.parametrize("name", FAMILIES)
numbers = pytest.mark.parametrize("name", NUMBERS)
others = pytest.mark.parametrize("name", OTHERS)
location_scale = pytest.mark.parametrize("name", LOCATION_SCALE)

Raw = tuple[Tensor, ...]


def doubles(*values: Any) -> Raw:
    return tuple(torch.as_tensor(value, dtype=torch.float64) for value in values)


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def family_of(name: str) -> Family:
    return FAMILIES[name].of(WORDS if name == "categorical" else 0)


def cases(name: str, *, constants: tuple[float, ...] = (-6.0, 1.0, 30.0)) -> list[Raw]:
    """Raw values of one distribution each. Scales from 1e-3 to 25; logits at which scipy's 1 - p has digits enough."""
    family = family_of(name)
    if family.kind == "number":
        rest = product((0.0, -3.0, 50.0), (-9.0, 0.0, 3.0, 25.0), *[constants] * family.constants)
        return [doubles(*each) for each in rest]
    if family.outputs == 1:
        return [doubles(logit) for logit in (-12.0, -1.0, 0.0, 0.3, 12.0)]
    return [doubles(logits) for logits in ([0.0, 0, 0, 0], [1.0, -2, 0.5, 3], [-9.0, 2, 5, -1], [30.0, 0, 20, 10])]


def at_points(name: str, raw: Raw, z: np.ndarray) -> Distribution:
    """The distribution, as often as there are values where these do not broadcast."""
    return family_of(name)(*(each.expand(len(z), -1) for each in raw) if name == "categorical" else raw)


def scipy_of(name: str, raw: Raw) -> Any:
    reference: Any = REFERENCES[name].scipy  # type: ignore[index]
    return reference(*(each.numpy() for each in raw))


def log_density(name: str, raw: Raw, z: np.ndarray) -> np.ndarray:
    p = scipy_of(name, raw)
    return np.asarray(p.logpdf(z) if family_of(name).kind == "number" else p.logpmf(z))


SIZES = np.concatenate([np.logspace(-8, 6, 113), np.linspace(0.05, 40, 200)])


def points(name: str, raw: Raw) -> np.ndarray:
    """Where a distribution is compared: a million scales to either side, or every value."""
    family = family_of(name)
    if family.kind == "number":
        return np.asarray(float(raw[0]) + scale(float(raw[1])) * np.concatenate([-SIZES[::-1], [0.0], SIZES]))
    return np.arange(max(family.outputs, 2), dtype=float)


def nodes(raw: Raw, reach: float = 40.0) -> tuple[np.ndarray, np.ndarray]:
    """z, and dz/dt, where z = location + scale sinh t: even the heaviest tails fall off exponentially in t."""
    t = np.linspace(-reach, reach, 40_001)
    size = scale(float(raw[1]))
    return float(raw[0]) + size * np.sinh(t), size * np.cosh(t) * (t[1] - t[0])


def total(values: np.ndarray) -> float:
    return float(integrate.simpson(values))  # a kink at the location is at a node


def random_raw(name: str, *lead: int, seed: int, words: int = WORDS) -> list[Tensor]:
    """Raw values of any shape, (..., words) for words."""
    family, some = family_of(name), bits(seed)
    count = 1 if family.kind == "class" else family.outputs + family.constants
    shape = (*lead, words) if name == "categorical" else lead
    return [torch.randn(shape, generator=some, dtype=torch.float64) for _ in range(count)]


def random_values(name: str, *shape: int, seed: int) -> Tensor:
    if FAMILIES[name].kind == "number":
        return 3 * torch.randn(shape, generator=bits(seed), dtype=torch.float64)
    return torch.randint(WORDS if name == "categorical" else 2, shape, generator=bits(seed)).double()


def test_every_family_has_a_reference() -> None:
    assert list(REFERENCES) == list(FAMILIES)
    assert all(family.name == name for name, family in FAMILIES.items())


@every
def test_log_prob_is_scipy_s(name: str) -> None:
    for raw in cases(name):
        z = points(name, raw)
        found = at_points(name, raw, z).log_prob(torch.from_numpy(z)).numpy()
        # softplus is cut off at 20, which costs 2e-9 of it at most: less than 1e-12 of a scale of 25, squared.
        np.testing.assert_allclose(found, log_density(name, raw, z), rtol=1e-9, atol=1e-9)


@every
def test_cdf_is_scipy_s(name: str) -> None:
    for raw in cases(name):
        z = points(name, raw)
        z = z if name in NUMBERS else np.concatenate([[-1.0], z, z + 0.5, [9.0]])
        found = family_of(name)(*raw).cdf(torch.from_numpy(z)).numpy()
        np.testing.assert_allclose(found, scipy_of(name, raw).cdf(z), rtol=0, atol=REFERENCES[name].cdf)  # type: ignore[index]


@numbers
def test_cdf_of_numbers_is_monotonic_and_the_pit(name: str) -> None:
    for raw in cases(name):
        p, z = family_of(name)(*raw), torch.from_numpy(points(name, raw)).sort().values
        assert (p.cdf(z).diff() >= -1e-15).all()
        assert torch.equal(p.pit(z), p.cdf(z))


@numbers
def test_density_integrates_to_one(name: str) -> None:
    for raw in cases(name):
        z, width = nodes(raw)
        density = family_of(name)(*raw).log_prob(torch.from_numpy(z)).exp().numpy()
        # Simpson's rule errs by a step of 2e-3 to the fourth; the cut of softplus is in density and scale alike.
        assert total(density * width) == pytest.approx(1, abs=1e-9)


@others
def test_probabilities_sum_to_one(name: str) -> None:
    for raw in cases(name):
        z = points(name, raw)
        assert float(at_points(name, raw, z).log_prob(torch.from_numpy(z)).exp().sum()) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "categorical"])  # codes have no mean
def test_mean_and_variance_are_scipy_s(name: str) -> None:
    for raw in cases(name):
        p, reference = family_of(name)(*raw), scipy_of(name, raw)
        assert float(p.mean) == pytest.approx(reference.mean(), rel=1e-12)
        # 1 - p of a probability near 1 has as many digits less as it is small: here six.
        assert float(p.variance) == pytest.approx(reference.var(), rel=1e-10)
        assert float(p.sd) == pytest.approx(reference.std(), rel=1e-10)


# Gradients


@every
def test_gradient_is_automatic_differentiation(name: str) -> None:
    family, raw = family_of(name), random_raw(name, 3, 7, seed=1)
    z = random_values(name, 7, seed=2)
    leaves = [each.clone().requires_grad_() for each in raw]
    expected = torch.autograd.grad(family(*leaves).log_prob(z).sum(), leaves)
    found = family.gradient(raw, z)
    assert len(found) == len(expected)
    for each, other in zip(found, expected, strict=True):
        torch.testing.assert_close(each, other, rtol=1e-11, atol=1e-11)  # rounding
    if name != "categorical":  # whose raw values have one dimension more
        for each, other in zip(Family.gradient(family, raw, z), expected, strict=True):
            torch.testing.assert_close(each, other, rtol=1e-12, atol=1e-12)


@every
def test_gradient_is_a_difference_quotient(name: str) -> None:
    family, raw, step = family_of(name), random_raw(name, 50, seed=3), 1e-5
    z = random_values(name, 50, seed=4)
    for place, found in enumerate(family.gradient(raw, z)):
        for at in [...] if found.dim() == 1 else [(..., word) for word in range(WORDS)]:
            change = torch.zeros_like(raw[place])
            change[at] = step
            up, down = (
                family(*raw[:place], raw[place] + sign * change, *raw[place + 1 :]).log_prob(z) for sign in (1, -1)
            )
            # The third derivative times step^2, of scales of 0.1 and residuals of 50 of them; and rounding / step.
            torch.testing.assert_close(found[at], (up - down) / (2 * step), rtol=1e-6, atol=1e-6)


@every
@pytest.mark.parametrize("shared", [False, True], ids=["of each row", "raw scale shared by rows"])
def test_weighted_gradient_is_the_gradient_of_the_weighted_sum(name: str, shared: bool) -> None:
    family, members, columns, rows = family_of(name), 3, 2, 11
    raw = random_raw(name, members, columns, rows, seed=5)
    first = 1 if shared else family.outputs
    raw = [each if place < first else each[:, :, :1].clone() for place, each in enumerate(raw)]
    z, weight = random_values(name, columns, rows, seed=6), torch.rand(members, 1, rows, generator=bits(7)).double()
    leaves = [each.clone().requires_grad_() for each in raw]
    spread = [each.expand(members, columns, rows, *each.shape[3:]) for each in leaves]
    expected = torch.autograd.grad((family(*spread).log_prob(z) * weight).sum(), leaves)
    into = [torch.full_like(each, torch.nan) for each in raw]
    family.weighted_gradient(raw, z, weight[..., None] if name == "categorical" else weight, into)
    for each, other in zip(into, expected, strict=True):
        torch.testing.assert_close(each, other, rtol=1e-11, atol=1e-11)
    if name != "categorical":
        Family.weighted_gradient(family, raw, z, weight, into)
        for each, other in zip(into, expected, strict=True):
            torch.testing.assert_close(each, other, rtol=1e-11, atol=1e-11)


# Draws: seeds are fixed, so a test that passes goes on passing; a right formula fails one of a thousand seeds

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


@location_scale
def test_draws_are_reparameterised_kw_eq_4(name: str) -> None:
    leaves = [each.requires_grad_() for each in random_raw(name, 2, seed=9)]
    p = FAMILIES[name](*leaves)
    assert isinstance(p, LocationScale)
    p = type(p)(*(getattr(p, each).detach().requires_grad_() for each in p.__dataclass_fields__))
    eps, _ = p.noise(7, bits(6))
    assert torch.equal(p.rsample(7, bits(6)), p.from_noise(eps))
    by_location, by_scale = torch.autograd.grad(p.from_noise(eps.detach()).sum(), [p.location, p.scale])
    torch.testing.assert_close(by_location, torch.full((2,), 7.0, dtype=torch.float64))
    torch.testing.assert_close(by_scale, eps.sum(0).detach())


# Divergence


@location_scale
def test_kl_to_standard_is_the_integral_kw_appendix_b(name: str) -> None:
    for raw in cases(name, constants=(2.0, 8.0, 30.0)):  # the integrand of a variance near infinity does not end
        if float(raw[1]) > 20:  # from here on softplus is cut off, and the KL is of the order of the square of it
            continue
        p = FAMILIES[name](*raw)
        assert isinstance(p, LocationScale)
        z, width = nodes(raw)
        log_q = log_density(name, raw, z)
        q = np.exp(log_q) * width
        expected = total(np.where(q > 0, q * (np.maximum(log_q, -800) + 0.5 * z**2 + 0.5 * np.log(2 * np.pi)), 0))
        # As for the density; the integrand is up to 1e3 times as large.
        assert float(p.kl_to_standard()) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@location_scale
def test_gradients_of_the_kl_are_automatic_differentiation(name: str) -> None:
    record = FAMILIES[name](*random_raw(name, 9, seed=10))
    assert isinstance(record, LocationScale)
    leaves = [getattr(record, each).clone().requires_grad_() for each in record.__dataclass_fields__]
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


# Moved, joined, pooled


def some(name: str, *shape: int, seed: int) -> Distribution:
    return family_of(name)(*random_raw(name, *shape, seed=seed))


@numbers
def test_moved_and_scaled_are_scipy_s_moved_and_scaled(name: str) -> None:
    p, z = some(name, 4, 3, seed=11), random_values(name, 4, 3, seed=12)
    shift, factor, moved = doubles([0.5, -3.0, 100.0], [2.0, 0.01, 30.0], [-7.0, 0.0, 9.0])
    back = p.affine(shift, factor)
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
    assert torch.equal(p.at(other.location, 3.0).log_prob(z), other.log_prob(z))


@every
def test_mapped_and_combined_act_on_every_tensor(name: str) -> None:
    p, other = some(name, 2, 5, seed=17), some(name, 3, 5, seed=18)
    z = random_values(name, 5, seed=19)
    torch.testing.assert_close(p.map(lambda each: each[1]).log_prob(z), p.log_prob(z)[1])
    both = p.combined([other], torch.cat)
    torch.testing.assert_close(both.log_prob(z), torch.cat([p.log_prob(z), other.log_prob(z)]))
    assert type(both) is type(p)


@numbers
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
        u = ((z - p.location) / p.scale)[..., column][known[..., column]].numpy()
        parts = [getattr(p, each)[..., column][known[..., column]] for each in p.__dataclass_fields__]
        standard = type(p)(torch.zeros(len(u)).double(), torch.ones(len(u)).double(), *parts[2:])

        def loss(log_factor: float, u: np.ndarray = u, q: LocationScale = standard) -> float:
            return float(len(u) * log_factor - q.log_prob(torch.from_numpy(u / np.exp(log_factor))).sum())

        best = optimize.minimize_scalar(loss, bracket=(np.log(off) - 1, np.log(off) + 1), options={"xtol": 1e-10})
        # A minimum of doubles is known to the root of their rounding; the fixed point of Student's t, to 0.75^40.
        assert float(found[column]) == pytest.approx(np.exp(best.x), rel=1e-5)


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


# Mixtures


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
    single = 1e-5 if name == "gaussian" else 1e-9  # whose slopes are in single precision, for speed
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


# Edges


@numbers
def test_huge_residuals_are_finite(name: str) -> None:
    for kind in (torch.float32, torch.float64):
        raw = [torch.zeros((), dtype=kind) for _ in FAMILIES[name].start]
        z = torch.tensor([-1e6, 1e6], dtype=kind)
        p = FAMILIES[name](*raw)
        for each in (p.log_prob(z), p.cdf(z), *FAMILIES[name].gradient(raw, z)):
            assert each.isfinite().all()
            assert each.dtype == kind


@every
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_results_have_the_dtype_of_the_raw_values(name: str, kind: torch.dtype) -> None:
    family = family_of(name)
    raw = [each.to(kind) for each in random_raw(name, 3, 5, seed=31)]
    z = random_values(name, 3, 5, seed=32).to(kind)
    p = family(*raw)
    curve, _ = p.curve()
    results = [p.mean, p.variance, p.sd, p.log_prob(z), p.cdf(z), p.pit(z), p.sample(bits(33)), p.pooled().location]
    results += [*family.gradient(raw, z), curve(z[0])[0], p.resolution]
    if name != "categorical":
        results += Family.gradient(family, raw, z)
    if isinstance(p, LocationScale):
        results += [p.kl_to_standard(), p.rsample(2, bits(34)), *p.noise(2, bits(34))[1], *p.kl_by_constants()]
        results += [p.noise_factor(z[0][None], torch.ones(3, 1, 5, dtype=torch.bool))]
    assert {each.dtype for each in results} == {kind}


@every
def test_single_precision_is_double_precision_rounded(name: str) -> None:
    family, raw, z = family_of(name), random_raw(name, 50, seed=35), random_values(name, 50, seed=36)
    single = [each.float() for each in raw]
    for rough, exact in zip(
        [family(*single).log_prob(z.float()), family(*single).cdf(z.float()), *family.gradient(single, z.float())],
        [family(*raw).log_prob(z), family(*raw).cdf(z), *family.gradient(raw, z)],
        strict=True,
    ):
        # Ten roundings of 6e-8, of residuals of up to a hundred, squared.
        torch.testing.assert_close(rough.double(), exact, rtol=1e-4, atol=1e-5)


@every
def test_refuse_says_why_or_nothing(name: str) -> None:
    family = FAMILIES[name]
    for low, high, words in ((0.0, 1.0, 0), (-3.0, 7.0, 0), (0.0, 4.0, 5)):
        reason = family.refuse(low, high, words)
        if (name == "categorical") != bool(words):
            assert reason is not None
            assert reason.startswith("it holds words" if words else "it holds numbers")
        elif name == "bernoulli" and high > 1:
            assert reason == "its values do not lie between 0 and 1"
        else:
            assert reason is None


@every
def test_start_has_every_raw_value_of_a_family_of_fixed_width(name: str) -> None:
    family = FAMILIES[name]
    if name != "categorical":
        assert len(family.start) == family.outputs + family.constants
        p = family(*(torch.tensor(each) for each in family.start))
        assert float(p.log_prob(torch.tensor(0.0))) == pytest.approx(
            float(log_density(name, doubles(*family.start), np.array(0.0))), rel=1e-5
        )
