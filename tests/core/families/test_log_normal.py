"""What is particular to the log-normal distribution."""

import math

import numpy as np
import torch
from scipy import stats

from aevb_cli.core.families.log_normal import FAMILY, LogNormal, StandardisedLog


def test_is_scipy_s() -> None:
    location, scale = np.array([-3.0, 0.0, 2.0]), np.array([0.1, 1.0, 1.5])
    p, law = (
        LogNormal(torch.from_numpy(location), torch.from_numpy(scale)),
        stats.lognorm(scale, scale=np.exp(location)),
    )
    np.testing.assert_allclose(p.mean, law.mean(), rtol=1e-12)
    np.testing.assert_allclose(p.variance, law.var(), rtol=1e-12)
    for z in (1e-9, 0.05, 1.0, 40.0):
        at = torch.tensor(z, dtype=torch.float64)
        np.testing.assert_allclose(p.log_prob(at), law.logpdf(z), rtol=1e-12)
        np.testing.assert_allclose(p.cdf(at), law.cdf(z), rtol=1e-12)
        np.testing.assert_allclose(p.survival(at), law.sf(z), rtol=1e-11)
    drawn = p.map(lambda each: each.expand(20_000, 3)).sample(torch.Generator().manual_seed(1))
    for column in range(3):
        one = stats.lognorm(scale[column], scale=np.exp(location[column]))
        assert stats.kstest(drawn[:, column].numpy(), one.cdf).pvalue > 1e-3


def test_nothing_lies_below_0() -> None:
    p, z = LogNormal(torch.zeros(()), torch.ones(())), torch.tensor([-2.0, 0.0])
    assert torch.equal(p.log_prob(z), torch.tensor([-math.inf, -math.inf]))
    assert not p.cdf(z).any()
    assert torch.equal(p.survival(z), torch.ones(2))


def test_is_a_gaussian_of_the_standardised_logarithm() -> None:
    p = FAMILY(torch.tensor(0.5), torch.tensor(0.0)).affine(torch.tensor(2.0).double(), torch.tensor(3.0).double())
    assert isinstance(p, LogNormal)
    assert float(p.location) == 2 + 3 * 0.5
    torch.testing.assert_close(p.scale, torch.tensor(3 * (math.log(2) + 1e-3)).double())
    assert (FAMILY.unit, FAMILY.kind, FAMILY.outputs) == ("log", "number", 2)


def test_one_draw_that_knows_nothing_of_a_row_does_not_make_the_mean_of_all() -> None:
    """A network of a trained ensemble said so of one row of 512: an RMSE of 10^100, and the table was not saved."""
    location, noise = torch.zeros(1000, 2).double(), torch.full((1000, 2), 0.5).double()
    location[7], noise[7] = torch.tensor([9.0, -9.0]), torch.tensor([0.5, 22.0])
    p = StandardisedLog(location, noise)
    low, high = torch.tensor([-4.0, -2.0]).double(), torch.tensor([3.0, 5.0]).double()
    near = p.within(low, high)
    assert near.location[7].tolist() == [3.25, -2.25]
    assert near.scale[7].tolist() == [0.5, 2]
    others = torch.arange(1000) != 7
    assert torch.equal(near.location[others], location[others])
    assert torch.equal(near.scale[others], noise[others])
    mean = near.affine(torch.zeros(2), torch.ones(2)).mean.mean(0)
    one = math.exp(0.5**2 / 2)
    expected = [(999 * one + math.exp(3.25) * one) / 1000, (999 * one + math.exp(-2.25 + 2**2 / 2)) / 1000]
    torch.testing.assert_close(mean, torch.tensor(expected).double())
