"""The least expected cell: against the closed form of a factor model, and columns of all families on one scale."""

import math

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy import stats
from torch import Generator, Tensor

from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.columns import Columns
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.latent.worst import least_expected, surprise
from aevb_cli.core.likelihoods import log_prob
from aevb_cli.settings import Likelihood
from aevb_cli.simulation import FACTOR_LOADINGS, FACTOR_MEAN, FACTOR_NOISE_SD
from tests.core.factor_model import FactorModel

FACTOR = FactorModel(FACTOR_MEAN, FACTOR_LOADINGS * FACTOR_NOISE_SD[:, None], FACTOR_NOISE_SD)
ROWS, COLUMNS = 300, 5
SD = np.sqrt(np.diag(FACTOR.covariance))

Array = npt.NDArray[np.float64]


def exact(x: Array) -> Array:
    """-log of the two-sided tail of each cell given the others that are present: conditionals of a joint Gaussian."""
    found = np.full(x.shape, np.nan)
    for row, column in np.argwhere(~np.isnan(x)):
        others = [each for each in range(x.shape[1]) if each != column and not np.isnan(x[row, each])]
        covariance, own = FACTOR.covariance, FACTOR.covariance[others, column]
        slope = np.linalg.solve(covariance[np.ix_(others, others)], own)
        mean = FACTOR.mean[column] + (x[row, others] - FACTOR.mean[others]) @ slope
        distance = abs(x[row, column] - mean) / math.sqrt(covariance[column, column] - own @ slope)
        found[row, column] = -math.log(2) - stats.norm.logsf(distance)
    return found


def estimated(x: Array, samples: int, seed: int = 0) -> Array:
    """By draws from p(z|x), of rows whose missing cells are marginalised, all with the same weight."""
    draws, bits = torch.empty(samples, len(x), 2, dtype=torch.float64), np.random.default_rng(seed)
    for row, values in enumerate(x):
        seen = np.flatnonzero(~np.isnan(values)).tolist()
        mean, covariance = FACTOR.of(seen).posterior(torch.tensor(values[None, seen]))
        draws[:, row] = torch.tensor(bits.multivariate_normal(mean[0], covariance, samples))
    location = torch.tensor(FACTOR.mean) + draws @ torch.tensor(FACTOR.loadings.T)
    p = Normal(location, torch.tensor(FACTOR.noise_sd).expand_as(location))
    return surprise(torch.tensor(x), torch.zeros(samples, len(x), dtype=torch.float64), p).numpy()


def on_a_grid(x: Array) -> Array:
    """By all z of a grid, each with the weight p(x, z), so that nothing is left to chance."""
    axis = torch.linspace(-7, 7, 141, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)[:, None]
    location = torch.tensor(FACTOR.mean) + z @ torch.tensor(FACTOR.loadings.T)
    p = Normal(location.expand(-1, len(x), -1), torch.tensor(FACTOR.noise_sd).expand(len(z), len(x), -1))
    weights = log_prob(p, torch.tensor(x)).sum(-1) - 0.5 * z.square().sum(-1)
    return surprise(torch.tensor(x), weights, p).numpy()


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_of_a_factor_model_it_is_the_closed_form(gaps: float) -> None:
    x = FACTOR.draw(40, 1).numpy()
    x[np.random.default_rng(0).random(x.shape) < gaps] = np.nan
    x[np.arange(40), np.arange(40) % COLUMNS] += np.linspace(-3, 3, 40) * SD[np.arange(40) % COLUMNS]
    np.testing.assert_allclose(on_a_grid(x), exact(x), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("moved", [3, 6, 30, 300])
def test_a_cell_that_is_moved_is_found_by_a_hundred_draws(moved: float) -> None:
    """As often as by the closed form, or nearly; the posterior leans towards the odd cell, and its draws with it."""
    x, places = FACTOR.draw(ROWS, 3).numpy(), np.arange(ROWS) % COLUMNS
    x[np.arange(ROWS), places] += moved * SD[places]
    chosen = least_expected(torch.tensor(estimated(x, 100))).numpy()
    assert (chosen == exact(x).argmax(1)).mean() > (0.9 if moved < 30 else 0.85)
    assert (chosen == places).mean() > (0.9 if moved < 30 else 0.85)


MIXED: tuple[Likelihood, ...] = (
    *("gaussian", "categorical", "student-t", "bernoulli", "negative-binomial", "categorical", "laplace", "gamma"),
)
WORDS = (0, 3, 0, 0, 0, 5, 0, 0)


def mixed(rows: int, draws: int, seed: int) -> Distribution:
    """Columns of all kinds, with parameters of their own for each draw and row."""
    columns, bits = Columns.named(MIXED, WORDS), Generator().manual_seed(seed)
    out = torch.randn(draws, rows, columns.width, generator=bits, dtype=torch.float64)
    return columns(out, columns.start.double()[None, None])


def test_probabilities_of_new_rows_are_uniform_or_larger_whatever_the_family() -> None:
    """Each p(x|z) is the same for all draws: rows are then from their predictive distribution."""
    p = mixed(4000, 1, 0)
    x = p.sample(Generator().manual_seed(1))[0]
    found = (-surprise(x, torch.zeros(1, 4000), p)).exp().numpy()
    for place, family in enumerate(MIXED):
        if family in {"categorical", "bernoulli", "negative-binomial"}:
            for level in (0.02, 0.05, 0.2, 0.5):
                allowed = level + 3 * math.sqrt(level * (1 - level) / 4000)
                assert (found[:, place] <= level).mean() < allowed, family
        else:
            assert stats.kstest(found[:, place], "uniform").pvalue > 0.001, family


def test_of_classes_it_is_the_probability_of_those_that_are_at_most_as_probable() -> None:
    p = Columns.named(("categorical", "bernoulli"), (4, 0))(
        torch.tensor([[[0.1, 0.2, 0.6, 0.1, 0.9]]]).log() - torch.tensor([0, 0, 0, 0, math.log(0.1)]),
        torch.zeros(1, 1, 0),
    )
    x = torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, math.nan], [3.0, 0.0]])
    found = (-surprise(x, torch.zeros(1, 4), p.map(lambda each: each.expand(1, 4, *each.shape[2:])))).exp()
    torch.testing.assert_close(found[:, 0], torch.tensor([0.2, 0.4, 1.0, 0.2]).double())
    torch.testing.assert_close(found[[0, 1, 3], 1], torch.tensor([0.1, 1.0, 0.1]).double())


