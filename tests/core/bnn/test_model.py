"""The Bayesian neural network against closed forms: mean-field linear regression, its divergence, its draws."""

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.held_out import leave_out
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.data.rows import Batch, Rows
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.training.state import State
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import ColumnFamilies, TrainingSettings
from tests.core.bnn.examples import ROWS, VALUES, linear

Reference: Any = torch.distributions.Normal  # untyped there


def trained(model: Bnn, iterations: int, seed: int = 1) -> Bnn:
    """Train on all rows, none left out, the noise held at what it starts from."""
    rows, frozen = Rows(model.batch, ROWS, VALUES), Frozen(model, model.parameters, model.log_jacobian)
    settings = TrainingSettings(max_iterations=iterations, patience=0, learning_rate=0.02)
    state = State.initial(model.parameters, 3, settings, Generator().manual_seed(seed))
    for _ in train(frozen, Frozen.work, rows, LeftOut.nobody(1, 3), settings, state):
        pass
    state.parameters.copy_(state.best)
    return model


@dataclass
class Frozen:
    """A model whose noise is known: its raw scale takes no part in the gradient."""

    model: Bnn
    parameters: Tensor
    log_jacobian: float
    widest: int = 0

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

    def final_score(self, *_: object) -> float:
        return 0.0


@pytest.mark.parametrize("estimator", ["local", "shared", "antithetic"])
@pytest.mark.parametrize("prior_scale", [0.5, 1.0, 2.0])
def test_mean_field_linear_regression_with_three_rows_has_its_closed_form_optimum(
    prior_scale: float, estimator: str
) -> None:
    """The optimum's means are the exact posterior's, its variances 1/diag(precision) (Bishop 2006, section 10.1.2)."""
    models = [trained(linear(prior_scale=prior_scale, estimator=estimator), 6000, seed) for seed in range(4)]
    model = models[0]
    x, z = (part.double() for part in model.batch(ROWS, VALUES))
    design = torch.cat([x, torch.ones(3, 1)], 1)
    parameters = torch.stack([each.parameters for each in models]).mean(0)
    mu, rho, noise = (part.double().flatten() for part in model.split(parameters))
    variance = model.head(torch.zeros(1, 1, 1), noise.float()[None, None]).variance.double().flatten()
    precision = design.T @ design / variance + torch.eye(3) / prior_scale**2
    mean = torch.linalg.solve(precision, design.T @ z / variance).flatten()
    sd = torch.nn.functional.softplus(rho)
    # Adam's steps leave each mean a noise of 0.016, over eight seeds, and the mean of four half of that.
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


def test_a_left_out_row_is_predicted_only_by_members_that_have_not_seen_it() -> None:
    """Members whose networks are constants, each its own: a row's prediction shows whose it is."""
    settings = BnnSettings((), members=20, noise_model="constant", kl_weights=(1.0, 0.1))
    x = torch.linspace(-1, 1, 40, dtype=torch.float64)[:, None]
    left_out = folds.in_turn(40, Generator().manual_seed(1), 20).of(torch.arange(40))
    model = Bnn.initial(settings, x, x.sin(), 40, Generator().manual_seed(0))
    mu, rho, _ = model.split(model.parameters)
    mu[:, :-1] = 0
    mu[:, -1] = torch.arange(40)
    rho.fill_(-50)
    everywhere = left_out.repeat(2, 1)  # the same rows in both groups
    predicted = model._held_out_draws(model.batch(x, x.sin())[0], everywhere).location[..., 0].round().long()
    for group in range(2):
        for row in range(40):
            own = set((left_out[:, row].nonzero()[:, 0] + 20 * group).tolist())
            assert set(predicted[group, ..., row].flatten().tolist()) == own
            assert len(own) == 2


