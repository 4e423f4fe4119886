"""What is particular to the log-normal distribution."""

import math

import numpy as np
import torch
from scipy import stats

from aevb_cli.core.families.log_normal import FAMILY, LogNormal


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
