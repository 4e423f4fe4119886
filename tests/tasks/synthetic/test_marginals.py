import numpy as np
import pytest
from scipy import stats

from aevb_cli.tasks.synthetic import marginals

R = np.random.default_rng(0)


def test_numbers_are_those_of_scipy() -> None:
    for one, other in ((R.normal(size=80), R.normal(0.3, 1.2, size=120)), (R.integers(0, 5, 80), R.integers(1, 6, 90))):
        a, b = one[:, None].astype(float), other[:, None].astype(float)
        expected = stats.ks_2samp(one, other, method="asymp")
        assert marginals.distances(a, b, [0])[0] == pytest.approx(expected.statistic)
        assert marginals.by_chance(a, b, [0])[0] == pytest.approx(expected.pvalue, abs=0.03)


def test_words_are_those_of_scipy() -> None:
    one, other = R.integers(0, 3, 80).astype(float), R.choice(3, 120, p=[0.6, 0.3, 0.1]).astype(float)
    table = np.array([np.bincount(each.astype(int), minlength=3) for each in (one, other)])
    share = table / table.sum(1, keepdims=True)
    assert marginals.distances(one[:, None], other[:, None], [3])[0] == pytest.approx(
        np.abs(share[0] - share[1]).sum() / 2
    )
    expected = stats.chi2_contingency(table).pvalue
    assert marginals.by_chance(one[:, None], other[:, None], [3])[0] == pytest.approx(expected)


def test_chance_is_as_rare_as_it_says() -> None:
    found = [marginals.by_chance(R.normal(size=(60, 1)), R.normal(size=(70, 1)), [0])[0] for _ in range(400)]
    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.08


def test_gaps_unknown_words_and_columns_without_cells() -> None:
    one = np.array([[1.0, np.nan, 0.0], [np.nan, np.nan, 1.0]])
    other = np.array([[1.0, 2.0, -1.0], [1.0, np.nan, -1.0]])
    found = marginals.distances(one, other, [0, 0, 2])
    assert found[0] == 0
    assert np.isnan(found[1])
    assert found[2] == 1


def test_made_up_rows_get_the_gaps_of_real_ones_unless_they_have_some() -> None:
    real = np.array([[np.nan, np.nan], [1.0, 1.0]])
    made = np.array([[5.0, np.nan], [5.0, 5.0], [5.0, 5.0]])
    found = marginals.with_gaps_of(real, made)
    np.testing.assert_array_equal(found, [[np.nan, np.nan], [5, 5], [np.nan, 5]])
