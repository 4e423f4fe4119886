"""Quantiles and scores of mixtures of counts against sums over every count."""

import math

import numpy as np
import pytest
import torch
from torch import Generator

from aevb_cli.core.families.counts import Counts
from aevb_cli.core.families.negative_binomial import NegativeBinomial
from aevb_cli.core.families.poisson import Poisson
from aevb_cli.core.mixture import Mixture
from tests.core.families.references import scipy_of

DRAWS, ROWS = 20, 9
ALL = [(mean, size) for mean in (0.02, 3.0, 50.0, 140.0, 2000.0) for size in (None, 0.4, 3.0, 60.0, 1e6)]
each_mixture = pytest.mark.parametrize(("mean", "size"), [pair for pair in ALL if pair != (2000.0, 0.4)])


def mixture(mean: float, size: float | None) -> tuple[Counts, np.ndarray]:
    """Draws, (DRAWS, ROWS, 1), and P(Z <= k) of their mixture for every k that matters, (ROWS, K)."""
    some, spread = Generator().manual_seed(1), 0.1 if mean < 1000 else 0.02
    location, log_size = (spread * torch.randn(DRAWS, ROWS, 1, generator=some, dtype=torch.float64) for _ in range(2))
    location += math.log(mean)
    p: Counts = Poisson(location) if size is None else NegativeBinomial(location, log_size + math.log(size))
    raw = (p.location,) if size is None else (p.location, log_size + math.log(size))
    law = scipy_of("poisson" if size is None else "negative-binomial", raw)
    k = np.arange(int(law.ppf(1 - 1e-10).max()) + 2.0)
    return p, law.cdf(k).mean(0)


@each_mixture
def test_quantile_is_the_smallest_count_that_reaches_it(mean: float, size: float | None) -> None:
    p, exact = mixture(mean, size)
    for probability in (1e-3, 0.05, 0.5, 0.95, 0.999):
        k = Mixture(p).quantile(probability)[:, 0].long()
        assert (k >= 0).all()
        for row, found in enumerate(k.tolist()):
            # The expansions err by 2e-5 and a search ends at 1e-6; counts below 128 are summed up.
            assert exact[row, found] >= probability - (3e-5 if found >= 128 else 1e-12)
            assert found == 0 or exact[row, found - 1] < probability + (3e-5 if found >= 128 else 1e-12)


def test_quantile_of_each_column_has_its_own_probability() -> None:
    p, exact = mixture(3.0, 3.0)
    both = p.map(lambda each: each.expand(-1, -1, 2).clone())
    found = Mixture(both).quantile(torch.tensor([0.1, 0.9]).double())
    assert found[:, 0].tolist() == [int((row >= 0.1).argmax()) for row in exact]
    assert found[:, 1].tolist() == [int((row >= 0.9).argmax()) for row in exact]


@each_mixture
def test_crps_is_the_sum_over_counts(mean: float, size: float | None) -> None:
    p, exact = mixture(mean, size)
    k = np.arange(exact.shape[1])
    for place in (0.02, 0.5, 0.97):
        z = np.array([float((row >= place).argmax()) for row in exact])
        expected = ((exact - (k >= z[:, None])) ** 2).sum(1)
        found = Mixture(p).crps(torch.from_numpy(z)[:, None])[:, 0].numpy()
        # From 128 on by 24 nodes on either side of z, whose parts are narrower than their distance.
        np.testing.assert_allclose(found, expected, rtol=1e-6 if mean < 100 else 3e-4)


def test_crps_is_a_monte_carlo_estimate() -> None:
    p, _ = mixture(300.0, 5.0)
    z = torch.full((ROWS, 1), 250.0).double()
    drawn = p.map(lambda each: each.expand(500, *each.shape)).sample(Generator().manual_seed(2)).flatten(0, 1)
    other = p.map(lambda each: each.expand(500, *each.shape)).sample(Generator().manual_seed(3)).flatten(0, 1)
    shuffled = other[torch.randperm(len(other), generator=Generator().manual_seed(4))]
    each = (drawn - z).abs() - 0.5 * (drawn - shuffled).abs()
    error = each.std(0) / len(each) ** 0.5
    assert ((Mixture(p).crps(z) - each.mean(0)).abs() < 5 * error).all()


def test_a_row_is_searched_whatever_stands_beside_it() -> None:
    large, small = mixture(900.0, 4.0)[0], mixture(3.0, 4.0)[0]
    assert isinstance(large, NegativeBinomial)
    assert isinstance(small, NegativeBinomial)
    both = large.combined([small], lambda each: torch.cat(each, 1))
    found = Mixture(both).quantile(0.9)
    assert torch.equal(found[:ROWS], Mixture(large).quantile(0.9))
    assert torch.equal(found[ROWS:], Mixture(small).quantile(0.9))


def test_a_row_of_one_draw_in_a_million() -> None:
    p = Poisson(torch.full((1000, 2, 1), math.log(1e6)).double())
    low, high = Mixture(p).equal_tailed(0.9)
    expected = [1e6 - 1.6449 * 1e3, 1e6 + 1.6449 * 1e3]
    assert [float(low[0]), float(high[0])] == pytest.approx(expected, abs=2)
