"""AEVB (KW Algorithm 1; report Algorithm 1) as a generator of progress records: sample, ascend, until converged.

Members are trained in blocks, each with random draws of its own: how many blocks are at work at once changes no bit.
"""

import math
import time
from collections.abc import Iterator
from functools import partial

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch, Rows, shuffled
from aevb_cli.core.parallel import Map, mapper
from aevb_cli.core.training.block import Block, rate_at
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import GradientOf, Trainable
from aevb_cli.core.training.state import Progress, State, blocks_of, heavy
from aevb_cli.errors import DivergedError
from aevb_cli.settings import REPORT_ROWS, TrainingSettings

WINDOW = 100
"""Iterations from one look at the objective to the next; no tensor's value is read in between."""

REDUCTIONS, REDUCTION = 1, 1 / 3
"""How often the learning rate is reduced on a plateau, and to what share."""

TOLERANCE = 0.01
"""The smallest gain of the score that counts, in nats per row at REPORT_ROWS rows; smaller as the table grows."""


def train(
    model: Trainable,
    gradient: GradientOf,
    rows: Rows,
    left_out: LeftOut,
    settings: TrainingSettings,
    state: State,
    threads: int = 1,
) -> Iterator[Progress]:
    """Train until converged or `settings.max_iterations`; yield a record after each window, with `state` up to date.

    The criterion: the score of the averaged weights on left-out rows. Where it has not risen by TOLERANCE for
    `settings.patience` iterations (and one pass over the rows) training goes back to the best weights with a third of
    the rate; where that happens again after the last reduction, it has converged. Without patience the rate goes
    through one cycle over all iterations; it has converged where the last tenth of them gained less than TOLERANCE.
    Where no row is left out, the window's mean objective stands in for the score.

    gradient: of the model's kind; left_out: rows that each member must not see;
    threads: blocks of members at work at once.

    Raises
    ------
    DivergedError
        while iterating: the objective is not finite. The state is then that before the window.
    """
    start = time.perf_counter()
    judged = left_out.held_out_rows
    held_out, unseen = rows[judged], left_out.of(judged)
    size = min(len(rows), settings.batch_size)
    members = blocks_of(state.parameters, size)
    blocks = [
        Block(model, gradient, rows, left_out[part], settings, state, part, generator)
        for part, generator in zip(members, state.generators[1:], strict=True)
    ]
    mapped: Map[Block, tuple[float, float, float]] = mapper(
        min(threads, len(blocks)) if heavy(state.parameters, size) else 1
    )
    while state.iteration < settings.max_iterations and not state.converged:
        rate, before = rate_at(state.iteration, state, settings), state.named()
        steps = min(WINDOW, settings.max_iterations - state.iteration)
        planned = _planned(len(rows), steps, settings, state)
        log_likelihood, kl, objective = mapped(partial(Block.run, steps=steps, planned=planned), blocks)[0]
        score = _score(model, state.average, held_out, unseen) if len(judged) else objective
        finite = all(map(math.isfinite, (log_likelihood, kl, objective, score)))
        if not (finite and state.parameters.isfinite().all()):
            state.restore(before)
            raise _divergence(blocks, steps, planned, before, state)
        state.iteration += steps
        _judge(state, score, steps, settings, len(rows))
        shift, seconds = model.log_jacobian, time.perf_counter() - start
        elbo = log_likelihood - kl
        yield Progress(
            state.iteration, elbo + shift, log_likelihood + shift, kl, objective + shift, score, rate, seconds
        )


def _planned(rows: int, steps: int, settings: TrainingSettings, state: State) -> Tensor | None:
    """The rows of the next minibatches, (steps, M), in random order; None: the whole table fits into one."""
    size = settings.batch_size
    if rows <= size:
        return None
    chosen = []
    for iteration in range(state.iteration, state.iteration + steps):
        turn, position = divmod(iteration, len(state.order) // size)
        if position == 0:
            state.order = shuffled(rows, turn, settings.seed, state.generators[0])
        chosen.append(state.order[position * size :][:size])
    return torch.stack(chosen)


def _divergence(
    blocks: list[Block], steps: int, planned: Tensor | None, before: dict[str, Tensor], state: State
) -> DivergedError:
    """Go through the window again, looking at each step, to say where it went wrong; leave the state as it was."""
    at, term, places = state.iteration + steps, "score", [0] if planned is None else planned[-1].tolist()
    for block in blocks:
        for iteration, rows in enumerate(block.steps(steps, planned), state.iteration + 1):
            wrong = block.wrong()
            if wrong and iteration <= at:
                at, term, places = iteration, wrong[0], rows.tolist()
            if wrong:
                break
    state.restore(before)
    return DivergedError(at, term, places, state.learning_rate)


def _score(model: Trainable, average: Tensor, held_out: Batch, left_out: Tensor) -> float:
    """The averaged weights' score; the parameters stand in for them only for the moment.

    Its draws are the same every time: what differs from window to window is then the weights alone.
    """
    current = model.parameters.clone()
    model.parameters.copy_(average)
    score = model.score(held_out, left_out, Generator().manual_seed(0))
    model.parameters.copy_(current)
    return float(score)


def _judge(state: State, score: float, steps: int, settings: TrainingSettings, rows: int) -> None:
    """Keep the best weights; see to the rate, and whether it has converged."""
    tolerance = TOLERANCE * min(1, math.sqrt(REPORT_ROWS / rows))
    if not settings.patience:
        _end_of_cycle(state, score, settings, tolerance)
        return
    if score > state.best_score:
        state.best_score = score
        state.best.copy_(state.average)
    if score > state.reference + tolerance:
        state.reference, state.stalled = score, 0
        return
    state.stalled += steps
    if state.stalled < max(settings.patience, rows // settings.batch_size):
        return
    state.converged = state.reductions == REDUCTIONS
    if not state.converged:
        state.reductions += 1
        state.learning_rate *= REDUCTION
        state.stalled, state.reference = 0, state.best_score
        state.parameters.copy_(state.best)
        state.average.copy_(state.best)
        state.first_moment.zero_()


def _end_of_cycle(state: State, score: float, settings: TrainingSettings, tolerance: float) -> None:
    """With one cycle of the rate the last weights are kept; converged if its last tenth has changed nothing more."""
    state.best.copy_(state.average)
    state.best_score = score
    if state.iteration <= 0.9 * settings.max_iterations:
        state.reference = score
    if state.iteration == settings.max_iterations:
        state.converged = abs(score - state.reference) < tolerance
