"""What is particular to the gamma distribution: quantiles of small shapes, its unit, and its score."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from aevb_cli.core.families.gamma import FAMILY, Gamma, logarithm
from aevb_cli.core.mixture import Mixture


def draws(log_shape: float, seed: int = 1) -> Gamma:
    some = np.random.default_rng(seed)
    return Gamma(*(torch.from_numpy(c + 0.3 * some.standard_normal((20, 5, 1))) for c in (1.0, log_shape)))


def law(p: Gamma, row: int, z: np.ndarray) -> np.ndarray:
    shape, mean = p.shape[:, row, 0].numpy()[:, None], p.mean[:, row, 0].numpy()[:, None]
    return np.asarray(stats.gamma(shape, scale=mean / shape).cdf(z).mean(0))


@pytest.mark.parametrize("log_shape", [-2.0, 0.0, 3.0, 9.0])
def test_quantile_inverts_the_mixture_s_cdf(log_shape: float) -> None:
    p = draws(log_shape)
    for probability in (1e-3, 0.05, 0.5, 0.95, 0.999):
        found = Mixture(p).quantile(probability)[:, 0].numpy()
        assert (found > 0).all()
        for row in range(5):
            assert float(law(p, row, found[row : row + 1])[0]) == pytest.approx(probability, abs=1e-7)


@pytest.mark.parametrize("log_shape", [-2.0, 0.0, 3.0])
def test_crps_is_the_integral(log_shape: float) -> None:
    p = draws(log_shape)
    for z in (0.01, 2.0, 9.0):
        found = Mixture(p).crps(torch.full((5, 1), z).double())
        for row in range(5):
            t = np.linspace(0, z ** (1 / 3), 1_001) ** 3
            u = np.linspace(z ** (1 / 3), 16, 4_001) ** 3
            expected = integrate.trapezoid(law(p, row, t) ** 2, t) + integrate.trapezoid((1 - law(p, row, u)) ** 2, u)
            assert float(found[row]) == pytest.approx(expected, rel=1e-3)


def test_affine_divides_by_the_mean_and_nothing_else() -> None:
    p = FAMILY(torch.tensor(0.5), torch.tensor(1.0)).affine(torch.tensor(0.0), torch.tensor(8.0))
    assert float(p.mean) == pytest.approx(8 * math.exp(0.5), rel=1e-6)
    assert float(p.variance) == pytest.approx(float(p.mean) ** 2 / math.e, rel=1e-6)
    assert p.location.dtype == p.log_shape.dtype == torch.float64


def test_nothing_lies_below_0() -> None:
    p = FAMILY(torch.tensor(0.0), torch.tensor(1.0))
    z = torch.tensor([-3.0, 0.0])
    assert torch.equal(p.log_prob(z), torch.tensor([-math.inf, -math.inf]))
    assert not p.cdf(z).any()
    assert torch.equal(p.survival(z), torch.ones(2))


def test_start_of_a_column_whose_values_are_alike() -> None:
    gain, offset = FAMILY.marginal(torch.tensor([1.0, 1.0, 1.0]))
    assert gain == [1e-6, 1.0]
    assert offset == pytest.approx([0.0, math.log(1e6)])
    gain, _ = FAMILY.marginal(1 + 1e-3 * torch.tensor([-1.0, 1.0]).double())
    assert gain[0] == pytest.approx(1e-3, rel=1e-5)


def test_large_shapes_keep_their_digits_in_single_precision() -> None:
    raw = torch.tensor(0.0), torch.tensor(14.0)
    z = torch.tensor([0.999, 1.0, 1.002])
    shape = math.exp(14)
    np.testing.assert_allclose(
        FAMILY(*raw).log_prob(z), stats.gamma(shape, scale=1 / shape).logpdf(z.double()), rtol=1e-5
    )


def test_logarithm_of_a_factor_of_0_is_finite() -> None:
    assert math.isfinite(float(logarithm(0.0)))
    assert torch.as_tensor(logarithm(torch.tensor([0.0, 2.0]))).isfinite().all()
