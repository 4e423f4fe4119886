"""The rank of log p(x) among training rows, against a factor model whose log p(x) is known with any cells missing."""

import itertools
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Generator, Tensor

from aevb_cli.core.latent import importance
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Column
from aevb_cli.simulation import FACTOR_LOADINGS, FACTOR_MEAN, FACTOR_NOISE_SD
from aevb_cli.tasks import ranking
from aevb_cli.tasks.ranking import Ranking
from tests.core.factor_model import FactorModel

FACTOR = FactorModel(FACTOR_MEAN, FACTOR_LOADINGS * FACTOR_NOISE_SD[:, None], FACTOR_NOISE_SD)


@dataclass(frozen=True)
class Model:
    """What a ranking asks of a trained model."""

    features: tuple[Column, ...]
    rows: np.ndarray
    left_out: np.ndarray


def model(rows: Tensor, words: tuple[str, ...] = (), left_out: np.ndarray | None = None) -> TrainedModel:
    columns = tuple(Column(f"x{place + 1}", words) for place in range(rows.shape[1]))
    mask = np.ones(len(rows), bool) if left_out is None else left_out
    return Model(columns, rows.numpy(), mask)  # type: ignore[return-value]


def exact(x: Tensor) -> Tensor:
    """log p of the cells that are present."""
    found = []
    for row in x.numpy():
        seen = np.flatnonzero(~np.isnan(row))
        p = stats.multivariate_normal(FACTOR.mean[seen], FACTOR.covariance[np.ix_(seen, seen)]) if len(seen) else None
        found.append(p.logpdf(row[seen]) if p else 0.0)
    return torch.tensor(found, dtype=torch.float64)


def with_gaps(x: Tensor, share: float, seed: int) -> Tensor:
    return torch.where(torch.rand(x.shape, generator=Generator().manual_seed(seed)) < share, torch.nan, x)


def test_ranks_by_importance_sampling_are_the_true_ones() -> None:
    vae = FACTOR.latent()
    eps = torch.randn(100, 1, 2, generator=Generator().manual_seed(0))
    reference, x = FACTOR.draw(500, 1), FACTOR.draw(400, 2)
    log_px = partial(importance.log_px, vae, eps=eps)
    found = Ranking(model(reference), log_px)(x, log_px(x)).numpy()
    true = (exact(reference)[None] < exact(x)[:, None]).double().mean(1).numpy()
    assert stats.spearmanr(found, true).statistic > 0.9999
    np.testing.assert_allclose(found, true, atol=0.005)


def test_rows_with_gaps_compare() -> None:
    """Whatever number of cells is missing, ranks of rows from the same process are 0.5 on average."""
    reference, x = FACTOR.draw(500, 3), with_gaps(FACTOR.draw(2000, 4), 0.4, 5)
    found, gaps = Ranking(model(reference), exact)(x, exact(x)), x.isnan().sum(1)
    for count in range(5):
        ranks = found[gaps == count].numpy()
        error = ranks.std() * (1 / len(ranks) + 1 / 500) ** 0.5
        assert abs(ranks.mean() - 0.5) < 4 * error, count
        assert stats.kstest(ranks, "uniform").statistic < 2 * (1 / len(ranks) + 1 / 500) ** 0.5, count
    among_whole = (exact(reference)[None] < exact(x)[:, None]).double().mean(1)
    assert among_whole[gaps == 3].mean() > 0.9, "log p(x) itself does not compare"


def test_rows_are_ranked_among_those_that_have_their_cells() -> None:
    reference = with_gaps(FACTOR.draw(400, 6), 0.2, 7)
    asked: list[Tensor] = []

    def noted(x: Tensor) -> Tensor:
        asked.append(x)
        return exact(x)

    x = FACTOR.draw(1, 8)
    x[0, 1] = torch.nan
    Ranking(model(reference), noted)(x, exact(x))
    kept = ~reference[:, [0, 2, 3, 4]].isnan().any(1)
    torch.testing.assert_close(asked[0][:, [0, 2, 3, 4]], reference[kept][:, [0, 2, 3, 4]])
    assert asked[0][:, 1].isnan().all()


def test_where_few_rows_have_them_the_others_are_filled() -> None:
    whole, gaps = FACTOR.draw(ranking.LEAST - 1, 6), with_gaps(FACTOR.draw(200, 7), 0.9, 8)
    gaps[:, 0] = torch.nan
    filled: list[Tensor] = []

    def complete(x: Tensor) -> Tensor:
        filled.append(x)
        return torch.where(x.isnan(), torch.tensor(FACTOR.mean), x)

    x = FACTOR.draw(2, 8)
    x[1, 1] = torch.nan
    few = model(torch.cat([whole, gaps]))
    sizes: list[int] = []

    def counted(rows: Tensor) -> Tensor:
        sizes.append(len(rows))
        return exact(rows)

    Ranking(few, counted, complete)(x, exact(x))
    assert sizes == [len(few.rows), ranking.ROWS_OF_PATTERN]
    assert len(filled) == 1, "once for all patterns"
    (alone,) = Ranking(few, exact)(x[:1], exact(x[:1])).tolist()
    assert (alone * ranking.LEAST) % 1 == pytest.approx(0, abs=1e-9), "without that, among the few"
    enough = model(torch.cat([whole, FACTOR.draw(1, 9), gaps]))
    Ranking(enough, exact, complete)(x, exact(x))
    assert len(filled) == 1


