"""What log-normal and logit-normal share: quantiles, densities with their Jacobian, scores."""

from functools import partial

import numpy as np
import pytest
import torch
from scipy import integrate

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.transformed import Transformed
from aevb_cli.core.mixture import Mixture
from tests.core.families.references import bits

both = pytest.mark.parametrize("name", ["log-normal", "logit-normal"])
SHIFT, SCALE = torch.tensor([0.4]).double(), torch.tensor([0.8]).double()


def draws(name: str, seed: int = 1) -> Transformed:
    raw = 0.5 * torch.randn(2, 20, 4, 1, generator=bits(seed), dtype=torch.float64)
    p = FAMILIES[name](*raw).affine(SHIFT, SCALE)
    assert isinstance(p, Transformed)
    return p


@both
def test_backward_undoes_forward_and_tells_its_slope(name: str) -> None:
    p, u = draws(name), torch.linspace(-4, 4, 33).double().requires_grad_()
    z, slope = p.forward(u)
    again, log_slope = p.backward(z)
    torch.testing.assert_close(again, u)
    (expected,) = torch.autograd.grad(z.sum(), u)
    torch.testing.assert_close(slope, expected)
    torch.testing.assert_close(log_slope, -expected.log())


@both
def test_log_prob_is_the_slope_of_the_cdf(name: str) -> None:
    p, z = draws(name), torch.linspace(0.05, 0.95, 19).double()
    at = z.clone().requires_grad_()
    (slope,) = torch.autograd.grad(p.cdf(at).sum(), at)
    torch.testing.assert_close(p.log_prob(z).exp().sum((0, 1)), slope)
    torch.testing.assert_close(p.survival(z), 1 - p.cdf(z))


@both
def test_density_of_units_is_that_of_standardised_values_with_the_jacobian(name: str) -> None:
    raw = 0.5 * torch.randn(2, 20, 4, 1, generator=bits(1), dtype=torch.float64)
    standard, p = FAMILIES[name](*raw), draws(name)
    z = torch.tensor([0.1, 0.4, 0.6, 0.93]).double()[:, None]
    u, log_slope = p.backward(z)
    torch.testing.assert_close(p.log_prob(z), standard.log_prob((u - SHIFT) / SCALE) - SCALE.log() + log_slope)


@both
def test_quantile_inverts_the_cdf(name: str) -> None:
    for seed in (1, 2, 3):
        m = Mixture(draws(name, seed))
        for probability in (1e-3, 0.05, 0.5, 0.95, 0.999):
            z = m.quantile(probability)
            assert (z > 0).all()
            torch.testing.assert_close(m.cdf(z), torch.full_like(z, probability), rtol=0, atol=1e-8)


@both
def test_crps_is_the_integral(name: str) -> None:
    m, z = Mixture(draws(name)), torch.tensor([0.05, 0.5, 0.7, 0.99]).double()[:, None]
    found = m.crps(z)
    for row in range(4):
        law = m.draws.map(partial(torch.select, dim=1, index=row))

        def square(t: float, over: bool, law: Transformed = law) -> float:  # type: ignore[assignment]
            f = float(law.cdf(torch.tensor(t).double()).mean(0))
            return (1 - f) ** 2 if over else f**2

        at, end = float(z[row]), 1.0 if name == "logit-normal" else np.inf
        expected = integrate.quad(square, 0, at, args=(False,))[0] + integrate.quad(square, at, end, args=(True,))[0]
        assert float(found[row]) == pytest.approx(expected, rel=1e-4)


@both
def test_moved_and_pooled_are_those_of_u(name: str) -> None:
    p = draws(name)
    moved = p.at(p.location + 1, 2.0)
    torch.testing.assert_close(moved.of_u.location, p.location + 1)
    torch.testing.assert_close(moved.of_u.scale, 2 * p.scale)
    pooled, u = p.pooled(), p.of_u.pooled()
    torch.testing.assert_close(pooled.of_u.scale, u.scale)
    torch.testing.assert_close(pooled.of_u.location, u.location)
