"""What is particular to the logit-normal distribution: shares of exactly 0 and 1, and moments by quadrature."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

from aevb_cli.core.families.logit_normal import FAMILY, LogitNormal
from aevb_cli.core.mixture import Mixture


@pytest.mark.parametrize(("location", "scale"), [(0.0, 0.3), (-2.0, 1.0), (3.0, 0.5), (1.0, 2.5)])
def test_moments_are_the_integrals(location: float, scale: float) -> None:
    p = LogitNormal(torch.tensor(location).double(), torch.tensor(scale).double())

    def moment(power: int) -> float:
        def value(t: float) -> float:
            share = (special.expit(location + scale * t) - 1e-3) / (1 - 2e-3)
            return float(np.clip(share, 0, 1) ** power * stats.norm.pdf(t))

        return float(integrate.quad(value, -10, 10, limit=500, epsabs=1e-12)[0])

    # 32 nodes of a function that is ever steeper with its scale, and has corners at 0 and 1
    assert float(p.mean) == pytest.approx(moment(1), abs=1e-4 if scale > 1 else 1e-7)
    assert float(p.variance) == pytest.approx(moment(2) - moment(1) ** 2, abs=1e-4 if scale > 1 else 1e-7)
    drawn = p.map(lambda each: each.expand(100_000)).sample(torch.Generator().manual_seed(1))
    assert float(drawn.mean()) == pytest.approx(moment(1), abs=5 * float(p.sd) / 100_000**0.5)


def test_shares_of_0_and_1_have_a_density_and_what_lies_beyond_none() -> None:
    p = LogitNormal(torch.zeros(()).double(), torch.ones(()).double())
    found = p.log_prob(torch.tensor([-0.1, 0.0, 0.5, 1.0, 1.1]).double())
    assert found[[0, 4]].tolist() == [-math.inf, -math.inf]
    assert found[1:4].isfinite().all()
    assert p.cdf(torch.tensor([-0.1, 1.1]).double()).tolist() == [0, 1]
    assert FAMILY.gradient([torch.zeros(2), torch.zeros(2)], torch.tensor([-6.9, 6.9]))[0].isfinite().all()


def test_quantiles_and_draws_lie_between_0_and_1() -> None:
    p = LogitNormal(torch.tensor([-8.0, 0.0, 8.0]).double().expand(50, 1, 3), torch.ones(50, 1, 3).double() * 3)
    for probability in (1e-4, 0.5, 1 - 1e-4):
        found = Mixture(p).quantile(probability)
        assert ((found >= 0) & (found <= 1)).all()
    drawn = p.sample(torch.Generator().manual_seed(2))
    assert ((drawn >= 0) & (drawn <= 1)).all()
    assert float(Mixture(p).quantile(0.5)[0, 0]) == 0
    for end in (0.0, 1.0):
        assert Mixture(p).crps(torch.full((1, 3), end).double()).isfinite().all()


def test_is_a_gaussian_of_the_standardised_logit() -> None:
    p = FAMILY(torch.tensor(0.5), torch.tensor(0.0)).affine(torch.tensor(2.0).double(), torch.tensor(3.0).double())
    assert isinstance(p, LogitNormal)
    assert float(p.location) == 2 + 3 * 0.5
    assert (FAMILY.unit, FAMILY.kind, FAMILY.outputs) == ("logit", "number", 2)
