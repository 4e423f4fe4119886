"""What is particular to the mixture of three Gaussians."""

from functools import partial

import numpy as np
import pytest
import torch
from scipy import integrate

from aevb_cli.core.families.mixture import FAMILY, GaussianMixture
from aevb_cli.core.mixture import Mixture
from tests.core.families.references import ThreeGaussians, bits, random_raw


def test_location_is_the_mean_whatever_the_components() -> None:
    p = FAMILY(*random_raw("mixture", 50, seed=1))
    shifts, weights = torch.stack(p.shifts), torch.stack(p.log_weights).exp()
    torch.testing.assert_close(weights.sum(0), torch.ones(50).double())
    torch.testing.assert_close((weights * shifts).sum(0), torch.zeros(50).double(), rtol=0, atol=1e-14)


def test_start_has_three_components_apart_and_the_variance_of_all_rows() -> None:
    p = FAMILY(*(torch.tensor(each, dtype=torch.float64) for each in FAMILY.start))
    assert (FAMILY.outputs, FAMILY.constants, FAMILY.kind, FAMILY.unit) == (8, 0, "number", "standard")
    assert float(p.mean) == 0
    assert float(p.variance) == pytest.approx(1, rel=1e-12)
    assert sorted(float(each) for each in p.shifts) == pytest.approx([-0.9, 0.0, 0.9])
    raw = [torch.tensor(each, dtype=torch.float64) for each in FAMILY.start]
    gradients = [float(each) for each in FAMILY.gradient(raw, torch.tensor(1.3).double())]
    assert len({round(each, 6) for each in gradients[5:]}) == 3  # or they would stay alike


def test_noise_moves_components_and_widens_them() -> None:
    p = FAMILY(*random_raw("mixture", 6, seed=2))
    z, factor = torch.randn(6, generator=bits(3)).double(), torch.full((6,), 2.5).double()
    wider = p.at(p.location, factor)
    torch.testing.assert_close(wider.log_prob(p.location + factor * z), p.log_prob(p.location + z) - factor.log())


def draws(seed: int = 4) -> tuple[GaussianMixture, ThreeGaussians]:
    raw = random_raw("mixture", 15, 4, 1, seed=seed)
    return FAMILY(*raw), ThreeGaussians(*(each.numpy() for each in raw))


def test_curve_is_cdf_density_and_slope() -> None:
    p, reference = draws()
    z, step = torch.randn(4, 1, generator=bits(5)).double(), 1e-5
    curve, unit = p.curve()
    found, density, slope = curve(z)
    np.testing.assert_allclose(found, reference.cdf(z.numpy()).mean(0), rtol=1e-10)
    # Density and slope are in single precision.
    np.testing.assert_allclose(density / unit, reference.pdf(z.numpy()).mean(0), rtol=1e-6)
    up, down = (reference.pdf(z.numpy() + sign * step).mean(0) for sign in (1, -1))
    np.testing.assert_allclose(slope / unit, (up - down) / (2 * step), rtol=1e-5, atol=1e-6)
    assert torch.equal(p.resolution, torch.stack(p.scales).amin((0, 1)))


def test_tails_of_some_draws_are_those_of_their_mixture() -> None:
    p, reference = draws()
    z, number = 2 * torch.randn(4, 1, generator=bits(6)).double(), torch.arange(15) % 4 // 3
    below, above, density = p.tails(number)(z)
    for found, each in ((below, reference.cdf), (density, reference.pdf)):
        np.testing.assert_allclose(found, [each(z.numpy())[number == k].mean(0) for k in range(2)], rtol=1e-10)
    torch.testing.assert_close(above, 1 - below, rtol=0, atol=1e-15)


@pytest.mark.parametrize("probability", [1e-4, 0.05, 0.5, 0.95, 1 - 1e-4])
def test_quantile_inverts_the_cdf(probability: float) -> None:
    for seed in (4, 5, 6):
        p, reference = draws(seed)
        z = Mixture(p).quantile(probability).numpy()
        np.testing.assert_allclose(reference.cdf(z).mean(0), probability, rtol=0, atol=1e-7)


def test_crps_is_the_integral() -> None:
    p, _ = draws()
    z = torch.tensor([-2.0, 0.0, 0.5, 3.0]).double()[:, None]
    found = Mixture(p).crps(z)
    t = np.linspace(-60, 60, 240_001)
    for row in range(4):
        one = p.map(partial(torch.select, dim=1, index=row))
        low, high = t[t <= float(z[row]) + 1e-9], t[t >= float(z[row]) - 1e-9]
        f, g = (one.cdf(torch.from_numpy(part)).mean(0).numpy() for part in (low, high))
        expected = integrate.simpson(f**2, x=low) + integrate.simpson((1 - g) ** 2, x=high)
        assert float(found[row]) == pytest.approx(expected, rel=5e-4)  # of 15 draws, some narrower than the nodes' step
