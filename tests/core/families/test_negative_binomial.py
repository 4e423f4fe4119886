"""What is particular to the negative binomial: the Poisson as its limit, and what a size means."""

import math

import numpy as np
import pytest
import torch

from aevb_cli.core.families.negative_binomial import FAMILY, NegativeBinomial
from aevb_cli.core.families.poisson import Poisson


def of(mean: float, size: float) -> NegativeBinomial:
    return NegativeBinomial(*(torch.tensor(each, dtype=torch.float64).log() for each in (mean, size)))


@pytest.mark.parametrize("mean", [0.1, 4.0, 300.0])
def test_a_large_size_is_a_poisson(mean: float) -> None:
    z = torch.tensor([0.0, 1.0, 5.0, 290.0]).double()
    p, limit = of(mean, 1e12), Poisson(torch.tensor(mean).double().log())
    torch.testing.assert_close(p.log_prob(z), limit.log_prob(z), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(p.cdf(z), limit.cdf(z), rtol=0, atol=3e-6)


def test_the_variance_exceeds_the_mean_by_its_square_over_the_size() -> None:
    assert float(of(6.0, 4.0).variance) == pytest.approx(6 + 36 / 4)
    assert float(of(6.0, 4.0).at(torch.tensor(6.0).double().log(), 2.0).variance) == pytest.approx(6 + 36)


def test_a_factor_of_0_is_a_poisson() -> None:
    p = of(6.0, 4.0)
    still = p.at(p.location, torch.tensor(0.0).double())
    assert float(still.variance) == pytest.approx(6)
    assert float(still.log_prob(torch.tensor(3.0))) == pytest.approx(
        float(Poisson(p.location).log_prob(torch.tensor(3.0)))
    )


def test_start_has_the_variance_of_all_rows_or_a_little_more_than_poisson_s() -> None:
    z = torch.tensor([0.0, 0, 1, 2, 9, 30])
    p = FAMILY(*(torch.tensor(each).double() for each in FAMILY.marginal(z)[1]))
    assert float(p.mean) == pytest.approx(7)
    assert float(p.variance) == pytest.approx(float(np.var(z.numpy())), rel=1e-6)
    calm = FAMILY(*(torch.tensor(each).double() for each in FAMILY.marginal(torch.full((8,), 5.0))[1]))
    assert float(calm.variance) == pytest.approx(5 * 1.05)


def test_is_a_count_of_two_outputs() -> None:
    assert (FAMILY.outputs, FAMILY.constants, FAMILY.kind, FAMILY.unit, FAMILY.measure) == (
        2,
        0,
        "count",
        "plain",
        "probability",
    )
    assert math.isfinite(float(of(1e-9, 1e-9).log_prob(torch.tensor(0.0))))