def test_a_score_is_that_of_each_member_s_own_left_out_rows_at_the_best_noise_factor() -> None:
    """Members that leave out one, two and three rows of six; by all networks at all rows."""
    x = torch.linspace(-1, 1, 6, dtype=torch.float64)[:, None]
    settings = BnnSettings((4,), noise_model="constant", kl_weights=(1.0,))
    model = Bnn.initial(settings, x, x.sin(), 3, Generator().manual_seed(0))
    left_out = torch.tensor([[1, 0, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]]).bool()
    seen, z = batch = model.batch(x, x.sin())
    q, constants = model.q()
    p = model.head(model.network(q.rsample(1, Generator().manual_seed(2))[0], seen[None]), constants)
    assert isinstance(p, Normal)
    u = ((z - p.location) / p.scale)[left_out]
    factor = float(u.square().mean().sqrt())
    expected = Reference(0.0, 1.0).log_prob(u / factor) - (p.scale * factor).expand_as(p.location)[left_out].log()
    found = model.score(batch, left_out, Generator().manual_seed(2))
    assert float(found) == pytest.approx(float(expected.mean()), rel=1e-5)  # single precision


def test_the_likelihood_of_constant_noise_is_the_same_everywhere() -> None:
    model = linear()
    p = model.head(torch.zeros(1, 3, 1), torch.zeros(1, 1, 1))
    assert isinstance(p, Normal)
    assert (p.scale == p.scale[0, 0, 0]).all()


def test_coverage_is_to_be_expected_of_numbers_by_their_conformal_intervals_and_of_all_else_recalibrated() -> None:
    families = ColumnFamilies(targets={0: "poisson", 1: "gaussian", 2: "bernoulli"})
    z = torch.tensor([[3.0, 0.5, 0.0], [1.0, -2.0, 1.0], [0.0, 1.0, 1.0]], dtype=torch.float64)
    settings = BnnSettings(hidden=(), kl_weights=(1.0,))
    model = Bnn.initial(settings, ROWS, z, 1, Generator().manual_seed(0), families=families)
    pit = torch.rand(120, 3, generator=Generator().manual_seed(1)).double()
    model = model.recalibrated(pit)
    assert model.recalibration.classes == (False, False, True)
    recalibrated = model.recalibration.expected(0.6)
    assert torch.equal(model.coverage(0.6), recalibrated)
    fold = torch.arange(120) % 4  # whose scores are its number: those of others reach over the middle two alone
    guarantee = ConformalIntervals(fold.double()[:, None].expand(-1, 3), fold, torch.empty(0))
    conformal = guarantee.expected(0.6)
    assert conformal.tolist() == [0.5] * 3
    found = replace(model, guarantee=guarantee).coverage(0.6)
    assert found.tolist() == [recalibrated[0], conformal[1], recalibrated[2]]


@pytest.mark.parametrize("size", [1, 3])
def test_a_group_that_has_diverged_is_as_if_it_were_not_there(size: int) -> None:
    """Three groups, the second spoilt: weights, factors and what is said of rows are those of the other two alone."""
    x = torch.linspace(-2, 2, 80, dtype=torch.float64)[:, None]
    settings, generator = BnnSettings((4,), members=size, kl_weights=(1.0, 0.1, 0.01)), Generator().manual_seed(1)
    left_out = leave_out(settings, 80, generator)
    model = Bnn.initial(settings, x, x.sin(), len(left_out), generator)
    model.split(model.parameters)[1].fill_(-50)  # no draw differs from another
    groups = model.parameters.view(3, -1, model.parameters.shape[1])
    two = replace(settings, kl_weights=(1.0, 0.01))
    few = Bnn.initial(two, x, x.sin(), 2 * groups.shape[1], Generator().manual_seed(1))
    few.parameters.copy_(groups[[0, 2]].flatten(0, 1))
    groups[1, 0] *= 1000
    unseen = left_out.of(torch.arange(80))
    (kept, held_out), (other, expected) = (
        each.finished(each.batch(x, x.sin()), unseen[: len(each.parameters)]) for each in (model, few)
    )
    assert kept.calibration.weights[1] == 0
    assert kept.without() == (0.1,)
    assert torch.equal(kept.calibration.weights[[0, 2]], other.calibration.weights)
    assert torch.equal(kept.calibration.noise_factor[[0, 2]], other.calibration.noise_factor)
    torch.testing.assert_close(held_out.blind.location, expected.blind.location)
    same = (each.drawn(50, Generator().manual_seed(0))(x).mean for each in (kept, other))
    torch.testing.assert_close(*same)
    assert not model.diverged(model.batch(x, x.sin()))
    groups[:, 0] = groups[1, 0]
    assert model.diverged(model.batch(x, x.sin()))