def test_the_weights_leave_the_cell_itself_out() -> None:
    """By hand, for two draws of z: p(z|x_-d) is proportional to p(x, z) / (q(z|x) p(x_d|z))."""
    p, x = mixed(7, 2, 3), mixed(7, 1, 4).sample(Generator().manual_seed(0))[0]
    log_weights = torch.randn(2, 7, dtype=torch.float64)
    weights = (log_weights[..., None] - log_prob(p, x)).exp()
    share = weights / weights.sum(0)
    found = surprise(x, log_weights, p)
    below = (share * p.cdf(x)).sum(0)
    torch.testing.assert_close(found[:, 0], -(2 * torch.minimum(below, 1 - below)).log()[:, 0])
    own = (share[..., 3] * p.log_prob(x).exp()[..., 3]).sum(0)
    torch.testing.assert_close(found[:, 3], -torch.where(own > 0.5, 1.0, own).log())


def test_where_probabilities_end_the_distance_decides() -> None:
    location = torch.zeros(1, 1, 3)
    p = Normal(location, torch.ones(1, 1, 3))
    found = surprise(torch.tensor([[50.0, 5000.0, 500.0]]), torch.zeros(1, 1), p)
    assert found[0].argsort().tolist() == [0, 2, 1]
    assert found.isfinite().all()


def test_a_row_without_cells_has_no_least_expected_one() -> None:
    nothing = torch.full((2, 3), math.nan)
    nothing[1, 2] = 0.0
    assert least_expected(nothing).tolist() == [-1, 2]


def test_neither_unit_nor_place_of_a_column_matters() -> None:
    x: Tensor = torch.tensor([[1.3, -0.4]])
    p = Normal(torch.tensor([[[0.1, 0.3]], [[0.5, -0.2]]]), torch.tensor([[[1.0, 0.5]], [[0.7, 1.5]]]))
    shift, scale = torch.tensor([5.0, -2.0]), torch.tensor([1000.0, 0.01])
    weights = torch.tensor([[0.2], [-0.1]])
    again = surprise(shift + scale * x, weights, p.affine(shift, scale))
    torch.testing.assert_close(surprise(x, weights, p), again, rtol=1e-4, atol=1e-5)


def test_a_count_itself_lies_on_either_side() -> None:
    """Of small counts most probability is at the count itself."""
    counts = torch.arange(6.0)[:, None]
    p = Columns.named(("poisson",), (0,))(torch.full((1, 6, 1), math.log(0.7)), torch.zeros(1, 1, 0))
    found = (-surprise(counts, torch.zeros(1, 6), p)).exp()[:, 0].numpy()
    poisson, k = stats.poisson(0.7), np.arange(6)
    expected = np.minimum(1, 2 * np.minimum(poisson.cdf(k), poisson.sf(k - 1)))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
