"""Every family against scipy: densities, distribution functions, gradients, precision."""

import math
from itertools import product

import numpy as np
import pytest
import torch

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Family
from aevb_cli.core.families.location_scale import LocationScale
from tests.core.families.references import (
    NUMBERS,
    OTHERS,
    REFERENCES,
    WORDS,
    at_points,
    bits,
    cases,
    every,
    family_of,
    log_density,
    nodes,
    numbers,
    others,
    points,
    random_raw,
    random_values,
    scipy_of,
    total,
)


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
        z = z if FAMILIES[name].kind == "number" else np.concatenate([[-1.0], z, z + 0.5, [z[-1] + 9]])
        found = family_of(name)(*raw).cdf(torch.from_numpy(z)).numpy()
        np.testing.assert_allclose(found, scipy_of(name, raw).cdf(z), rtol=0, atol=REFERENCES[name].cdf)  # type: ignore[index]


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in OTHERS])
def test_below_is_what_is_below_a_jump(name: str) -> None:
    for raw in cases(name):
        p, z = family_of(name)(*raw), torch.from_numpy(points(name, raw))
        if FAMILIES[name].kind == "number":
            assert torch.equal(p.below(z), p.cdf(z))
            continue
        below = p.cdf(z) - p.log_prob(z).exp()
        torch.testing.assert_close(p.below(z), below, rtol=0, atol=2 * REFERENCES[name].cdf)  # type: ignore[index]
        assert torch.equal(p.below(z + 0.5), p.cdf(z))
        assert torch.equal(p.below(-z), torch.zeros_like(z))


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in OTHERS])
def test_both_tails_are_scipy_s_and_as_exact_as_the_smaller_one(name: str) -> None:
    for raw in cases(name):
        p, z = family_of(name)(*raw), points(name, raw)
        shape = 1, z.size, 1
        tails = p.map(lambda each: each.expand(shape)).tails(torch.zeros(1, dtype=torch.long))  # noqa: B023
        below, above, density = (part.numpy()[0, :, 0] for part in tails(torch.from_numpy(z)[:, None]))
        reference = scipy_of(name, raw)
        np.testing.assert_allclose(below, reference.cdf(z), rtol=0, atol=REFERENCES[name].cdf)  # type: ignore[index]
        np.testing.assert_allclose(above, reference.sf(z), rtol=0, atol=REFERENCES[name].cdf)  # type: ignore[index]
        np.testing.assert_allclose(density, np.exp(log_density(name, raw, z)), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(p.survival(torch.from_numpy(z)).numpy(), above, rtol=1e-9)


@numbers
def test_cdf_of_numbers_is_monotonic(name: str) -> None:
    for raw in cases(name):
        p, z = family_of(name)(*raw), torch.from_numpy(points(name, raw)).sort().values
        assert (p.cdf(z).diff() >= -1e-15).all()


@pytest.mark.parametrize("name", [*NUMBERS, "gamma"])
def test_density_integrates_to_one(name: str) -> None:
    for raw in cases(name):
        z, width = nodes(name, raw)
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


@every
def test_one_wild_draw_of_the_weights_leaves_a_gradient_that_can_be_clipped(name: str) -> None:
    """A row far out in one column, once in a thousand minibatches: e^800 ended the training of all members."""
    family, z = family_of(name), random_values(name, 5, seed=8).float()
    raw = [each.float() for each in random_raw(name, 5, seed=9)]
    for wild in product((-800.0, None, 800.0), repeat=len(raw)):
        values = [each if one is None else torch.full_like(each, one) for each, one in zip(raw, wild, strict=True)]
        p = family(*values)
        for found in (p.log_prob(z), p.mean, *family.gradient(values, z)):
            assert found.isfinite().all()


@pytest.mark.parametrize("name", ["poisson", "negative-binomial", "gamma"])
def test_a_mean_far_off_is_drawn_back(name: str) -> None:
    rest = [torch.zeros(1)] * (len(FAMILIES[name].start) - 1)
    for location in (-800.0, 800.0):
        pull, *_ = FAMILIES[name].gradient([torch.tensor([location]), *rest], torch.tensor([3.0]))
        assert pull * location < 0


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "log-normal"])
def test_the_mean_of_a_row_is_at_most_e_times_the_largest_z_where_it_is_an_exponential(name: str) -> None:
    raw = [each.double() for each in random_raw(name, 5, seed=9)]
    ends = torch.tensor([1.5, 6.0]).double().expand(5, 2).unbind(1)
    if name not in {"poisson", "negative-binomial", "gamma"}:
        p = family_of(name)(*raw)
        assert torch.equal(p.within(*ends).coordinates, p.coordinates)
        return
    far = [torch.tensor([-30.0, 0.0, 1.0, 2.0, 30.0]).double(), *raw[1:]]
    p = family_of(name)(*far)
    near = p.within(*ends)
    torch.testing.assert_close(near.mean, p.mean.clamp(max=6 * math.e))
    assert torch.equal(near.coordinates[:3], p.coordinates[:3])


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
    results = [p.mean, p.variance, p.sd, p.log_prob(z), p.cdf(z), p.below(z), p.sample(bits(33)), p.pooled().location]
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