def test_rows_that_trained_do_not_count_where_others_were_left_out() -> None:
    rows, x = FACTOR.draw(400, 6), FACTOR.draw(50, 7)
    left_out = np.arange(400) % 4 == 0
    found = Ranking(model(rows, left_out=left_out), exact)(x, exact(x))
    torch.testing.assert_close(found, Ranking(model(rows[torch.from_numpy(left_out)]), exact)(x, exact(x)))
    assert not torch.equal(found, Ranking(model(rows), exact)(x, exact(x)))
    nobody = model(rows, left_out=np.zeros(400, bool))
    torch.testing.assert_close(Ranking(nobody, exact)(x, exact(x)), Ranking(model(rows), exact)(x, exact(x)))


def test_equal_rows_count_for_the_row_and_words_that_did_not_train_are_missing() -> None:
    rows = torch.tensor([[0.0], [0.0], [1.0], [1.0], [1.0]] * 10, dtype=torch.float64)

    def of_words(x: Tensor) -> Tensor:
        return torch.where(x[:, 0].isnan(), 0, x[:, 0])

    rank = Ranking(model(rows, ("a", "b")), of_words)
    x = torch.tensor([[0.0], [1.0], [-1.0], [torch.nan]], dtype=torch.float64)
    found = rank(x, torch.tensor([0.0, 1.0, 0.0, 0.0]))
    assert found.tolist() == pytest.approx([21 / 51, 1, 1, 1])
    nearly = rank(x[:1], torch.tensor([-1e-9]))
    assert nearly.tolist() == pytest.approx([21 / 51]), "the last bit decides nothing"


def independent(x: Tensor) -> Tensor:
    """log p of a normal, an exponential and a column of three words, of the cells that are present."""
    words = torch.tensor([0.6, 0.3, 0.1]).log()[x[:, 2].nan_to_num().long()]
    each = torch.stack([-0.5 * x[:, 0] ** 2, -x[:, 1], torch.where(x[:, 2].isnan(), torch.nan, words)], 1)
    return each.nansum(1)


def drawn(rows: int, bits: np.random.Generator) -> Tensor:
    words = bits.choice(3, rows, p=[0.6, 0.3, 0.1])
    return torch.from_numpy(np.column_stack([bits.normal(size=rows), bits.exponential(size=rows), words]))


PATTERNS = [list(each) for each in itertools.product([False, True], repeat=3)]


@pytest.mark.parametrize(
    ("count", "gaps", "filled"),
    [*((count, gaps, False) for count in (5, 60, 400) for gaps in (0.0, 0.3)), (150, 0.6, True)],
)
def test_of_new_rows_no_more_rank_below_a_level_than_it_says(count: int, gaps: float, *, filled: bool) -> None:
    """For every pattern of gaps, over tables of left-out rows; of words, which tie, fewer."""
    bits, tables, each, levels = np.random.default_rng(count), 120, 60, np.array([0.02, 0.05, 0.1, 0.3])
    below = np.zeros((len(PATTERNS), len(levels), tables))
    for table in range(tables):
        reference = drawn(count, bits)
        reference[torch.from_numpy(bits.random((count, 3)) < gaps)] = torch.nan
        given = drawn(count, bits)
        rank = Ranking(
            model(reference),
            independent,
            (lambda x, given=given: torch.where(x.isnan(), given, x)) if filled else None,  # type: ignore[misc]
        )
        for place, pattern in enumerate(PATTERNS):
            x = drawn(each, bits)
            x[:, pattern] = torch.nan
            found = rank(x, independent(x)).numpy()
            below[place, :, table] = (found[:, None] <= levels).mean(0)
    error = below.std(-1) / tables**0.5
    assert (below.mean(-1) < levels + 3.3 * error + 1e-9).all()
    if count == 400 and not gaps:  # and of numbers hardly fewer
        assert (below[0].mean(-1) > levels - 3.3 * error[0] - 2 / count).all()


def test_an_odd_row_ranks_last_and_without_rows_to_compare_with_nothing_is_odd() -> None:
    x = torch.tensor([[9.0, 9.0, 2.0]], dtype=torch.float64)
    assert Ranking(model(drawn(99, np.random.default_rng(0))), independent)(x, independent(x)).tolist() == [0.01]
    gaps = torch.full((30, 3), torch.nan, dtype=torch.float64)
    assert Ranking(model(gaps), independent)(x, independent(x)).tolist() == [1]


def test_at_most_so_many_rows_and_patterns_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "PATTERNS", 4)
    counted: list[int] = []

    def noted(x: Tensor) -> Tensor:
        counted.append(len(x))
        return exact(x)

    rank: Any = Ranking(model(FACTOR.draw(2000, 9)), noted)
    x = with_gaps(FACTOR.draw(300, 10), 0.4, 11)
    whole = rank(x, exact(x))
    assert set(counted) == {ranking.ROWS, ranking.ROWS_OF_PATTERN}
    assert rank._sorted.cache_info().currsize == 4
    backwards = rank(x.flip(0), exact(x.flip(0))).flip(0)
    torch.testing.assert_close(whole, backwards, rtol=0, atol=0)


def test_a_row_that_cannot_be_ranks_below_all_others() -> None:
    """log p(x) is -inf, say of a level that no column has. With n left-out rows the lowest rank is 1 / (n + 1)."""
    rows = FACTOR.draw(30, 0)
    found = Ranking(model(rows), exact)(rows[:2], torch.tensor([-torch.inf, 1e9]).double())
    assert found.tolist() == [1 / 31, 1.0]
