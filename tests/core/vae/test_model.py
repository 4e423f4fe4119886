"""The VAE where it is a factor model with a known evidence, and its objective against torch.distributions."""

import math
from dataclasses import replace

import pytest
import torch
from torch.distributions import kl_divergence

from aevb_cli.core.vae.importance import log_weights
from aevb_cli.core.vae.model import Vae
from aevb_cli.model_settings import VaeSettings
from aevb_cli.settings import ColumnFamilies
from tests.core.factor_model import TWO_FACTORS
from tests.core.vae.examples import ROUNDING, Reference, bits, labelled, noise, objective


def test_the_posterior_is_the_factor_model_s() -> None:
    x = TWO_FACTORS.draw(30, 3)
    mean, covariance = (torch.tensor(part) for part in TWO_FACTORS.posterior(x))
    q = TWO_FACTORS.vae().posterior(x)
    torch.testing.assert_close(q.location, mean, rtol=0, atol=ROUNDING)
    torch.testing.assert_close(q.sd, covariance.diagonal().sqrt().expand_as(mean), rtol=0, atol=ROUNDING)


def test_elbo_is_log_px_less_the_divergence_from_the_posterior_kw_eq_1() -> None:
    x = TWO_FACTORS.draw(20, 4)
    vae, hidden = TWO_FACTORS.vae(shift=0.3, stretch=1.4), torch.full((20, 2), math.nan)
    mean, covariance = (torch.tensor(part) for part in TWO_FACTORS.posterior(x))
    sigma = covariance.diagonal().sqrt()
    gap = kl_divergence(Reference(mean + 0.3, 1.4 * sigma), Reference(mean, sigma)).sum(-1)
    terms = torch.stack([vae.elbo(vae.batch(x, hidden), bits(seed)).elbo[0] for seed in range(2000)]) + vae.log_jacobian
    weights = log_weights(vae, x, noise(2000, 20, 2, 9))
    for draws in (terms, weights):  # with KL in closed form (report eq. 7), and without
        error = draws.std(0) / len(draws) ** 0.5
        # 20 rows at four standard errors: a correct bound fails once in 800 seeds.
        assert ((draws.mean(0) - (TWO_FACTORS.log_px(x) - gap)).abs() < 4 * error).all()


def test_missing_cells_have_no_units_in_the_shown_bound() -> None:
    """The bound of a table as training shows it, and the mean of its rows' bounds as predict and evaluate know them."""
    x = torch.randn(60, 3, generator=bits(1)).double() * 50 - 7
    x[:40, 0] = x[10:15, 2] = math.nan
    z = torch.randn(60, 2, generator=bits(4)).double()
    vae = Vae.initial(VaeSettings((5, 4), 0.0, (6,)), x, z, 1, bits(3))
    shown = torch.stack([vae.elbo(vae.batch(x, z), bits(seed)).elbo[0] for seed in range(500)]) + vae.log_jacobian
    known = log_weights(vae, x, noise(500, 60, 2, 9))
    means = [draws.mean(1).double() for draws in (shown, known)]
    error = sum(float(each.var()) / len(each) for each in means) ** 0.5
    assert abs(float(means[0].mean() - means[1].mean())) < 4 * error
    assert error < 0.1  # a cell's unit counts for log 50


def test_elbo_averages_over_l_samples_report_eq_7() -> None:
    x = TWO_FACTORS.draw(400, 5)
    spread = []
    for samples in (1, 16):
        vae = TWO_FACTORS.vae(samples=samples)
        elbo = vae.elbo(vae.batch(x, torch.zeros(400, 2)), bits(1)).elbo[0] + vae.log_jacobian - TWO_FACTORS.log_px(x)
        assert abs(float(elbo.mean())) < 4 * float(elbo.std()) / 20  # unbiased: four standard errors of 400 rows
        spread.append(float(elbo.std()))
    # sqrt(16); a standard deviation of 400 is known to 4 %, of a ratio 5 %, four of them.
    assert spread[0] / spread[1] == pytest.approx(4, rel=0.2)


