"""What left-out rows say of an exact model: no more than linear algebra, and uniform transforms."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from aevb_cli.core.latent import assessment
from aevb_cli.core.latent.assessment import assess
from aevb_cli.core.latent.conditional import Conditional
from aevb_cli.settings import GAP_SAMPLES
from aevb_cli.simulation import FACTOR_LOADINGS, FACTOR_MEAN, FACTOR_NOISE_SD
from tests.core.factor_model import TWO_FACTORS, FactorModel
from tests.core.latent.examples import several

FIVE = FactorModel(FACTOR_MEAN, FACTOR_LOADINGS * FACTOR_NOISE_SD[:, None], FACTOR_NOISE_SD)


def test_an_exact_model_has_the_true_log_px_and_no_gap() -> None:
    x = FIVE.draw(400, 1)
    found, truth = assess(FIVE.latent(), x), FIVE.log_px(x)
    assert found.rows == 400
    assert found.elbo == pytest.approx(float(truth.mean()), abs=1e-9)
    assert found.log_px == pytest.approx(float(truth.mean()), abs=1e-9)
    assert found.log_px_error == pytest.approx(float(truth.std()) / 20, rel=1e-6)


def test_the_elbo_lies_below_log_px() -> None:
    x = FIVE.draw(400, 1)
    found = assess(FIVE.latent(shift=0.1, stretch=1.2), x)
    assert found.elbo < found.log_px - 0.02
    assert found.log_px == pytest.approx(float(FIVE.log_px(x).mean()), abs=0.01)


def test_an_exact_model_s_transforms_are_uniform_and_another_s_are_not() -> None:
    x = FIVE.draw(600, 2)
    pit = assess(FIVE.latent(stretch=1.5), x).pit.numpy()
    assert pit.shape == (3000,)
    # Cells of a row depend on each other: at worst they are as many as rows.
    assert stats.kstest(pit, "uniform").statistic < 1.63 / 600**0.5
    narrow = FactorModel(FIVE.mean, FIVE.loadings, 0.5 * FIVE.noise_sd)
    assert stats.kstest(np.abs(2 * assess(narrow.latent(stretch=2.0), x).pit.numpy() - 1), "uniform").statistic > 0.1


def test_a_cell_is_not_among_those_that_predict_it() -> None:
    """With two columns of one factor and hardly any noise, a cell that were seen would predict itself alone."""
    model = FactorModel(np.zeros(2), np.array([[1.0], [1.0]]), np.array([0.1, 0.1]))
    x = model.draw(300, 3)
    x[:, 1] += 3  # rows that contradict the model
    pit = assess(model.latent(stretch=3.0), x).pit.sort().values
    assert float(pit[150]) < 1e-3  # the first column lies far below what the second one says, or above
    assert float(pit[450]) > 1 - 1e-3


def test_only_numbers_that_are_there_have_a_transform() -> None:
    vae, x = several()
    numbers = ~x[:, :5].isnan()
    assert len(assess(vae, x).pit) == int(numbers.sum())


def test_of_wide_tables_fewer_rows_are_assessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assessment, "_CELLS", 0)
    x = TWO_FACTORS.draw(170, 4)
    found = assess(TWO_FACTORS.latent(), x)
    assert (found.rows, int(found.row.max()) + 1, len(found.pit)) == (80, 40, 40)
    chosen = x[torch.linspace(0, 169, 80).long()]
    assert found.log_px == pytest.approx(float(TWO_FACTORS.log_px(chosen).mean()), abs=1e-9)


def test_one_row_is_enough() -> None:
    found = assess(TWO_FACTORS.latent(), TWO_FACTORS.draw(1, 5))
    assert (found.rows, found.log_px_error) == (1, 0)
    assert ((found.pit >= 0) & (found.pit <= 1)).all()


def test_a_row_lacks_a_fifth_of_its_cells_or_one_more_than_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the rows do whose bands are calibrated; and each band is made of as many draws."""
    x = torch.randn(40, 10, generator=torch.Generator().manual_seed(6))
    x[:20, :3] = torch.nan
    given: list[torch.Tensor] = []

    def conditional(vae: object, rows: torch.Tensor, samples: int, generator: object) -> Conditional:
        assert samples == GAP_SAMPLES
        given.append(rows)
        found: Conditional = of_rows(vae, rows, samples, generator)
        return found

    of_rows: Any = assessment.conditional
    monkeypatch.setattr(assessment, "conditional", conditional)
    noise = np.ones(10)
    found = assess(FactorModel(np.zeros(10), np.ones((10, 1)), noise).latent(), x)
    (rows,) = given
    lacking, had_gaps = rows.isnan().sum(1), rows[:, :3].isnan().all(1)
    assert set(lacking[had_gaps].tolist()) == {4}
    assert set(lacking[~had_gaps].tolist()) == {2}
    assert len(found.pit) == 20 * 7 + 20 * 10
