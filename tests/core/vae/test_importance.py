"""The evidence of a model whose q(z|x) is the posterior is that of linear algebra; of another, it is below it."""

from dataclasses import replace

import pytest
import torch
from torch import Generator

from aevb_cli.core.data.stand_ins import stand_ins
from aevb_cli.core.evidence import importance_log_px
from aevb_cli.core.vae.importance import evidence, log_weights
from tests.core.factor_model import ONE_COLUMN, TWO_FACTORS
from tests.core.vae.examples import ROUNDING, noise


def test_with_the_posterior_for_q_bound_and_estimate_are_exact() -> None:
    x = TWO_FACTORS.draw(1500, 0)
    found = evidence(TWO_FACTORS.vae(), x, 3, Generator().manual_seed(0))
    truth = float(TWO_FACTORS.log_px(x).mean())
    assert found.elbo == pytest.approx(truth, abs=1e-6)
    assert found.log_px == pytest.approx(truth, abs=1e-6)
    assert found.log_px_error < 1e-6


def test_with_another_q_the_bound_lies_below_and_the_estimate_within_its_error() -> None:
    x = TWO_FACTORS.draw(1500, 0)
    found = evidence(TWO_FACTORS.vae(shift=0.2, stretch=1.1), x, 400, Generator().manual_seed(0))
    truth = float(TWO_FACTORS.log_px(x).mean())
    assert found.elbo < truth - 0.01
    assert abs(found.log_px - truth) < 5 * found.log_px_error
    assert 0 < found.log_px_error < 0.01


def test_every_row_has_the_same_draws() -> None:
    """A row's log p(x) is what it is alone, to rounding."""
    x, vae = TWO_FACTORS.draw(5, 0), TWO_FACTORS.vae(shift=0.2)
    eps = torch.randn(10, 1, 2, generator=Generator().manual_seed(0), dtype=torch.float64)
    whole = importance_log_px(log_weights(vae, x, eps))[0]
    alone = torch.cat([importance_log_px(log_weights(vae, x[row : row + 1], eps))[0] for row in range(5)])
    torch.testing.assert_close(whole, alone, rtol=1e-12, atol=0)


def test_at_the_exact_posterior_every_sample_gives_log_px() -> None:
    x = TWO_FACTORS.draw(50, 1)
    weights = log_weights(TWO_FACTORS.vae(), x, 3 * noise(20, 50, 2, 2))  # any z, not only likely ones
    truth = TWO_FACTORS.log_px(x)
    torch.testing.assert_close(weights, truth.expand(20, -1), rtol=0, atol=ROUNDING)
    for found, wanted in zip(importance_log_px(weights), (truth, torch.zeros(50).double()), strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=ROUNDING)


def test_density_in_units_integrates_to_one() -> None:
    grid = torch.linspace(-35, 45, 2001, dtype=torch.float64)[:, None]  # 16 standard deviations to either side
    estimate, _ = importance_log_px(log_weights(ONE_COLUMN.vae(), grid, torch.zeros(2, 1, 1, dtype=torch.float64)))
    assert float(torch.trapezoid(estimate.exp(), grid[:, 0])) == pytest.approx(1, abs=ROUNDING)


def test_importance_log_px_lies_above_the_elbo_and_states_an_honest_error_iwae_eq_8() -> None:
    x = TWO_FACTORS.draw(1, 6)
    vae, truth = TWO_FACTORS.vae(shift=0.2, stretch=1.3), float(TWO_FACTORS.log_px(x))
    weights = log_weights(vae, x.expand(1000, -1), noise(300, 1000, 2, 7))  # a thousand repeats of one row
    estimate, error = importance_log_px(weights)
    assert (estimate >= weights.mean(0)).all()  # Jensen, for each repeat
    # The estimate is low by half its variance (IWAE, theorem 1 and the delta method): taken out before the mean.
    z = (estimate - truth + error.square() / 2) / error
    assert abs(float(z.mean())) < 4 / 1000**0.5
    assert float(z.std()) == pytest.approx(1, abs=4 / 2000**0.5)  # four standard errors of a standard deviation


@pytest.mark.parametrize("gaps", [[0], [2], [0, 1], [0, 2]])
def test_a_gap_is_marginalised_without_a_bias(gaps: list[int]) -> None:
    """Though no row lacked a cell in training: the density of the other columns is a normal one in closed form."""
    model, x = TWO_FACTORS, TWO_FACTORS.draw(300, 3)
    vae = model.vae()
    seen = stand_ins(vae.features.standardise(model.draw(2000, 4)), vae.inputs.masked)
    vae = replace(vae, inputs=replace(vae.inputs, stand_ins=seen))
    others = [place for place in range(x.shape[1]) if place not in gaps]
    truth = model.of(others).log_px(x[:, others])
    x[:, gaps] = torch.nan
    estimates = torch.stack([importance_log_px(log_weights(vae, x, noise(100, 1, 2, seed)))[0] for seed in range(6)])
    # By the posterior at the columns' means alone it is 0.05 to 0.24 too low, and off by 0.17 to 0.46.
    assert float((estimates.mean(0) - truth).mean()) == pytest.approx(0, abs=0.02)
    assert float((estimates - truth).square().mean().sqrt()) < 0.1