def test_objective_of_observed_partly_observed_and_hidden_rows_m2_eq_6_to_9() -> None:
    vae, *table = labelled()
    x, z = vae.batch(*table)
    terms = vae.elbo((x, z), bits(11))
    eps = torch.randn(3, 2, 8, 2, generator=bits(11))
    expected = torch.stack([
        torch.stack([objective(vae, k, x[row], z[row], eps[:, k, row]) for row in range(8)]) for k in range(2)
    ])  # fmt: skip
    # Single precision: sums of some hundred terms of order ten.
    torch.testing.assert_close(terms.objective, expected, rtol=1e-4, atol=1e-3)
    hidden = torch.stack(
        [
            torch.stack([objective(vae, k, x[row], z[row] * math.nan, eps[:, k, row]) for row in range(8)])
            for k in range(2)
        ]
    )
    torch.testing.assert_close(terms.elbo, hidden, rtol=1e-4, atol=1e-3)


def test_k_members_in_one_batch_are_k_single_models() -> None:
    vae, x, _ = labelled()
    grid, z = torch.randn(5, 3, generator=bits(2)), torch.randn(4, 2, 5, 2, generator=bits(3))
    q, p = vae.encode(grid), vae.decode(z)
    for k in range(2):
        single = vae.member(k)
        torch.testing.assert_close(single.encode(grid).location[0], q.location[k])
        torch.testing.assert_close(single.encode(grid).sd[0], q.sd[k])
        torch.testing.assert_close(single.decode(z[:, k : k + 1]).log_prob(grid)[:, 0], p.log_prob(grid)[:, k])
    torch.testing.assert_close(vae.posterior(x).location, vae.member(0).posterior(x).location)


def test_filled_takes_back_what_named_gives() -> None:
    vae, *_ = labelled()
    named = dict(vae.named())
    assert torch.equal(vae.filled(named).parameters, vae.parameters)
    del named["mu.0.weight"]
    with pytest.raises(KeyError):
        vae.filled(named)


def test_finished_sigma_gives_left_out_residuals_unit_variance() -> None:
    x = torch.randn(60, 3, generator=bits(1)).double()
    z = torch.randn(60, 2, generator=bits(2)).double() * 4 + 9
    z[:7, 0] = math.nan
    vae = Vae.initial(VaeSettings((5, 4), 0.0, (6,)), x, z, 4, bits(3))
    left_out = torch.zeros(4, 60, dtype=torch.bool)
    left_out[1:] = torch.arange(60) % 3 == torch.arange(3)[:, None]
    batch = vae.batch(x, z)
    kept, held_out = vae.finished(batch, left_out)
    squares = torch.zeros(60, 2, dtype=torch.float64)
    for k in (1, 2, 3):  # each row by the member that has not seen it, with the factor that is kept
        q = replace(vae.member(k), calibration=kept.calibration).posterior(x)
        squares[left_out[k]] = ((z - q.location) / q.sd).square()[left_out[k]]
    # Single precision in the network.
    assert squares.nanmean(0).tolist() == pytest.approx([1, 1], abs=1e-4)
    residuals = (batch[1] - held_out.blind.location[0]) / held_out.blind.sd[0]
    assert residuals.square().nanmean(0).tolist() == pytest.approx([1, 1], abs=1e-4)


def test_targets_are_in_the_units_of_their_families() -> None:
    x = torch.randn(400, 1, generator=bits(1)).double()
    z = torch.cat([x.exp() * 7, x.sigmoid(), x], 1)
    families = ColumnFamilies({}, {0: "log-normal", 1: "logit-normal"})
    vae = Vae.initial(VaeSettings((4, 4), 0.0, (4,)), x, z, 1, bits(3), families=families)
    assert vae.targets.units == ("log", "logit", "standard")
    standardised = vae.batch(x, z)[1]
    torch.testing.assert_close(standardised[:, 0], standardised[:, 2])  # log of the first is the third, but for a unit
    p = vae.drawn(1, bits(0))(x)
    assert (p.draws.column(0).mean > 0).all()
    assert ((p.draws.column(1).mean > 0) & (p.draws.column(1).mean < 1)).all()
    torch.testing.assert_close(p.draws.mean[0, :, 0], vae.posterior(x).mean[:, 0])
