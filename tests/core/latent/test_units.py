"""Used hidden variables of a factor model, whose posterior and mutual information are known."""

import math

import numpy as np
import pytest
import torch

from aevb_cli.core.latent import units
from tests.core.factor_model import TWO_FACTORS, FactorModel


def test_the_information_of_a_factor_model_is_known() -> None:
    """Its z is Gaussian: the mutual information of z_j and x is -1/2 log Var(z_j|x)."""
    x = TWO_FACTORS.draw(20_000, 0)
    means, covariance = TWO_FACTORS.posterior(x)
    sds = np.broadcast_to(np.sqrt(np.diag(covariance)), means.shape)
    found = units.information(torch.tensor(means), torch.tensor(sds.copy()))
    assert found == pytest.approx((-0.5 * np.log(np.diag(covariance))).tolist(), abs=0.01)
    assert units.active(torch.tensor(means)) == [True, True]


def test_a_hidden_variable_that_no_column_depends_on_is_not_used() -> None:
    model = FactorModel(np.zeros(3), np.array([[1.0, 0], [1, 0], [0.5, 0]]), np.ones(3))
    means, covariance = model.posterior(model.draw(500, 1))
    sds = torch.tensor(np.sqrt(np.diag(covariance))).expand(500, 2)
    assert units.active(torch.tensor(means)) == [True, False]
    assert units.information(torch.tensor(means), sds)[1] == 0


@pytest.mark.parametrize(("spread", "used"), [(0.09, False), (0.11, True)])
def test_from_a_variance_of_a_hundredth_on(spread: float, used: bool) -> None:
    means = torch.tensor([[-spread], [spread]] * 50) + 3
    assert units.active(means) == [used]


def test_neither_where_z_lies_nor_its_unit_changes_the_information() -> None:
    means, sds = torch.randn(300, 2), torch.rand(300, 2) + 0.1
    once, again = units.information(means, sds), units.information(7 * means - 3, 7 * sds)
    assert once == pytest.approx(again, abs=1e-6)
    assert all(math.isfinite(each) and each > 0 for each in once)
