import numpy as np
import pandas as pd
import pytest
from scipy import stats

from aevb_cli.tasks.synthetic import pairs

R = np.random.default_rng(0)


def rows(count: int, slope: float) -> np.ndarray:
    a = R.normal(size=count)
    b, word = slope * a + R.normal(size=count), (slope * a + R.normal(size=count) > 0).astype(float)
    return np.stack([a, b, word], 1)


def test_numbers_by_rank_correlations_with_gaps() -> None:
    one, other = rows(200, 1.0)[:, :2], rows(300, 0.0)[:, :2]
    one[:20, 0] = np.nan
    expected = [stats.spearmanr(each[~np.isnan(each).any(1)]).statistic for each in (one, other)]
    assert pairs.distances(one, other, [0, 0])[0, 1] == pytest.approx(abs(expected[0] - expected[1]) / 2, abs=0.01)
    assert pairs.distances(other, other, [0, 0])[0, 1] == 0


def test_words_by_contingency_tables() -> None:
    one, other = rows(400, 2.0), rows(400, 0.0)
    cuts = np.quantile(one[:, 0], [0.25, 0.5, 0.75])
    tables = [
        pd.crosstab(np.searchsorted(cuts, each[:, 0]), each[:, 2], normalize=True).to_numpy() for each in (one, other)
    ]
    found = pairs.distances(one, other, [0, 0, 2])
    assert found[0, 2] == pytest.approx(np.abs(tables[0] - tables[1]).sum() / 2)
    assert found[0, 2] > 0.2 > pairs.distances(rows(400, 2.0), one, [0, 0, 2])[0, 2]


def test_columns_of_nothing_and_constant_ones() -> None:
    one = np.column_stack([np.full(10, np.nan), np.ones(10), np.arange(10.0)])
    assert pairs.distances(one, one, [0, 0, 0]) == {(1, 2): 0.0}
    assert pairs.distances(one, one, [2, 0, 0]) == {(1, 2): 0.0}


def test_of_many_columns_some_are_looked_at() -> None:
    wide = R.normal(size=(50, 500))
    assert len(pairs.distances(wide, wide, [0] * 500)) == pairs.MOST_COLUMNS * (pairs.MOST_COLUMNS - 1) / 2
