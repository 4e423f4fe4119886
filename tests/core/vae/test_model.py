"""The VAE where it is a factor model with a known evidence, and its objective against torch.distributions."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor
from torch.distributions import kl_divergence

from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.base import SMALLEST_SCALE
from aevb_cli.core.networks.mlp import SLOPE
from aevb_cli.core.vae.gradient import VaeGradient
from aevb_cli.core.vae.importance import importance_log_px, log_weights
from aevb_cli.core.vae.model import Vae
from aevb_cli.settings import VaeSettings
from tests.core.factor_model import ONE_COLUMN, TWO_FACTORS

Reference: Any = torch.distributions.Normal  # untyped there

# Doubles: some hundred operations on numbers up to 1e3 (squared residuals) leave 1e-16 * 1e2 * 1e3 = 1e-11 at most.
ROUNDING = 1e-10


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def noise(samples: int, rows: int, latent: int, seed: int) -> Tensor:
    return torch.randn(samples, rows, latent, generator=bits(seed), dtype=torch.float64)


def test_at_the_exact_posterior_every_sample_gives_log_px() -> None:
    x = TWO_FACTORS.draw(50, 1)
    weights = log_weights(TWO_FACTORS.vae(), x, 3 * noise(20, 50, 2, 2))  # any z, not only likely ones
    truth = TWO_FACTORS.log_px(x)
    torch.testing.assert_close(weights, truth.expand(20, -1), rtol=0, atol=ROUNDING)
    for found, wanted in zip(importance_log_px(weights), (truth, torch.zeros(50).double()), strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=ROUNDING)


def test_posterior_and_reconstruction_are_the_factor_model_s() -> None:
    x = TWO_FACTORS.draw(30, 3)
    mean, covariance = (torch.tensor(part) for part in TWO_FACTORS.posterior(x))
    q = TWO_FACTORS.vae().posterior(x)
    torch.testing.assert_close(q.location, mean, rtol=0, atol=ROUNDING)
    torch.testing.assert_close(q.sd, covariance.diagonal().sqrt().expand_as(mean), rtol=0, atol=ROUNDING)
    expected = torch.tensor(TWO_FACTORS.mean) + mean @ torch.tensor(TWO_FACTORS.loadings.T)
    torch.testing.assert_close(TWO_FACTORS.vae().reconstruct(x), expected, rtol=0, atol=ROUNDING)


def test_density_in_units_integrates_to_one() -> None:
    grid = torch.linspace(-35, 45, 2001, dtype=torch.float64)[:, None]  # 16 standard deviations to either side
    log_px, _ = importance_log_px(log_weights(ONE_COLUMN.vae(), grid, torch.zeros(2, 1, 1, dtype=torch.float64)))
    assert float(torch.trapezoid(log_px.exp(), grid[:, 0])) == pytest.approx(1, abs=ROUNDING)


def test_elbo_is_log_px_less_the_divergence_from_the_posterior_kw_eq_1() -> None:
    x = TWO_FACTORS.draw(20, 4)
    vae = TWO_FACTORS.vae(shift=0.3, stretch=1.4)
    mean, covariance = (torch.tensor(part) for part in TWO_FACTORS.posterior(x))
    sigma = covariance.diagonal().sqrt()
    gap = kl_divergence(Reference(mean + 0.3, 1.4 * sigma), Reference(mean, sigma)).sum(-1)
    terms = torch.stack([vae.elbo(vae.batch(x, None), bits(seed)).elbo[0] for seed in range(2000)]) + vae.log_jacobian
    weights = log_weights(vae, x, noise(2000, 20, 2, 9))
    for draws in (terms, weights):  # with KL in closed form (report eq. 7), and without
        error = draws.std(0) / len(draws) ** 0.5
        # 20 rows at four standard errors: a correct bound fails once in 800 seeds.
        assert ((draws.mean(0) - (TWO_FACTORS.log_px(x) - gap)).abs() < 4 * error).all()


def test_missing_cells_have_no_units_in_the_shown_bound() -> None:
    """The bound of a table as training shows it, and the mean of its rows' bounds as predict and evaluate know them."""
    x = torch.randn(60, 3, generator=bits(1)).double() * 50 - 7
    x[:40, 0] = x[10:15, 2] = math.nan
    vae = Vae.initial(VaeSettings((5, 4), 0.0, 6, latent=2), x, None, 1, bits(3))
    shown = torch.stack([vae.elbo(vae.batch(x, None), bits(seed)).elbo[0] for seed in range(500)]) + vae.log_jacobian
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
        elbo = vae.elbo(vae.batch(x, None), bits(1)).elbo[0] + vae.log_jacobian - TWO_FACTORS.log_px(x)
        assert abs(float(elbo.mean())) < 4 * float(elbo.std()) / 20  # unbiased: four standard errors of 400 rows
        spread.append(float(elbo.std()))
    # sqrt(16); a standard deviation of 400 is known to 4 %, of a ratio 5 %, four of them.
    assert spread[0] / spread[1] == pytest.approx(4, rel=0.2)


