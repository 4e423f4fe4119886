"""A window of training: Adam against torch's, the clip, the rate, and which rows a member sees."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch
from aevb_cli.core.training.block import Block, Window, decay, rate_at
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.loop import train
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.training.state import State
from aevb_cli.defaults import DETAILED, ensemble_for, ensemble_training_for
from aevb_cli.settings import TrainingSettings
from tests.core.training.examples import CURVATURE, OPTIMUM, Scripted, as_they_are, run


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


def test_a_window_keeps_no_graph_and_its_weights_can_be_differentiated() -> None:
    modes: list[bool] = []

    def spoil(_: int) -> float:
        modes.append(torch.is_inference_mode_enabled())
        return 1.0

    model = Scripted(spoil=spoil)
    state, *_ = run(model, max_iterations=100)
    assert all(modes)
    assert not any(each.is_inference() for each in (state.parameters, state.best, state.average, state.first_moment))
    model.parameters.requires_grad_().sum().backward()  # type: ignore[no-untyped-call]


@dataclass
class Tableau:
    """One number for each member and row: what moves shows who has seen what."""

    parameters: Tensor
    log_jacobian: float = 0.0
    widest: int = 0

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

    def final_score(self, batch: Batch, left_out: Tensor) -> float:
        return 0.0


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


def block_of(model: Any, iteration: int = 0, rows: int = 4, **options: float) -> tuple[Block, State]:
    """A block of all members of the model, which sees all rows, at some iteration."""
    asked = replace(TrainingSettings(max_iterations=1000), **options)  # type: ignore[arg-type]
    state = State.initial(model.parameters, rows, asked, Generator().manual_seed(0))
    state.iteration, members = iteration, len(model.parameters)
    table, nobody = as_they_are(torch.arange(float(rows))[:, None]), LeftOut.nobody(members, rows)
    every = slice(0, members)
    return Block(model, type(model).work, table, nobody, asked, every, state.part(0, every)), state


def window_of(state: State, steps: int, planned: Tensor | None = None) -> Window:
    """The state's next iterations."""
    return Window(state.iteration, steps, planned, state.learning_rate, state.plateau)


def test_a_window_shows_the_means_of_one_iteration_in_ten() -> None:
    """At a rate of 0 nothing moves; only what `spoil` makes of the calls differs from one to the next."""
    model = Scripted(spoil=float)  # the first iteration has the terms times 1, the next times 2
    block, state = block_of(model, learning_rate=0.0)
    log_likelihood, kl, objective = block.run(window_of(state, 25))
    terms = -float((CURVATURE * OPTIMUM.square()).sum())
    assert log_likelihood == objective == pytest.approx(terms * (1 + 11 + 21) / 3)
    assert kl == 0
    assert len(model.seen) == 25


def test_planned_rows_come_in_their_order() -> None:
    model = Scripted()
    block, state = block_of(model, batch_size=2)
    planned = torch.tensor([[3, 0], [1, 2], [0, 1]])
    assert [places.tolist() for places in block.steps(window_of(state, 3, planned))] == planned.tolist()
    assert model.seen == planned.tolist()


@pytest.mark.parametrize(("limit", "plateau", "peak", "start", "end"), [
    (150, 0, 100, 100, 150), (90, 0, 60, 60, 90), (1800, 0, 100, 1200, 1800), (1800, 400, 100, 400, 600),
    (250, 0, 100, 166, 250), (1, 0, 0, 0, 1), (300, 400, 100, 200, 300),
])  # fmt: skip
def test_without_patience_the_rate_rises_stays_and_falls(
    limit: int, plateau: int, peak: int, start: int, end: int
) -> None:
    """From 0.04 of the rate up to all of it in a straight line; from two thirds on down to nothing along a cosine."""
    _, state = block_of(Scripted(), learning_rate=0.2)
    state.plateau = plateau
    asked = TrainingSettings(max_iterations=limit, patience=0)
    assert decay(state, asked) == (start, end)
    rates = np.array([rate_at(iteration, state, asked) for iteration in range(end + 1)])
    if peak:
        np.testing.assert_allclose(rates[:peak], 0.2 * np.linspace(0.04, 1, peak + 1)[:-1])
    assert (rates[peak:start] == 0.2).all()
    np.testing.assert_allclose(rates[start:], 0.1 * (1 + np.cos(np.linspace(0, np.pi, end - start + 1))), atol=1e-15)


def test_with_patience_the_rate_is_the_state_s() -> None:
    _, state = block_of(Scripted(), learning_rate=0.2)
    asked = TrainingSettings(max_iterations=100, patience=10)
    assert {rate_at(iteration, state, asked) for iteration in (0, 50, 100)} == {0.2}


def test_what_is_not_finite_has_its_name() -> None:
    model = Scripted()
    block, state = block_of(model)
    assert next(block.steps(window_of(state, 1))).tolist() == [0, 1, 2, 3]
    assert block.not_finite() == []
    model.spoil = lambda _: math.inf
    assert block.not_finite() == ["expected_log_likelihood", "objective"]
    model.spoil = lambda _: 1.0
    state.parameters[0, 1] = math.nan
    assert block.not_finite() == ["expected_log_likelihood", "objective", "gradient"]


def test_a_step_s_share_of_the_average_is_10_over_t_plus_10() -> None:
    block, state = block_of(model := Scripted(), learning_rate=0.1)
    expected = model.parameters.clone()
    for step, _ in enumerate(block.steps(window_of(state, 30)), 1):
        expected = expected + 10 / (step + 10) * (model.parameters - expected)
        torch.testing.assert_close(state.average, expected)


def jump(widest: int, times: float) -> float:
    """The largest step's direction, in usual gradients, where one gradient is so many times as large as all before."""
    model = Scripted(spoil=lambda _: times, widest=widest)
    block, state = block_of(model, 5000, learning_rate=0.01, max_iterations=10_000)
    usual = model.work(slice(0, 1), 4)((torch.zeros(1, 1),), torch.ones(1, 4), Generator()) / times
    state.second_moment.copy_(usual.square())
    next(block.steps(window_of(state, 1)))
    return float((state.first_moment / 0.1 / usual).abs().max())


def test_a_sudden_gradient_does_not_rule_the_steps_of_a_wide_network() -> None:
    large, rate = ensemble_for(DETAILED).hidden[0], ensemble_training_for(DETAILED).learning_rate
    assert rate == 0.01  # that of `jump`
    assert jump(89, 1000) == jump(0, 1000) == pytest.approx(50, rel=0.01)  # clipped as ever
    assert jump(large, 1000) < 4
    assert jump(large, 1.9) == jump(0, 1.9) == pytest.approx(1.9)


def test_without_a_sudden_gradient_a_wide_network_is_trained_as_any() -> None:
    narrow, wide = Scripted(), Scripted(widest=1000)
    for model in (narrow, wide):
        run(model, max_iterations=300, learning_rate=0.01)
    assert torch.equal(narrow.parameters, wide.parameters)
