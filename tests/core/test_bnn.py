"""The Bayesian neural network against closed forms: mean-field linear regression, its divergence, its draws."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn import Bnn
from aevb_cli.core.distributions import Normal
from aevb_cli.core.training import State, train
from aevb_cli.settings import BnnSettings, TrainingSettings

ROWS = torch.tensor([[-1.0, 0.3], [0.2, -0.4], [0.9, 1.1]], dtype=torch.float64)
VALUES = torch.tensor([[-0.7], [0.4], [0.9]], dtype=torch.float64)


def linear(**options: object) -> Bnn:
    """A network without a hidden layer: linear regression with unknown weights and bias."""
    settings = replace(BnnSettings(hidden=(), noise_model="constant"), **options)  # type: ignore[arg-type]
    return Bnn.initial(settings, ROWS, VALUES, 1, Generator().manual_seed(0))


def trained(model: Bnn, iterations: int) -> Bnn:
    """Train on all rows, none left out, the noise held at what it starts from."""
    batch = model.batch(ROWS, VALUES)
    frozen = Frozen(model)
    left_out = torch.tensor([[False, False, False]])
    settings = TrainingSettings(max_iterations=iterations, patience=0, learning_rate=0.02)
    state = State.initial(model.parameters, 3, settings.learning_rate)
    for _ in train(frozen, batch, left_out, settings, state, Generator().manual_seed(1)):
        pass
    state.parameters.copy_(state.best)
    return model


class Frozen:
    """A model whose noise is known: its raw scale takes no part in the gradient."""

    def __init__(self, model: Bnn) -> None:
        self.model, self.parameters, self.log_jacobian = model, model.parameters, model.log_jacobian

    def elbo(self, batch, generator):  # type: ignore[no-untyped-def]
        held = torch.cat([self.parameters[:-1], self.parameters[-1:].detach()])
        return replace(self.model, parameters=held).elbo(batch, generator)

    def score(self, *_: object) -> Tensor:
        return torch.tensor(0.0)


@pytest.mark.parametrize("prior_scale", [0.5, 1.0, 2.0])
def test_mean_field_linear_regression_with_three_rows_has_its_closed_form_optimum(prior_scale: float) -> None:
    """The optimum's means are the exact posterior's, its variances 1/diag(precision) (Bishop 2006, section 10.1.2)."""
    model = trained(linear(prior_scale=prior_scale), 6000)
    x, z, _ = (part.double() for part in model.batch(ROWS, VALUES))
    design = torch.cat([x, torch.ones(3, 1)], 1)
    mu, rho, noise = (part.detach().double().flatten() for part in model.weights())
    variance = model.likelihood(torch.zeros(1, 1, 1), noise.float()[None, None]).scale.double().flatten() ** 2
    precision = design.T @ design / variance + torch.eye(3) / prior_scale**2
    mean = torch.linalg.solve(precision, design.T @ z / variance).flatten()
    sd = torch.nn.functional.softplus(rho)
    # Averaging over the last hundred or so steps of Adam leaves noise of a few thousandths.
    assert mu.numpy() == pytest.approx(mean.numpy(), abs=0.02)
    assert sd.numpy() == pytest.approx(precision.diagonal().rsqrt().numpy(), rel=0.03)


def test_the_divergence_is_the_sum_over_weights_of_torch_s_own() -> None:
    model = linear(prior_scale=1.7, hidden=(4,), prior="fan-in")
    mu, rho, _ = model.weights()
    sigma = torch.nn.functional.softplus(rho)
    prior = torch.cat(
        [torch.full((n,), 1.7 * s) for n, s in ((8, math.sqrt(2 / 2)), (4, 1.0), (4, math.sqrt(2 / 4)), (1, 1.0))]
    )
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mu[0], sigma[0]), torch.distributions.Normal(torch.zeros_like(prior), prior)
    ).sum()
    assert float(model.divergence(mu, sigma)[0].detach()) == pytest.approx(float(expected.detach()), rel=1e-5)


def test_the_divergence_counts_once_per_pass_over_the_rows() -> None:
    model = linear()
    batch = model.batch(ROWS, VALUES)
    whole = model.elbo(batch, Generator().manual_seed(0)).kl.sum()
    parts = sum(model.elbo(tuple(p[i : i + 1] for p in batch), Generator().manual_seed(0)).kl.sum() for i in range(3))
    mu, rho, _ = model.weights()
    once = model.divergence(mu, torch.nn.functional.softplus(rho)).sum()
    assert float(whole.detach()) == pytest.approx(float(once.detach()), rel=1e-6)
    assert float(torch.as_tensor(parts).detach()) == pytest.approx(float(once.detach()), rel=1e-6)


def test_a_kl_weight_moves_the_objective_and_not_the_elbo() -> None:
    plain, light = linear(), linear(kl_weights=(0.1,))
    first, second = (m.elbo(m.batch(ROWS, VALUES), Generator().manual_seed(0)) for m in (plain, light))
    assert torch.equal(first.elbo, second.elbo)
    assert torch.allclose(second.objective, second.log_likelihood - 0.1 * second.kl)


def test_local_reparameterisation_has_the_moments_of_draws_of_the_weights_lrt_eq_6() -> None:
    """One layer: its output over draws of w is N(h mu, h^2 sigma^2), 40,000 draws against the closed form."""
    model = linear()
    mu, rho, _ = (part.detach() for part in model.weights())
    variance = torch.nn.functional.softplus(rho).square() * 100  # wide enough to be seen
    x = model.batch(ROWS, VALUES)[2]
    draws = torch.cat([model.network.sampled(mu, variance, x[None], Generator().manual_seed(s)) for s in range(40_000)])
    sd = torch.cat([x.square(), torch.ones(3, 1)], 1) @ variance[0]
    mean = torch.cat([x, torch.ones(3, 1)], 1) @ mu[0]
    error = sd.sqrt() / math.sqrt(40_000)
    assert ((draws.mean(0)[:, 0] - mean).abs() < 4 * error).all()
    assert draws.std(0)[:, 0].numpy() == pytest.approx(sd.sqrt().numpy(), rel=4 / math.sqrt(2 * 40_000))


def test_drawn_networks_have_the_posterior_s_moments_in_units() -> None:
    model = linear()
    p = model.drawn(20_000, Generator().manual_seed(3))(ROWS)
    mu, rho, _ = (part.detach() for part in model.weights())
    x = model.batch(ROWS, VALUES)[2].double()
    design = torch.cat([x, torch.ones(3, 1)], 1)
    mean = model.targets.restore((design @ mu[0].double())[:, None])
    sd = (design.square() @ torch.nn.functional.softplus(rho[0]).double().square()).sqrt()
    sd = model.targets.scale * sd[:, None]
    assert (((p.loc.mean(0) - mean) / sd).abs() < 4 / math.sqrt(20_000)).all()
    assert p.loc.std(0).numpy() == pytest.approx(sd.numpy(), rel=4 / math.sqrt(40_000))


def test_the_noise_of_a_batch_of_members_is_standard_normal_and_differs_between_them() -> None:
    from aevb_cli.core.networks import _windows

    drawn = _windows(5, 400, 50, Generator().manual_seed(0), torch.float64)
    assert drawn.shape == (5, 400, 50)
    assert abs(float(drawn[0].mean())) < 4 / math.sqrt(20_000)
    assert float(drawn[0].var()) == pytest.approx(1, abs=4 * math.sqrt(2 / 20_000))
    correlation = np.corrcoef(drawn[0].flatten(), drawn[1].flatten())[0, 1]
    assert abs(correlation) < 4 / math.sqrt(20_000)


def test_stacking_factors_and_shares_reach_the_draws() -> None:
    settings = BnnSettings(hidden=(4,), members=3, kl_weights=(1.0, 0.1))
    x = torch.linspace(-1, 1, 30, dtype=torch.float64)[:, None]
    z = x + 0.1 * torch.randn(30, 1, generator=Generator().manual_seed(0), dtype=torch.float64)
    model = Bnn.initial(settings, x, z, 6, Generator().manual_seed(0))
    plain = model.drawn(60, Generator().manual_seed(1))(x)
    stacking = replace(model.calibration, noise=model.calibration.noise * 2, epistemic=model.calibration.epistemic * 3)
    scaled = replace(model, calibration=stacking).drawn(60, Generator().manual_seed(1))(x)
    assert torch.allclose(scaled.scale, 2 * plain.scale)
    members = plain.loc.view(6, 10, 30, 1)
    spread = members - members.mean(1, keepdim=True)
    assert torch.allclose(scaled.loc.view(6, 10, 30, 1), members.mean(1, keepdim=True) + 3 * spread, atol=1e-5)
    one = replace(model, calibration=replace(model.calibration, weights=torch.tensor([1.0, 0.0])))
    assert one.drawn(60, Generator().manual_seed(1))(x).loc.shape == (60, 30, 1)


def test_the_likelihood_of_constant_noise_is_the_same_everywhere() -> None:
    model = linear()
    p = model.likelihood(torch.zeros(1, 3, 1), torch.zeros(1, 1, 1))
    assert isinstance(p, Normal)
    assert (p.scale == p.scale[0, 0, 0]).all()