def test_importance_log_px_lies_above_the_elbo_and_states_an_honest_error_iwae_eq_8() -> None:
    x = TWO_FACTORS.draw(1, 6)
    vae, truth = TWO_FACTORS.vae(shift=0.2, stretch=1.3), float(TWO_FACTORS.log_px(x))
    weights = log_weights(vae, x.expand(1000, -1), noise(300, 1000, 2, 7))  # a thousand repeats of one row
    log_px, error = importance_log_px(weights)
    assert (log_px >= weights.mean(0)).all()  # Jensen, for each repeat
    # The estimate is low by half its variance (IWAE, theorem 1 and the delta method): taken out before the mean.
    z = (log_px - truth + error.square() / 2) / error
    assert abs(float(z.mean())) < 4 / 1000**0.5
    assert float(z.std()) == pytest.approx(1, abs=4 / 2000**0.5)  # four standard errors of a standard deviation


def test_score_of_hidden_z_is_the_elbo_of_left_out_rows() -> None:
    x = TWO_FACTORS.draw(400, 8)
    vae = TWO_FACTORS.vae()
    left_out = torch.zeros(1, 400, dtype=torch.bool)
    left_out[0, :200] = True
    scores = torch.stack([vae.score(vae.batch(x, None), left_out, bits(seed)) for seed in range(200)])
    truth = TWO_FACTORS.log_px(x)[:200].mean() - vae.log_jacobian
    assert abs(float(scores.mean() - truth)) < 4 * float(scores.std()) / 200**0.5


def labelled() -> tuple[Vae, Tensor, Tensor]:
    """Two members, three features, two targets, and rows of all four sorts."""
    x = torch.randn(8, 3, generator=bits(1)).double() * 2 + 1
    z = torch.randn(8, 2, generator=bits(2)).double() * 5 - 3
    z[2:4] = z[4:6, 0] = z[6, 1] = math.nan
    vae = Vae.initial(VaeSettings((5, 4), 0.0, 6, samples=3, alpha=7.0), x, z, 2, bits(3))
    vae.parameters.normal_(0, 0.7, generator=bits(4))
    return vae, x, z


def network(vae: Vae, prefix: str, member: int, row: Tensor) -> Tensor:
    """A plain multilayer perceptron on the weights as the model file names them."""
    named, layer = vae.named(), 0
    while f"{prefix}.{layer}.weight" in named:
        row = torch.nn.functional.leaky_relu(row, SLOPE) if layer else row
        row = row @ named[f"{prefix}.{layer}.weight"][member] + named[f"{prefix}.{layer}.bias"][member, 0]
        layer += 1
    return row


def scale(raw: Tensor) -> Tensor:
    return torch.log1p(raw.exp()) + SMALLEST_SCALE


def decoded(vae: Vae, member: int, z: Tensor, x: Tensor) -> Tensor:
    loc, raw = network(vae, "decoder", member, z).chunk(2)
    density: Tensor = Reference(loc, scale(raw)).log_prob(x)
    return density.sum()


def objective(vae: Vae, member: int, x: Tensor, z: Tensor, eps: Tensor) -> Tensor:
    """One row by M2 eq. 6-9 as model.md writes them. x: (D,); z: (J,); eps: (L, J)."""
    q = Reference(network(vae, "mu", member, x), scale(network(vae, "sigma", member, x)))
    prior = Reference(torch.zeros(2), torch.ones(2))
    draws = q.loc + q.scale * eps
    divergence = kl_divergence(q, prior)
    total = torch.stack([decoded(vae, member, draw, x) for draw in draws]).mean() - divergence.sum()
    if z.isnan().all():
        return total
    filled = [torch.stack([d if v.isnan() else v for d, v in zip(draw, z, strict=True)]) for draw in draws]
    total = total + torch.stack([decoded(vae, member, each, x) for each in filled]).mean()
    for column, value in enumerate(z):
        if value.isnan():
            total = total - divergence[column]
        else:
            one = Reference(q.loc[column], q.scale[column])
            total = total + Reference(0.0, 1.0).log_prob(value) + vae.settings.alpha * one.log_prob(value)
    return total


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


def gradient(vae: Vae, batch: Batch, weight: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """What training follows, and the draws eps (L, K, M, J) that it took."""
    rows, size = len(batch[0]), (vae.settings.samples, vae.members, len(vae.calibration), len(batch[0]))
    found = VaeGradient(vae, slice(0, vae.members), rows)(batch, weight, bits(seed)).clone()
    source = bits(seed)
    vae.encoder.mask(rows, source)
    return found, torch.randn(size, generator=source, dtype=found.dtype).mT


@pytest.mark.parametrize("known", ["observed, hidden and in part", "hidden"])
def test_the_gradient_is_autograd_s(known: str) -> None:
    vae, x, z = labelled()
    table = (x, z) if known != "hidden" else (x, None)
    vae = replace(vae, parameters=vae.parameters.double(), targets=vae.targets if known != "hidden" else None)
    batch = tuple(part.double() for part in vae.batch(*table))
    weight = torch.rand(2, 8, generator=bits(5), dtype=torch.float64)
    weight[1, 2] = 0
    found, eps = gradient(vae, batch, weight, 6)
    written = replace(vae, parameters=vae.parameters.clone().requires_grad_())
    hidden = torch.full((8, 2), math.nan, dtype=torch.float64)
    x, z = batch if len(batch) == 2 else (batch[0], hidden)
    value = sum(
        weight[k, row] * objective(written, k, x[row], z[row], eps[:, k, row]) for k in range(2) for row in range(8)
    )
    (expected,) = torch.autograd.grad(value, written.parameters)  # type: ignore[arg-type]
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)  # doubles


