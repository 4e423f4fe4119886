"""Factor analysis against a known truth: loadings up to a rotation, the likelihood of EM, and tables of odd shapes."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from aevb_cli.core.latent import factors
from aevb_cli.core.latent.factors import Factors, factor_analysis
from tests.core.latent.examples import bits

#: Two factors of six columns, in units of about one.
LOADINGS = torch.tensor(
    [[0.9, 0.1], [0.8, -0.3], [-0.7, 0.4], [0.1, 0.8], [0.2, -0.7], [0.0, 0.5]], dtype=torch.float64
)
NOISE = torch.tensor([0.3, 0.4, 0.5, 0.4, 0.3, 0.8], dtype=torch.float64)
MEAN = torch.tensor([1.0, -2.0, 0.0, 0.5, 3.0, -0.1], dtype=torch.float64)

#: Of torch, which has no types for it.
Normal: Any = torch.distributions.MultivariateNormal


def rows(count: int, seed: int = 0) -> Tensor:
    z = torch.randn(count, 2, generator=bits(seed), dtype=torch.float64)
    noise = torch.randn(count, 6, generator=bits(seed + 1), dtype=torch.float64)
    return MEAN + z @ LOADINGS.T + noise * NOISE.sqrt()


def covariance(found: Factors) -> Tensor:
    return found.loadings @ found.loadings.T + found.noise.diag()


def likelihood(found: Factors, x: Tensor) -> float:
    """The mean log-density of whole rows."""
    return float(Normal(found.mean, covariance(found)).log_prob(x).mean())


def test_the_truth_is_found_up_to_a_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loadings span the true ones, and the covariance that both imply is the true one."""
    monkeypatch.setattr(factors, "_ROWS", 200_000)
    found = factor_analysis(rows(200_000), 2)
    turn = torch.linalg.lstsq(found.loadings, LOADINGS).solution
    torch.testing.assert_close(found.loadings @ turn, LOADINGS, rtol=0, atol=0.02)
    torch.testing.assert_close(turn @ turn.T, torch.eye(2).double(), rtol=0, atol=0.04)
    torch.testing.assert_close(found.noise, NOISE, rtol=0, atol=0.02)
    torch.testing.assert_close(found.mean, MEAN, rtol=0, atol=0.02)


def test_in_the_rotation_that_is_returned_the_posterior_has_no_correlations() -> None:
    found = factor_analysis(rows(3000), 2)
    precision = (found.loadings / found.noise[:, None]).T @ found.loadings
    torch.testing.assert_close(precision, found.information.diag(), rtol=0, atol=1e-9)
    assert found.information[0] >= found.information[1] > 0


def test_the_likelihood_of_em_does_not_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the covariance that it is given, which is the rows' own where nothing is drawn in."""
    monkeypatch.setattr(factors, "_PRIOR_ROWS", 0)
    x, found = rows(500), []
    for steps in (0, 1, 2, 5, 20, 100):
        monkeypatch.setattr(factors, "_STEPS", steps)
        found.append(likelihood(factor_analysis(x, 2), x))
    assert (np.diff(found) > -1e-9).all()
    assert found[-1] > found[0] + 0.01
    whole = Normal(x.mean(0), x.T.cov(correction=0)).log_prob(x).mean()
    assert float(whole) - 0.02 < found[-1] < float(whole)


def test_cells_that_are_missing_count_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "_ROWS", 100_000)
    x = rows(100_000)
    x[torch.rand(x.shape, generator=bits(5)) < 0.3] = math.nan
    found = factor_analysis(x, 2)
    torch.testing.assert_close(covariance(found), LOADINGS @ LOADINGS.T + NOISE.diag(), rtol=0, atol=0.04)
    torch.testing.assert_close(found.mean, MEAN, rtol=0, atol=0.03)


def test_the_rows_of_a_long_table_are_spread_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "_ROWS", 50)
    x = rows(500)
    some = x[torch.linspace(0, 499, 50).long()]
    torch.testing.assert_close(factor_analysis(x, 2), factor_analysis(some, 2))


@pytest.mark.parametrize("latent", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_further_factors_than_can_be_found_are_zero(columns: int, latent: int) -> None:
    x = rows(400)[:, :columns]
    found = factor_analysis(x, latent)
    count = min(latent, columns - 1)
    assert found.loadings.shape == (columns, latent)
    assert (found.loadings[:, count:] == 0).all()
    assert (found.information[count:] == 0).all()
    variance = x.var(0, correction=0)
    torch.testing.assert_close(covariance(found).diagonal(), variance, rtol=0.02, atol=0)
    if columns == 2:  # one factor can say all of a covariance, whichever share of each variance it takes
        expected = x.T.cov(correction=0)[0, 1] * 400 / 405
        torch.testing.assert_close(covariance(found)[0, 1], expected, rtol=1e-3, atol=0)


@pytest.mark.parametrize("kind", ["constant", "missing", "all constant", "all missing", "one row", "two rows"])
def test_columns_that_tell_nothing_are_finite_and_have_no_loadings(kind: str) -> None:
    x = rows(300)
    if kind == "constant":
        x[:, 2] = 7
    elif kind == "missing":
        x[:, 2] = math.nan
    elif kind == "all constant":
        x[:] = torch.arange(6.0)
    elif kind == "all missing":
        x[:] = math.nan
    else:
        x = x[: 1 if kind == "one row" else 2]
    found = factor_analysis(x, 2)
    for part in found:
        assert part.isfinite().all()
    assert (found.noise > 0).all()
    if kind in {"constant", "missing"}:
        assert float(found.loadings[2].abs().max()) < 0.05
        assert float(found.mean[2]) == (7 if kind == "constant" else 0)
        others = factor_analysis(x[:, [0, 1, 3, 4, 5]], 2)
        kept = covariance(found)[[0, 1, 3, 4, 5]][:, [0, 1, 3, 4, 5]]
        torch.testing.assert_close(kept, covariance(others), rtol=0, atol=0.05)


def test_a_column_and_its_copy_leave_noise() -> None:
    """Without it the density would be infinite where training starts."""
    x = rows(300)
    x[:, 1] = x[:, 0]
    found = factor_analysis(x, 3)
    assert (found.noise >= 0.019 * x.var(0, correction=0)).all()
    assert found.loadings.isfinite().all()
