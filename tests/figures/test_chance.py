"""What chance gives: the binomial distribution where probabilities are equal, close to the exact one where not."""

import numpy as np
import pytest
from scipy import stats

from aevb_cli.figures.chance import chance


@pytest.mark.parametrize("p", [1e-4, 0.03, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("rows", [1, 7, 200, 50_000])
def test_of_equal_probabilities(rows: int, p: float) -> None:
    lower, upper = chance(np.full(rows, p))
    assert stats.binom.cdf(upper, rows, p) - stats.binom.cdf(lower - 1, rows, p) >= 0.9
    assert stats.binom.cdf(upper - 1, rows, p) <= 0.95 + 1e-9
    assert stats.binom.sf(lower, rows, p) <= 0.95 + 1e-9


@pytest.mark.parametrize(("a", "b"), [(0.3, 0.8), (2, 2), (5, 0.5), (0.05, 0.05), (0.1, 20)])
@pytest.mark.parametrize("rows", [3, 40, 500])
def test_of_unequal_probabilities(rows: int, a: float, b: float) -> None:
    p = np.random.default_rng(0).beta(a, b, rows)
    exact = np.ones(1)
    for each in p:
        exact = np.convolve(exact, [1 - each, each])
    expected = np.searchsorted(np.cumsum(exact), [0.05, 0.95])
    assert np.abs(np.array(chance(p)) - expected).max() <= 1


@pytest.mark.parametrize(("p", "expected"), [([0.0, 0.0], (0, 0)), ([1.0, 1.0, 1.0], (3, 3)), ([0.0, 1.0], (1, 1))])
def test_of_what_is_certain(p: list[float], expected: tuple[int, int]) -> None:
    assert chance(np.array(p)) == expected


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(0.3, 0.8, 501)
    assert len({chance(rng.permutation(p)) for _ in range(20)}) == 1
