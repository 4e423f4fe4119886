"""Algorithm 1: when it stops, what it keeps, its Adam against torch's, and the models it trains against truths."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Generator, Tensor

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Batch, Rows
from aevb_cli.core.training import folds
from aevb_cli.core.training import state as states
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.training.state import State
from aevb_cli.core.vae.gradient import VaeGradient
from aevb_cli.core.vae.importance import importance_log_px, log_weights
from aevb_cli.core.vae.model import Vae
from aevb_cli.errors import DivergedError
from aevb_cli.settings import (
    BnnSettings,
    SimulationSettings,
    TrainingSettings,
    VaeSettings,
    dropout_for,
    iterations_for,
    width_for,
)
from aevb_cli.simulation import simulate
from tests.core.factor_model import TWO_FACTORS

CURVATURE, OPTIMUM = torch.tensor([1.0, 30.0, 0.02]), torch.tensor([0.5, -1.0, 2.0])


@dataclass
class Scripted:
    """A model of three numbers with a concave objective, and scores as told; it writes down the rows that it gets."""

    scores: Iterator[float] = field(default_factory=lambda: iter(lambda: 1.0, None))
    spoil: Callable[[int], float] = lambda _: 1.0
    parameters: Tensor = field(default_factory=lambda: torch.zeros(1, 3))
    log_jacobian: float = 0.0
    seen: list[list[float]] = field(default_factory=list)

    def work(self, members: slice, rows: int) -> "Scripted":
        return self

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        self.seen.append(batch[0][:, 0].tolist())
        return -2 * CURVATURE * (self.parameters - OPTIMUM) * self.spoil(len(self.seen))

    def terms(self) -> Elbo:
        value = -(CURVATURE * (self.parameters - OPTIMUM).square()).sum() * self.spoil(len(self.seen))
        return Elbo(value.expand(1, 1), torch.zeros(1, 1))

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        return torch.tensor(next(self.scores))


def as_they_are(values: Tensor) -> Rows:
    """Rows without any standardisation."""
    return Rows(lambda x, _: (x,), values, None)


def but_the_first(rows: int) -> LeftOut:
    """One member that must not see the first row: something to score."""
    return LeftOut(torch.arange(rows).clamp(max=1).to(torch.int8)[None], torch.zeros(1, dtype=torch.int8))


def run(model: Scripted, rows: int = 10, **options: float) -> tuple[State, list[int], list[Tensor]]:
    settings = replace(TrainingSettings(max_iterations=2000), **options)  # type: ignore[arg-type]
    state = State.initial(model.parameters, rows, settings, Generator().manual_seed(settings.seed))
    iterations, averages = [], []
    for record in train(
        model, type(model).work, as_they_are(torch.arange(rows).float()[:, None]), but_the_first(rows), settings, state
    ):
        iterations.append(record.iteration)
        averages.append(state.average.clone())
    return state, iterations, averages


def test_a_score_that_stands_still_converges_after_one_reduction() -> None:
    state, iterations, _ = run(Scripted(), patience=400)
    # 100 to set the mark, 400 without gain, a third of the rate, 400 without gain again.
    assert (state.converged, state.iteration, iterations) == (True, 900, list(range(100, 901, 100)))
    assert state.learning_rate == pytest.approx(TrainingSettings().learning_rate / 3)


def test_a_score_that_rises_goes_on_to_the_cap_and_is_not_called_converged() -> None:
    state, iterations, _ = run(Scripted(iter(range(100))), max_iterations=1250, patience=100)
    assert (state.converged, state.iteration, iterations[-2:]) == (False, 1250, [1200, 1250])


def test_gains_below_the_tolerance_count_for_nothing() -> None:
    state, *_ = run(Scripted(iter(np.arange(100) * 1e-5)), patience=400)
    assert (state.converged, state.iteration) == (True, 900)


def test_patience_zero_never_stops_early() -> None:
    state, *_ = run(Scripted(), patience=0, max_iterations=1500)
    assert state.iteration == 1500
    state, *_ = run(Scripted(iter(range(100))), patience=0, max_iterations=1500)
    assert (state.converged, state.iteration) == (False, 1500)


@pytest.mark.parametrize("scores", [range(100), range(0, -100, -1)], ids=["rising", "falling"])
@pytest.mark.parametrize("iterations", [100, 500, 1000])
def test_one_cycle_whose_score_still_moves_at_its_end_has_not_converged(scores: range, iterations: int) -> None:
    state, *_ = run(Scripted(iter(map(float, scores))), patience=0, max_iterations=iterations)
    assert (state.converged, state.iteration) == (False, iterations)


def test_patience_lasts_at_least_one_pass_over_the_rows() -> None:
    state, *_ = run(Scripted(), rows=1500, patience=100, batch_size=5)
    assert (state.converged, state.iteration) == (True, 700)  # 100 + 2 * 300, 300 being 1500 / 5


def test_best_weights_are_those_of_the_best_score() -> None:
    state, _, averages = run(Scripted(iter([1.0, 5.0, 2.0, 4.9])), max_iterations=400)
    assert torch.equal(state.best, averages[1])
    assert state.best_score == 5.0
    assert not torch.equal(averages[1], averages[3])


def test_a_reduction_goes_back_to_the_best_weights() -> None:
    state, _, averages = run(model := Scripted(iter([5.0, 1.0, 1.0])), max_iterations=300, patience=200)
    assert torch.equal(state.parameters, averages[0])
    assert torch.equal(model.parameters, averages[0])  # the model's own memory


def test_nothing_happens_before_the_first_record_is_asked_for() -> None:
    model = Scripted()
    state = State.initial(model.parameters, 4, TrainingSettings(), Generator())
    records = train(model, type(model).work, as_they_are(torch.ones(4, 1)), but_the_first(4), TrainingSettings(), state)
    assert state.iteration == 0
    assert next(iter(records)).iteration == state.iteration == 100


def test_each_row_comes_once_in_a_pass() -> None:
    run(model := Scripted(), rows=12, batch_size=3, max_iterations=40)
    passes = [list(chain(*model.seen[start : start + 4])) for start in range(0, 40, 4)]
    assert all(sorted(each) == list(range(12)) for each in passes)
    assert len({tuple(each) for each in passes}) == 10  # each in an order of its own


def test_rows_that_fill_no_minibatch_change_from_pass_to_pass() -> None:
    run(model := Scripted(), rows=11, batch_size=3, max_iterations=90)
    passes = [list(chain(*model.seen[start : start + 3])) for start in range(0, 90, 3)]
    assert all(len(set(each)) == 9 for each in passes)
    assert set(chain(*passes)) == set(range(11))


def test_a_value_that_is_not_finite_raises_and_leaves_finite_weights() -> None:
    model = Scripted(spoil=lambda step: math.nan if step % 100 == 30 else 1.0)
    state = State.initial(model.parameters, 4, TrainingSettings(), Generator())
    with pytest.raises(DivergedError):
        list(train(model, type(model).work, as_they_are(torch.ones(4, 1)), but_the_first(4), TrainingSettings(), state))
    assert state.parameters.isfinite().all()
    assert state.best.isfinite().all()


def test_adam_is_torch_s() -> None:
    model = Scripted()
    run(model, max_iterations=80, learning_rate=0.05)
    reference = torch.zeros(3, requires_grad=True)
    adam = torch.optim.Adam([reference], lr=0.05)  # noqa: TID251 - the reference
    for _ in range(80):
        adam.zero_grad()
        (CURVATURE * (reference - OPTIMUM).square()).sum().backward()  # type: ignore[no-untyped-call]
        adam.step()
    # Single precision, 80 steps; torch adds epsilon after the bias correction, Algorithm 1's faster form before.
    torch.testing.assert_close(model.parameters[0], reference.detach(), rtol=0, atol=1e-6)


def test_one_monstrous_gradient_does_not_throw_training_off() -> None:
    """Adam would remember it for a thousand steps, and move too little in them: without a clip this ends at 0.25."""
    shaken = Scripted(spoil=lambda step: 1e6 if step == 150 else 1.0)
    run(shaken, patience=0, max_iterations=2000, learning_rate=0.01)
    torch.testing.assert_close(shaken.parameters[0], OPTIMUM, rtol=0, atol=0.15)


@dataclass
class Tableau:
    """One number for each member and row: what moves shows who has seen what."""

    parameters: Tensor
    log_jacobian: float = 0.0

    def work(self, members: slice, rows: int) -> "Tableau":
        return Tableau(self.parameters[members])

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        gradient, rows = torch.zeros_like(self.parameters), batch[0][:, 0].long()
        gradient[:, rows] = 2 * weight * (1 - self.parameters[:, rows])
        return gradient

    def terms(self) -> Elbo:
        return Elbo(torch.zeros(1, 1), torch.zeros(1, 1))

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        return torch.zeros(())


@pytest.mark.parametrize("members", [3, 40])
@pytest.mark.parametrize("batch_size", [256, 4])
def test_a_member_learns_nothing_from_rows_that_it_must_not_see(batch_size: int, members: int) -> None:
    model = Tableau(torch.zeros(members, 12))
    left_out = LeftOut((torch.arange(12) % 5).to(torch.int8)[None], (torch.arange(members) % 6).to(torch.int8))
    settings = TrainingSettings(0, 100, 0, batch_size)
    state = State.initial(model.parameters, 12, settings, Generator().manual_seed(0))
    list(train(model, type(model).work, as_they_are(torch.arange(12.0)[:, None]), left_out, settings, state, threads=2))
    own = torch.stack([torch.arange(12) % 5 == member % 6 for member in range(members)])  # every sixth sees all
    assert torch.equal(model.parameters == 0, own)


def test_records_are_in_units_and_nats_per_row() -> None:
    x, vae = TWO_FACTORS.draw(300, 1), TWO_FACTORS.vae()
    settings = TrainingSettings(0, 100, 0, 50, 0.0)  # a rate of 0: the exact model stays
    state = State.initial(vae.parameters, 300, settings, Generator().manual_seed(1))
    weights = vae.elbo(vae.batch(x, None), Generator().manual_seed(3)).elbo
    (record,) = train(vae, VaeGradient, Rows(vae.batch, x, None), but_the_first(300), settings, state)
    # 20 minibatches of 50, one in SHOWN_EVERY: 500 draws of a row's estimate; four standard errors of z's noise
    error = 4 * float((weights[0] + vae.log_jacobian - TWO_FACTORS.log_px(x)).std()) / 500**0.5
    # and of which rows they are.
    error += 4 * float(TWO_FACTORS.log_px(x).std()) / 500**0.5
    assert record.elbo == pytest.approx(float(TWO_FACTORS.log_px(x).mean()), abs=error)
    assert record.log_likelihood - record.kl == pytest.approx(record.elbo, rel=1e-5)
    assert record.objective == pytest.approx(record.elbo)  # z is hidden: nothing is added


def fitted(x: Tensor, z: Tensor | None, seed: int, iterations: int | None = None) -> tuple[Vae, State]:
    """A VAE as `aevb train-vae` trains it by default. Returns what is kept, and the state."""
    rows, generator = len(x), Generator().manual_seed(seed)
    settings = VaeSettings((width_for(rows),) * 2, 0.0 if z is None else dropout_for(rows))
    left_out = folds.leave_out(rows, generator)
    vae = Vae.initial(settings, x, z, len(left_out), generator)
    asked = TrainingSettings(seed, iterations or iterations_for(rows))
    state = State.initial(vae.parameters, rows, asked, generator)
    table = Rows(vae.batch, x, z)
    for _ in train(vae, VaeGradient, table, left_out, asked, state):
        pass
    state.parameters.copy_(state.best)
    return vae.finished(table[left_out.held_out_rows], left_out.of(left_out.held_out_rows))[0], state


def columns(settings: SimulationSettings) -> list[Tensor]:
    return [torch.tensor(np.concatenate(parts)) for parts in zip(*simulate(settings, truth=True).blocks(), strict=True)]


@pytest.mark.parametrize("rows", [150, 700])
def test_same_seed_same_bits(rows: int) -> None:
    x, z, *_ = columns(SimulationSettings(n=rows))
    first, again, other = (fitted(x[:, None], z[:, None], seed, 200)[1].parameters for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("members", [4, 40])
def test_threads_change_no_bit(members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "HEAVY", 0)
    settings = BnnSettings((5,), members, kl_weights=(0.3,))
    x = torch.linspace(-1, 1, 90, dtype=torch.float64)[:, None]
    ends = []
    for threads in (1, 2, 3):
        generator, asked = Generator().manual_seed(0), TrainingSettings(0, 250, 0, 30)
        left_out = folds.in_turn(90, generator, members)
        model = Bnn.initial(settings, x, x.sin(), members, generator)
        state = State.initial(model.parameters, 90, asked, generator)
        assert len(state.generators) > 2
        list(train(model, BnnGradient, Rows(model.batch, x, x.sin()), left_out, asked, state, threads))
        ends.append(state.named())
    for other in ends[1:]:
        assert all(torch.equal(part, other[name]) for name, part in ends[0].items())


def test_without_rows_left_out_the_objective_is_the_score() -> None:
    model = Scripted()
    state = State.initial(model.parameters, 4, TrainingSettings(), Generator())
    asked = TrainingSettings(max_iterations=300)
    records = list(train(model, type(model).work, as_they_are(torch.ones(4, 1)), LeftOut.nobody(1, 4), asked, state))
    assert [record.score for record in records] == [record.objective for record in records]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_trained_on_the_factor_model_the_bound_is_within_0_02_nats_of_the_evidence(seed: int) -> None:
    *x, _, _, _, _, _ = columns(SimulationSettings(n=20_000, seed=seed, process="factor"))
    vae, state = fitted(torch.stack(x, 1), None, seed)
    assert state.converged
    *fresh, _, _, _, _, log_px = columns(SimulationSettings(n=4000, seed=seed + 100, process="factor"))
    weights = log_weights(vae, torch.stack(fresh, 1), torch.randn(100, 4000, 2, generator=Generator().manual_seed(5)))
    gap, estimated = log_px - weights.mean(0), log_px - importance_log_px(weights)[0]
    assert float(gap.mean()) < 0.02  # issue 2
    # "Never above": both are below on average, but for four standard errors of the mean over 4,000 rows.
    assert float(gap.mean()) > -4 * float(gap.std()) / 4000**0.5
    assert float(estimated.mean()) > -4 * float(estimated.std()) / 4000**0.5


@pytest.mark.slow
def test_trained_on_the_report_s_process_it_predicts_and_covers_fresh_rows() -> None:
    misfits = []
    for seed in range(3):
        settings = SimulationSettings(n=150, seed=seed)
        table = simulate(settings)
        x, z, *_ = columns(settings)
        vae, state = fitted(x[:, None], z[:, None], seed)
        assert state.converged
        fresh, *raw = columns(SimulationSettings(n=5000, seed=seed + 1000, standardise=False))
        value, mean = ((part.numpy() - table.location) / table.scale for part in raw[:2])
        sd = raw[2].numpy() / table.scale
        q = vae.posterior(fresh[:, None])
        loc, scale = q.location[:, 0].numpy(), q.sd[:, 0].numpy()
        covered = np.abs(value - loc) < stats.norm.ppf(0.95) * scale
        # The project's bar for a single seed (issue 2 asks 0.87 to 0.93 on average over twenty).
        assert 0.82 < covered.mean() < 0.97
        behind = stats.norm.logpdf(value, mean, sd) - stats.norm.logpdf(value, loc, scale)
        # Eight seeds were 0.36 to 0.44 behind; ahead of the oracle by no more than four standard errors of the mean.
        assert -4 * behind.std() / 5000**0.5 < behind.mean() < 0.55
        misfits.append(np.sqrt(np.mean((sd**2 + (mean - loc) ** 2) / scale**2)))
    # The truth's expected square of (z - mu)/sigma. 150 left-out residuals tell sigma to 1/sqrt(300) = 6 %, three times
    # as many to 3.3 %: four of that. A single seed has been seen at 0.84.
    assert np.mean(misfits) == pytest.approx(1, abs=0.13)