def test_the_gradient_with_dropout_is_autograd_s_on_the_units_that_are_left() -> None:
    vae, *table = labelled()
    vae = replace(vae, parameters=vae.parameters.double(), settings=replace(vae.settings, dropout=0.5))
    batch = tuple(part.double() for part in vae.batch(*table))
    found, eps = gradient(vae, batch, torch.ones(2, 8, dtype=torch.float64), 6)
    mask = vae.encoder.mask(8, bits(6))
    assert mask is not None
    total = torch.zeros(())
    parameters = vae.parameters.clone().requires_grad_()
    for row in range(8):  # what a mask does to a row, its own scaling of the last layer's weights does too
        mu, sigma, decoder, *_ = vae.split(parameters)
        masked = []
        for part in (mu, sigma):
            *first, last = vae.encoder.matrices(part)
            units = torch.cat([mask[0, :, row], torch.ones(1)]).double()
            masked.append(torch.cat([each.flatten(1) for each in (*first, last * units)], 1))
        one = replace(vae, parameters=torch.cat([*masked, decoder], 1))
        total = total + sum(objective(one, k, batch[0][row], batch[1][row], eps[:, k, row]) for k in range(2))
    (expected,) = torch.autograd.grad(total, parameters)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)


def test_gradient_meets_no_nan_where_cells_are_empty() -> None:
    vae, *table = labelled()
    found, _ = gradient(vae, vae.batch(*table), torch.full((2, 8), 1 / 8), 1)
    assert found.isfinite().all()


def test_the_terms_are_those_of_the_draws_that_the_gradient_took() -> None:
    vae, *table = labelled()
    batch = vae.batch(*table)
    work = VaeGradient(vae, slice(0, 2), 8)
    work(batch, torch.full((2, 8), 1 / 8), bits(6))
    eps = gradient(vae, batch, torch.full((2, 8), 1 / 8), 6)[1]
    expected = torch.stack([objective(vae, 0, batch[0][row], batch[1][row], eps[:, 0, row]) for row in range(8)])
    torch.testing.assert_close(work.terms().objective[0], expected, rtol=1e-4, atol=1e-3)  # single precision


def test_minibatch_objectives_add_up_to_the_full_one_report_eq_6(monkeypatch: pytest.MonkeyPatch) -> None:
    vae, *table = labelled()
    vae = replace(vae, parameters=vae.parameters.double())
    batch = tuple(part.double() for part in vae.batch(*table))
    eps, rows = torch.randn(3, 2, 2, 8, generator=bits(11), dtype=torch.float64), torch.arange(8)
    # Each row keeps its own noise, whichever minibatch it is in.
    monkeypatch.setattr(torch, "randn", lambda *_, **__: eps[..., rows])
    whole = VaeGradient(vae, slice(0, 2), 8)(batch, torch.ones(2, 8).double(), bits(0)).clone()
    work, gradients = VaeGradient(vae, slice(0, 2), 2), []
    for index in torch.tensor([[5, 1], [0, 7], [6, 2], [3, 4]]):
        rows = index
        part = tuple(each[index] for each in batch)
        gradients.append(8 / 2 * work(part, torch.ones(2, 2).double(), bits(0)).clone())  # N/M times
    # All minibatches are equally likely, so their mean is the expectation.
    torch.testing.assert_close(torch.stack(gradients).mean(0), whole, rtol=1e-12, atol=ROUNDING)


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
    vae = Vae.initial(VaeSettings((5, 4), 0.0, 6), x, z, 4, bits(3))
    left_out = torch.zeros(4, 60, dtype=torch.bool)
    left_out[1:] = torch.arange(60) % 3 == torch.arange(3)[:, None]
    batch = vae.batch(x, z)
    kept, said = vae.finished(batch, left_out)
    squares = torch.zeros(60, 2, dtype=torch.float64)
    for k in (1, 2, 3):  # each judged by the member that has not seen it, with the factor that is kept
        q = replace(vae.member(k), calibration=kept.calibration).posterior(x)
        squares[left_out[k]] = ((z - q.location) / q.sd).square()[left_out[k]]
    # Single precision in the network.
    assert squares.nanmean(0).tolist() == pytest.approx([1, 1], abs=1e-4)
    residuals = (batch[1] - said.ensemble.location[0]) / said.ensemble.sd[0]
    assert residuals.square().nanmean(0).tolist() == pytest.approx([1, 1], abs=1e-4)
