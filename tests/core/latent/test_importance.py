"""The evidence of a factor model is that of linear algebra where q(z|x) is the posterior, and else below it."""

import math

import pytest
import torch

from aevb_cli.core.evidence import importance_log_px
from aevb_cli.core.latent import importance
from aevb_cli.core.latent.importance import evidence, joint, log_px, log_weights
from tests.core.factor_model import ONE_COLUMN, TWO_FACTORS
from tests.core.latent.examples import bits, several
from tests.core.latent.examples import log_weights as written_out
from tests.core.vae.examples import ROUNDING, noise


def test_with_the_posterior_for_q_bound_and_estimate_are_exact() -> None:
    x = TWO_FACTORS.draw(1500, 0)
    found = evidence(TWO_FACTORS.latent(), x, 3, bits(0))
    truth = float(TWO_FACTORS.log_px(x).mean())
    assert found.elbo == pytest.approx(truth, abs=ROUNDING)
    assert found.log_px == pytest.approx(truth, abs=ROUNDING)
    assert found.log_px_error < ROUNDING


def test_with_another_q_the_bound_lies_below_and_the_estimate_within_its_error() -> None:
    x = TWO_FACTORS.draw(1500, 0)
    found = evidence(TWO_FACTORS.latent(shift=0.2, stretch=1.1), x, 400, bits(0))
    truth = float(TWO_FACTORS.log_px(x).mean())
    assert found.elbo < truth - 0.01
    assert abs(found.log_px - truth) < 5 * found.log_px_error
    assert 0 < found.log_px_error < 0.01


def test_at_the_exact_posterior_every_sample_gives_log_px() -> None:
    x = TWO_FACTORS.draw(50, 1)
    weights = log_weights(TWO_FACTORS.latent(), x, 3 * noise(20, 50, 2, 2))  # any z, not only likely ones
    torch.testing.assert_close(weights, TWO_FACTORS.log_px(x).expand(20, -1), rtol=0, atol=ROUNDING)


def test_every_row_has_the_same_draws() -> None:
    """A row's log p(x) is what it is alone, to rounding."""
    x, vae = TWO_FACTORS.draw(5, 0), TWO_FACTORS.latent(shift=0.2)
    eps = noise(10, 1, 2, 0)
    alone = torch.cat([log_px(vae, x[row : row + 1], eps) for row in range(5)])
    torch.testing.assert_close(log_px(vae, x, eps), alone, rtol=1e-12, atol=0)


def test_density_in_units_integrates_to_one() -> None:
    grid = torch.linspace(-35, 45, 2001, dtype=torch.float64)[:, None]  # 16 standard deviations to either side
    estimate = log_px(ONE_COLUMN.latent(), grid, torch.zeros(2, 1, 1, dtype=torch.float64))
    assert float(torch.trapezoid(estimate.exp(), grid[:, 0])) == pytest.approx(1, abs=ROUNDING)


def test_importance_log_px_lies_above_the_elbo_and_states_an_honest_error_iwae_eq_8() -> None:
    x = TWO_FACTORS.draw(1, 6)
    vae, truth = TWO_FACTORS.latent(shift=0.2, stretch=1.3), float(TWO_FACTORS.log_px(x))
    weights = log_weights(vae, x.expand(1000, -1), noise(300, 1000, 2, 7))  # a thousand repeats of one row
    estimate, error = importance_log_px(weights)
    assert (estimate >= weights.mean(0)).all()  # Jensen, for each repeat
    # The estimate is low by half its variance (IWAE, theorem 1 and the delta method): taken out before the mean.
    z = (estimate - truth + error.square() / 2) / error
    assert abs(float(z.mean())) < 4 / 1000**0.5
    assert float(z.std()) == pytest.approx(1, abs=4 / 2000**0.5)  # four standard errors of a standard deviation


@pytest.mark.parametrize("gaps", [[0], [2], [0, 1], [0, 2], [0, 1, 2]])
def test_a_gap_is_marginalised(gaps: list[int]) -> None:
    """Whatever q(z|x) makes of the other columns: their density is a normal one in closed form."""
    x = TWO_FACTORS.draw(300, 3)
    others = [place for place in range(x.shape[1]) if place not in gaps]
    truth = TWO_FACTORS.of(others).log_px(x[:, others]) if others else torch.zeros(300)
    x[:, gaps] = torch.nan
    estimate, error = importance_log_px(log_weights(TWO_FACTORS.latent(stretch=3.0), x, noise(3000, 300, 2, 5)))
    z = ((estimate - truth) / error)[error < 0.1]
    assert len(z) > 200
    assert abs(float(z.mean())) < 4 / len(z) ** 0.5 + 0.1  # low by half the variance: 0.05 of an error at most
    assert float(z.std()) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("options", [{}, {"prior": "vamp", "pseudo_inputs": 3}], ids=["standard", "vamp"])
def test_weights_are_those_of_the_paper_in_units_of_the_table(options: dict[str, object]) -> None:
    """With columns of all families, with gaps and words: a log-normal column's density is one of its own unit."""
    vae, x = several(**options)
    eps = noise(4, 9, 2, 8)
    own = vae.own(x).double()
    weights = log_weights(vae, x, eps)
    scale, values = vae.features.scale, x.clone()
    per_unit = written_out(vae, own, vae.inputs(vae.entry(own)), eps)
    present = ~values.isnan()
    for place, name in enumerate(vae.likelihoods.names):
        if name in {"gaussian", "student-t", "laplace", "log-normal"}:
            per_unit = per_unit - present[:, place] * math.log(scale[place])
        if name == "log-normal":
            per_unit = per_unit - values[:, place].log().nan_to_num()
    torch.testing.assert_close(weights, per_unit, rtol=1e-6, atol=1e-5)  # rows are of single precision


def test_however_many_draws_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    vae, x = several()
    eps = noise(20, 9, 2, 8)
    expected = log_weights(vae, x, eps)
    monkeypatch.setattr(importance, "_AT_ONCE", 3 * x.numel())
    torch.testing.assert_close(log_weights(vae, x, eps), expected, rtol=1e-10, atol=1e-10)


def test_the_joint_density_is_that_of_row_and_z() -> None:
    vae, own = TWO_FACTORS.latent(), TWO_FACTORS.latent().own(TWO_FACTORS.draw(4, 0))
    z = noise(3, 4, 2, 1)
    log_likelihood = vae.decode(z).log_prob(own).sum(-1)
    log_prior = -0.5 * z.square().sum(-1) - math.log(2 * math.pi)
    torch.testing.assert_close(joint(vae, own, z), log_likelihood + log_prior, rtol=0, atol=ROUNDING)
