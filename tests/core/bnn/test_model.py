"""The Bayesian neural network against closed forms: mean-field linear regression, its divergence, its draws."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Batch, Rows
from aevb_cli.core.families.base import SMALLEST_SCALE
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.networks.mlp import SLOPE
from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.training.state import State
from aevb_cli.settings import BnnSettings, TrainingSettings

Reference: Any = torch.distributions.Normal  # untyped there

ROWS = torch.tensor([[-1.0, 0.3], [0.2, -0.4], [0.9, 1.1]], dtype=torch.float64)
VALUES = torch.tensor([[-0.7], [0.4], [0.9]], dtype=torch.float64)


def linear(**options: object) -> Bnn:
    """A network without a hidden layer: linear regression with unknown weights and bias."""
    settings = replace(BnnSettings(hidden=(), noise_model="constant"), **options)  # type: ignore[arg-type]
    return Bnn.initial(settings, ROWS, VALUES, 1, Generator().manual_seed(0))


def trained(model: Bnn, iterations: int) -> Bnn:
    """Train on all rows, none left out, the noise held at what it starts from."""
    rows, frozen = Rows(model.batch, ROWS, VALUES), Frozen(model)
    settings = TrainingSettings(max_iterations=iterations, patience=0, learning_rate=0.02)
    state = State.initial(model.parameters, 3, settings, Generator().manual_seed(1))
    for _ in train(frozen, Frozen.work, rows, LeftOut.nobody(1, 3), settings, state):
        pass
    state.parameters.copy_(state.best)
    return model


class Frozen:
    """A model whose noise is known: its raw scale takes no part in the gradient."""

    def __init__(self, model: Bnn) -> None:
        self.model, self.parameters, self.log_jacobian = model, model.parameters, model.log_jacobian

    def work(self, members: slice, rows: int) -> "Frozen":
        self.inner = BnnGradient(self.model, members, rows)
        return self

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        gradient = self.inner(batch, weight, generator).clone()
        gradient[:, -1] = 0
        return gradient

    def terms(self) -> Elbo:
        return self.inner.terms()

    def score(self, *_: object) -> Tensor:
        return torch.tensor(0.0)


@pytest.mark.parametrize("estimator", ["local", "shared"])
@pytest.mark.parametrize("prior_scale", [0.5, 1.0, 2.0])
def test_mean_field_linear_regression_with_three_rows_has_its_closed_form_optimum(
    prior_scale: float, estimator: str
) -> None:
    """The optimum's means are the exact posterior's, its variances 1/diag(precision) (Bishop 2006, section 10.1.2)."""
    iterations = 6000 if estimator == "local" else 24_000  # its gradient is the noisier
    model = trained(linear(prior_scale=prior_scale, estimator=estimator), iterations)
    x, z = (part.double() for part in model.batch(ROWS, VALUES))
    design = torch.cat([x, torch.ones(3, 1)], 1)
    mu, rho, noise = (part.double().flatten() for part in model.split(model.parameters))
    variance = model.head(torch.zeros(1, 1, 1), noise.float()[None, None]).variance.double().flatten()
    precision = design.T @ design / variance + torch.eye(3) / prior_scale**2
    mean = torch.linalg.solve(precision, design.T @ z / variance).flatten()
    sd = torch.nn.functional.softplus(rho)
    # Averaging over the last hundred or so steps of Adam leaves noise of a few thousandths.
    assert mu.numpy() == pytest.approx(mean.numpy(), abs=0.02)
    assert sd.numpy() == pytest.approx(precision.diagonal().rsqrt().numpy(), rel=0.03)


def test_the_divergence_is_the_sum_over_weights_of_torch_s_own() -> None:
    model = linear(prior_scale=1.7, hidden=(4,), prior="fan-in")
    q, _ = model.q()
    hidden, output = torch.full((4, 3), 1.7), torch.full((1, 5), 1.7)  # the last column is the bias
    hidden[:, :-1] *= math.sqrt(2 / 2)
    output[:, :-1] *= math.sqrt(2 / 4)
    prior = torch.cat([hidden.flatten(), output.flatten()])
    expected = torch.distributions.kl_divergence(
        Reference(q.location[0], q.scale[0]), Reference(torch.zeros_like(prior), prior)
    ).sum()
    assert float(model.divergence(q)[0]) == pytest.approx(float(expected), rel=1e-5)


def test_encodings_have_a_narrower_prior_under_a_larger_kl_weight_and_all_else_its_own() -> None:
    settings = BnnSettings(
        (4,), members=2, kl_weights=(0.4, 0.04, 0.01), prior="fan-in", bins=2, frequencies=1, encoding_kl=0.02
    )
    x = torch.stack([torch.arange(8.0), torch.arange(8.0) % 3, torch.arange(8.0).square()], 1).double()
    x[0, 2] = torch.nan
    model = Bnn.initial(settings, x, x[:, :1], 6, Generator().manual_seed(0), (0, 3, 0))
    # A number, two bins, sine and cosine; three words; the same of a number, and whether it is there.
    encoded = torch.tensor([0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0]).bool()
    plain = replace(model, settings=replace(settings, encoding_kl=0.0))
    ratio = model.prior_scale / plain.prior_scale
    first, last = model.network.matrices(ratio)
    for member, factor in enumerate((0.05, 0.05, 0.5, 0.5, 1, 1)):
        torch.testing.assert_close(first[member, :, :-1], torch.where(encoded, factor, 1.0).expand(4, -1))
    assert (first[..., -1] == 1).all()
    assert (last == 1).all()


def terms(model: Bnn, batch: Batch, seed: int = 0) -> Elbo:
    work = BnnGradient(model, slice(0, 1), len(batch[0]))
    work(batch, torch.full((1, len(batch[0])), 1 / len(batch[0])), Generator().manual_seed(seed))
    return work.terms()


def test_the_divergence_counts_once_per_pass_over_the_rows() -> None:
    model = linear()
    batch = model.batch(ROWS, VALUES)
    whole = terms(model, batch).kl.expand(1, 3).sum()
    parts = sum(float(terms(model, tuple(p[i : i + 1] for p in batch)).kl) for i in range(3))
    once = float(model.divergence(model.q()[0]))
    assert float(whole) == pytest.approx(once, rel=1e-6)
    assert parts == pytest.approx(once, rel=1e-6)


def test_a_kl_weight_moves_the_objective_and_not_the_elbo() -> None:
    plain, light = linear(), linear(kl_weights=(0.1,))
    first, second = (terms(m, m.batch(ROWS, VALUES)) for m in (plain, light))
    assert torch.equal(first.elbo, second.elbo)
    assert torch.allclose(second.objective, second.log_likelihood - 0.1 * second.kl)


class Written:
    """The objective of one minibatch as Blundell and KG write it, in plain torch, for autograd to differentiate."""

    def __init__(self, model: Bnn, batch: Batch, seed: int) -> None:
        self.model, (self.seen, self.z) = model, batch
        self.parameters = model.parameters.clone().requires_grad_()
        mu, rho, self.noise = model.split(self.parameters)
        self.mu, self.sigma = mu, torch.log1p(rho.exp())
        bits, network = Generator().manual_seed(seed), model.network
        if model.settings.estimator == "shared":
            eps = torch.randn(mu.shape, generator=bits, dtype=mu.dtype)
            self.out = self._network(mu + self.sigma * eps)
        else:
            rows = len(self.seen)
            noise = torch.randn(sum(network.sizes[1:]), rows + len(mu) - 1, generator=bits, dtype=mu.dtype)
            parts = torch.split(noise, list(network.sizes[1:]))
            self.out = torch.stack([self._locally(k, [p[:, k : k + rows].T for p in parts]) for k in range(len(mu))])

    def _network(self, weights: Tensor) -> Tensor:
        h = self.seen.expand(len(weights), -1, -1)
        for layer, matrix in enumerate(self.model.network.matrices(weights)):
            h = self._activated(h) if layer else h
            h = h @ matrix[..., :-1].mT + matrix[:, None, :, -1]
        return h

    def _locally(self, member: int, noise: list[Tensor]) -> Tensor:
        h = self.seen
        matrices = zip(
            self.model.network.matrices(self.mu), self.model.network.matrices(self.sigma.square()), noise, strict=True
        )
        for layer, (mean, variance, eps) in enumerate(matrices):
            h = self._activated(h) if layer else h
            m, v = mean[member], variance[member]
            h = h @ m[:, :-1].T + m[:, -1] + (h.square() @ v[:, :-1].T + v[:, -1]).sqrt() * eps
        return h

    def _activated(self, h: Tensor) -> Tensor:
        if self.model.settings.activation == "gelu":
            return torch.nn.functional.gelu(h)
        return torch.nn.functional.leaky_relu(h, SLOPE)

    def objective(self, weight: Tensor) -> Tensor:
        targets = self.z.shape[1]
        raw = self.out[..., targets:] if self.model.settings.noise_model == "input" else self.noise[:, None]
        density = Reference(self.out[..., :targets], torch.log1p(raw.exp()) + SMALLEST_SCALE).log_prob(self.z)
        prior = Reference(torch.zeros_like(self.mu), self.model.prior_scale.expand_as(self.mu))
        kl = torch.distributions.kl_divergence(Reference(self.mu, self.sigma), prior).sum(1)
        share: Tensor = (weight * density.sum(-1)).sum() - (self.model.kl_weight[:, 0] * kl).sum() / self.model.rows
        return share


@pytest.mark.parametrize("noise_model", ["input", "constant"])
@pytest.mark.parametrize("estimator", ["local", "shared"])
@pytest.mark.parametrize("activation", ["leaky-relu", "gelu"])
@pytest.mark.parametrize("hidden", [(), (4,), (5, 3)])
def test_the_gradient_is_autograd_s(noise_model: str, estimator: str, activation: str, hidden: tuple[int, ...]) -> None:
    options: dict[str, Any] = {"noise_model": noise_model, "activation": activation, "estimator": estimator}
    settings = replace(BnnSettings(hidden, 2, kl_weights=(0.3, 0.05), prior="fan-in", prior_scale=0.8), **options)
    x = torch.randn(30, 2, generator=Generator().manual_seed(1), dtype=torch.float64)
    z = torch.randn(30, 3, generator=Generator().manual_seed(2), dtype=torch.float64) * 3 + 1
    model = Bnn.initial(settings, x, z, 4, Generator().manual_seed(3))
    model = replace(model, parameters=model.parameters.double())
    batch = tuple(part[:9].double() for part in model.batch(x, z))
    weight = torch.rand(4, 9, generator=Generator().manual_seed(4), dtype=torch.float64)
    weight[1, 3] = 0
    work, written = BnnGradient(model, slice(0, 4), 9), Written(model, batch, 5)
    found = work(batch, weight, Generator().manual_seed(5))
    (expected,) = torch.autograd.grad(written.objective(weight), written.parameters)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)  # doubles
    density = work.terms()
    assert density.log_likelihood.shape == (1, 9)
    first = torch.zeros(4, 9, dtype=torch.float64)
    first[0] = 1
    alone = written.objective(first) - written.objective(torch.zeros_like(first))
    assert float(density.log_likelihood.sum()) == pytest.approx(float(alone.detach()), rel=1e-9)


def test_a_block_of_members_has_the_gradient_and_the_terms_of_these_members() -> None:
    settings = BnnSettings((4,), 2, kl_weights=(1.0, 0.1), bins=2, encoding_kl=0.05, estimator="shared")
    x = torch.randn(12, 1, generator=Generator().manual_seed(1), dtype=torch.float64)
    model = Bnn.initial(settings, x, x.sin(), 4, Generator().manual_seed(3))
    batch, weight = model.batch(x, x.sin()), torch.full((4, 12), 1 / 12)
    block = BnnGradient(model, slice(3, 4), 12)
    last = block(batch, weight[3:], Generator().manual_seed(7))
    alone = replace(model, settings=replace(settings, kl_weights=(0.1,)), members=1, parameters=model.parameters[3:])
    single = BnnGradient(alone, slice(0, 1), 12)
    expected = single(batch, weight[3:], Generator().manual_seed(7))
    assert torch.equal(last, expected)
    assert torch.equal(block.terms().objective, single.terms().objective)
    assert torch.equal(block.terms().kl, single.terms().kl)


def test_drawn_networks_have_the_posterior_s_moments_in_units() -> None:
    model = linear()
    p = model.drawn(20_000, Generator().manual_seed(3))(ROWS).draws
    q, _ = model.q()
    x = model.batch(ROWS, VALUES)[0].double()
    design = torch.cat([x, torch.ones(3, 1)], 1)
    mean = model.targets.restore((design @ q.location[0].double())[:, None])
    sd = (design.square() @ q.scale[0].double().square()).sqrt()
    sd = model.targets.scale * sd[:, None]
    assert (((p.location.mean(0) - mean) / sd).abs() < 4 / math.sqrt(20_000)).all()
    assert p.location.std(0).numpy() == pytest.approx(sd.numpy(), rel=4 / math.sqrt(40_000))


def test_stacking_factors_and_shares_reach_the_draws() -> None:
    settings = BnnSettings(hidden=(4,), members=3, kl_weights=(1.0, 0.1))
    x = torch.linspace(-1, 1, 30, dtype=torch.float64)[:, None]
    z = x + 0.1 * torch.randn(30, 1, generator=Generator().manual_seed(0), dtype=torch.float64)
    model = Bnn.initial(settings, x, z, 6, Generator().manual_seed(0))
    plain = model.drawn(60, Generator().manual_seed(1))(x).draws
    stacking = replace(
        model.calibration,
        noise_factor=model.calibration.noise_factor * 2,
        epistemic_factor=model.calibration.epistemic_factor * 3,
    )
    scaled = replace(model, calibration=stacking).drawn(60, Generator().manual_seed(1))(x).draws
    assert torch.allclose(scaled.sd, 2 * plain.sd)
    members = plain.location.view(6, 10, 30, 1)
    spread = members - members.mean(1, keepdim=True)
    assert torch.allclose(scaled.location.view(6, 10, 30, 1), members.mean(1, keepdim=True) + 3 * spread, atol=1e-5)
    one = replace(model, calibration=replace(model.calibration, weights=torch.tensor([1.0, 0.0])))
    assert one.drawn(60, Generator().manual_seed(1))(x).draws.location.shape == (60, 30, 1)


@pytest.mark.parametrize("size", [1, 2])
def test_of_every_group_the_first_members_are_kept(size: int) -> None:
    """A single member of a group has assistants that leave rows out; they are no part of the model."""
    settings = BnnSettings((4,), members=size, kl_weights=(1.0, 0.1, 0.01))
    x = torch.linspace(-1, 1, 30, dtype=torch.float64)[:, None]
    generator = Generator().manual_seed(0)
    left_out = (folds.leave_out(30, generator) if size == 1 else folds.in_turn(30, generator, size)).repeat(3)
    model = Bnn.initial(settings, x, x.sin(), len(left_out), generator)
    judged = left_out.held_out_rows
    kept, _ = model.finished(model.batch(x[judged], x[judged].sin()), left_out.of(judged))
    groups = model.parameters.view(3, -1, model.parameters.shape[1])
    assert torch.equal(kept.parameters, groups[:, :size].flatten(0, 1))
    assert kept.kl_weight[:, 0].tolist() == pytest.approx([w for w in (1.0, 0.1, 0.01) for _ in range(size)])


def test_a_row_is_judged_only_by_members_that_have_not_seen_it() -> None:
    """Members whose networks are constants, each its own: what they say of a row tells who was asked."""
    settings = BnnSettings((), members=20, noise_model="constant", kl_weights=(1.0, 0.1))
    x = torch.linspace(-1, 1, 40, dtype=torch.float64)[:, None]
    left_out = folds.in_turn(40, Generator().manual_seed(1), 20).of(torch.arange(40))
    model = Bnn.initial(settings, x, x.sin(), 40, Generator().manual_seed(0))
    mu, rho, _ = model.split(model.parameters)
    mu[:, :-1] = 0
    mu[:, -1] = torch.arange(40)
    rho.fill_(-50)
    said = model._held_out_draws(model.batch(x, x.sin())[0], left_out).location[..., 0].round().long()
    for group in range(2):
        for row in range(40):
            own = set((left_out[:, row].nonzero()[:, 0] + 20 * group).tolist())
            assert set(said[group, ..., row].flatten().tolist()) == own
            assert len(own) == 2


def test_the_likelihood_of_constant_noise_is_the_same_everywhere() -> None:
    model = linear()
    p = model.head(torch.zeros(1, 3, 1), torch.zeros(1, 1, 1))
    assert isinstance(p, Normal)
    assert (p.scale == p.scale[0, 0, 0]).all()
