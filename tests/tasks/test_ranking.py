"""The rank of log p(x) among training rows, against a factor model whose log p(x) is known with any cells missing."""

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


def model(rows: Tensor, words: tuple[str, ...] = ()) -> TrainedModel:
    columns = tuple(Column(f"x{place + 1}", words) for place in range(rows.shape[1]))
    return Model(columns, rows.numpy())  # type: ignore[return-value]


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
    few = reference[kept][: ranking.LEAST - 1]
    Ranking(model(torch.cat([few, reference[~kept]])), noted)(x, exact(x))
    assert len(asked[1]) == len(few) + int((~kept).sum())


def test_equal_rows_count_half_and_words_that_did_not_train_are_missing() -> None:
    rows = torch.tensor([[0.0], [0.0], [1.0], [1.0], [1.0]] * 10, dtype=torch.float64)

    def of_words(x: Tensor) -> Tensor:
        return torch.where(x[:, 0].isnan(), 0, x[:, 0])

    rank = Ranking(model(rows, ("a", "b")), of_words)
    x = torch.tensor([[0.0], [1.0], [-1.0], [torch.nan]], dtype=torch.float64)
    found = rank(x, torch.tensor([0.0, 1.0, 0.0, 0.0]))
    assert found.tolist() == pytest.approx([0.2, 0.7, 0.5, 0.5])


def test_at_most_so_many_rows_and_patterns_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "PATTERNS", 4)
    counted: list[int] = []

    def noted(x: Tensor) -> Tensor:
        counted.append(len(x))
        return exact(x)

    rank: Any = Ranking(model(FACTOR.draw(2000, 9)), noted)
    x = with_gaps(FACTOR.draw(300, 10), 0.4, 11)
    whole = rank(x, exact(x))
    assert set(counted) == {ranking.ROWS}
    assert rank._sorted.cache_info().currsize == 4
    backwards = rank(x.flip(0), exact(x.flip(0))).flip(0)
    torch.testing.assert_close(whole, backwards, rtol=0, atol=0)
