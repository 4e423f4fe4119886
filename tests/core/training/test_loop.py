"""Algorithm 1: when it stops, what it keeps, in which order rows come, and what its records mean."""

import math
from itertools import chain

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.gradient import BnnGradient
from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Batch, Rows
from aevb_cli.core.latent.gradient import LatentGradient
from aevb_cli.core.training import folds
from aevb_cli.core.training import state as states
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.state import State
from aevb_cli.errors import DivergedError
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import TrainingSettings
from tests.core.factor_model import TWO_FACTORS
from tests.core.training.examples import Scripted, as_they_are, but_the_first, run


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
    for scores in (Scripted(), Scripted(iter(range(100)))):
        state, *_ = run(scores, patience=0, max_iterations=1500)
        assert (state.converged, state.iteration, state.plateau) == (False, 1500, 0)


@pytest.mark.parametrize(("gains", "plateau"), [
    ([0.0], 300), ([-3.0, 0.0], 300), ([-3.0, 4.0] + [1.0] * 5, 0), ([1.0, 0.0], 400), ([1.0, -5.0], 300),
    ([1.0, 1.0, 0.0], 600), ([1.0] * 7, 0), ([0.012] * 6 + [0.006], 1600), ([0.04, -0.01, 0.012] + [1.0] * 4, 400),
])  # fmt: skip
def test_while_gaining_training_goes_on_while_twice_the_iterations_gain(gains: list[float], plateau: int) -> None:
    """The score at 300 iterations beside that at 100, at 400 beside 200, at 600 beside 300, and so on.

    Where it has not gained 0.02, the rate falls.
    """
    at = dict(zip((200, 300, 400, 600, 800, 1200, 1600), np.cumsum([*gains, 0, 0, 0, 0, 0, 0]), strict=False))
    scores = [at.get(iteration, 99.0 if iteration > 100 else 0.0) for iteration in range(100, 3001, 100)]
    state, *_ = run(Scripted(iter(scores)), patience=0, max_iterations=3000, while_gaining=True)
    end = plateau * 3 // 2 or 3000
    assert (state.plateau, state.iteration, state.converged) == (plateau, end, plateau > 0)


def test_the_limit_on_iterations_ends_training_before_a_plateau() -> None:
    state, *_ = run(Scripted(), patience=0, max_iterations=250, while_gaining=True)
    assert (state.plateau, state.iteration, state.converged) == (0, 250, False)


def test_a_training_that_goes_on_while_it_gains_is_judged_by_all_members_together() -> None:
    class Ensemble(Scripted):
        def final_score(self, batch: Batch, left_out: Tensor) -> float:
            return 3.0

    state, *_ = run(Ensemble(iter(map(float, range(100)))), patience=0, max_iterations=1000, while_gaining=True)
    assert (state.converged, state.iteration) == (True, 450)


def test_without_rows_left_out_nothing_ends_it_before_the_limit() -> None:
    model = Scripted()
    settings = TrainingSettings(max_iterations=900, patience=0, while_gaining=True)
    state = State.initial(model.parameters, 10, settings, Generator().manual_seed(0))
    rows = as_they_are(torch.arange(10).float()[:, None])
    for _ in train(model, Scripted.work, rows, LeftOut.nobody(1, 10), settings, state):
        pass
    assert (state.converged, state.iteration) == (False, 900)


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


def test_records_are_in_units_and_nats_per_row() -> None:
    x, vae = TWO_FACTORS.draw(300, 1), TWO_FACTORS.latent()
    settings = TrainingSettings(0, 100, 0, 50, 0.0)  # a rate of 0: the exact model stays
    state = State.initial(vae.parameters, 300, settings, Generator().manual_seed(1))
    weights = vae.elbo(vae.batch(x), Generator().manual_seed(3)).elbo
    (record,) = train(vae, LatentGradient, Rows(vae.batch, x, None), but_the_first(300), settings, state)
    # 20 minibatches of 50, one in SHOWN_EVERY: 500 draws of a row's estimate; four standard errors of z's noise
    error = 4 * float((weights[0] + vae.log_jacobian - TWO_FACTORS.log_px(x)).std()) / 500**0.5
    # and of which rows they are.
    error += 4 * float(TWO_FACTORS.log_px(x).std()) / 500**0.5
    assert record.elbo == pytest.approx(float(TWO_FACTORS.log_px(x).mean()), abs=error)
    assert record.expected_log_likelihood - record.kl == pytest.approx(record.elbo, rel=1e-5)
    assert record.objective == pytest.approx(record.elbo)  # z is hidden: nothing is added


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
    assert [record.held_out_score for record in records] == [record.objective for record in records]
