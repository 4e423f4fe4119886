"""AEVB (KW Algorithm 1; report Algorithm 1) as a generator of progress records: sample, ascend, until converged.

Members are trained in blocks with random draws of their own, so the number of threads does not change the result.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, cast

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch, Rows, shuffled
from aevb_cli.core.device import on
from aevb_cli.core.parallel import Workers
from aevb_cli.core.training.block import Block, Window, decay, rate_at
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import GradientOf, Trainable
from aevb_cli.core.training.state import Progress, State, at_once, blocks_of
from aevb_cli.core.training.windows import Ground, elsewhere, here
from aevb_cli.defaults import REPORT_ROWS
from aevb_cli.errors import DivergedError, WorkersLostError
from aevb_cli.settings import Device, TrainingSettings

WINDOW = 100
"""Iterations between two looks at the objective and score."""

FIRST = 100
"""Without patience: the iteration at which the score of all members together is taken for the first time."""

REDUCTIONS, REDUCTION = 1, 1 / 3
"""How often the learning rate is reduced on a plateau, and by what factor."""

TOLERANCE, DOUBLED = 0.01, 0.02
"""The smallest gain of the score that counts, and that of all members together while the iterations double, in nats per
row at REPORT_ROWS rows; smaller as the table grows."""


def train(
    model: Trainable,
    gradient: GradientOf,
    rows: Rows,
    left_out: LeftOut,
    settings: TrainingSettings,
    state: State,
    threads: int = 1,
    stop: Callable[[], bool] = lambda: False,
    *,
    device: Device = "cpu",
    workers: Workers | None = None,
) -> Iterator[Progress]:
    """Train until converged or `settings.max_iterations`; yield a record after each window, with `state` up to date.

    The criterion is the score of the averaged weights on held-out rows; without such rows, the window's mean objective.
    If it has not risen by TOLERANCE for `settings.patience` iterations and one pass over the rows, training restarts
    from the best weights with the rate times REDUCTION; after the last reduction it has converged instead.
    Without patience the learning rate falls to nothing at last (`block.rate_at`). `while_gaining`: that begins where
    the score of all members together has risen by less than DOUBLED while the iterations doubled (`_is_look`);
    training has converged then. Without rows left out it ends at the limit: what is learned by heart raises the
    objective, too.

    gradient: of the model's kind; left_out: rows that each member must not see; threads: of which each trains a block;
    stop: asked after each iteration. Where it says so, training ends in the state before the window, since what is
    resumed has to go through whole windows to be bit-equal. device: where networks are; all else stays on the CPU.
    workers: other processes that train a block each, None for threads of this one; bit-equal, too.

    Raises
    ------
    DivergedError
        while iterating: the objective, the score or a parameter is not finite. The state is that before the window.
    WorkersLostError
        while iterating: of `workers`. The state is that before the window, too.
    """
    start = time.perf_counter()
    indices = left_out.held_out_rows
    held_out, unseen = rows[indices], left_out.of(indices)
    averaged: Trainable = replace(cast(Any, model), parameters=state.average)
    size = min(len(rows), settings.batch_size)
    members = blocks_of(state.parameters, size)
    model = on(model, device)
    ground = Ground(model, gradient, rows.on(model.parameters.device), left_out, settings, members)
    parts = [state.part(number, each) for number, each in enumerate(members)]
    blocks = [ground.block(number, part) for number, part in enumerate(parts)]
    run = elsewhere(ground, parts, workers) if workers else here(blocks, at_once(state.parameters, size, threads))
    while state.iteration < (last := _last(state, settings)) and not state.converged:
        rate, before = rate_at(state.iteration, state, settings), state.before_window()
        steps = min(WINDOW, last - state.iteration)
        planned = _planned(len(rows), steps, settings, state)
        window = Window(state.iteration, steps, planned, state.learning_rate, state.plateau)
        try:
            means = run(window, stop)
        except WorkersLostError:
            state.restore(before)
            raise
        if means is None:
            state.restore(before)
            return
        log_likelihood, kl, objective = means
        scored = on(averaged, device)
        score = _score(scored, held_out, unseen) if len(indices) else objective
        numbers = log_likelihood, kl, objective, score, *_ends(state.parameters)
        if not all(map(math.isfinite, numbers)):
            state.restore(before)
            raise _diverged(blocks, window, before, state)
        del before  # the watcher may save all of it now, which takes memory
        state.iteration += steps
        together = partial(scored.final_score, held_out, unseen)
        _update_best(state, score, steps, settings, len(rows), together if len(indices) else lambda: math.inf)
        shift, seconds = model.log_jacobian, time.perf_counter() - start
        elbo = log_likelihood - kl
        yield Progress(
            state.iteration, elbo + shift, log_likelihood + shift, kl, objective + shift, score, rate, seconds
        )


def _planned(rows: int, steps: int, settings: TrainingSettings, state: State) -> Tensor | None:
    """The rows of the next minibatches, (steps, M), in random order; None where one minibatch holds the whole table."""
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


@torch.inference_mode()
def _diverged(blocks: list[Block], window: Window, before: dict[str, Tensor], state: State) -> DivergedError:
    """Run the window again and check each step, to find the first that is not finite; restore the state before it."""
    at, term = state.iteration + window.steps, "held_out_score"
    indices = [0] if window.planned is None else window.planned[-1].tolist()
    for block in blocks:
        for iteration, rows in enumerate(block.steps(window), state.iteration + 1):
            wrong = block.not_finite()
            if wrong and iteration <= at:
                at, term, indices = iteration, wrong[0], rows.tolist()
            if wrong:
                break
    state.restore(before)
    return DivergedError(at, term, indices, state.learning_rate)


def _score(model: Trainable, held_out: Batch, left_out: Tensor) -> float:
    """The score of held-out rows, by the same random draws every time, so that windows differ in the weights alone."""
    return float(model.score(held_out, left_out, Generator().manual_seed(0)))


def _ends(parameters: Tensor) -> tuple[float, float]:
    """The smallest and the largest parameter; NaN where one is. `isfinite` would lay out all of them once more."""
    low, high = parameters.aminmax()
    return float(low), float(high)


def _update_best(
    state: State, score: float, steps: int, settings: TrainingSettings, rows: int, together: Callable[[], float]
) -> None:
    """Keep the best weights; on a plateau reduce the learning rate or, after the last reduction, set `converged`.

    together: the score of all members together.
    """
    narrower = min(1, math.sqrt(REPORT_ROWS / rows))
    if not settings.patience:
        _while_gaining(state, score, settings, DOUBLED * narrower, together)
        return
    if score > state.best_score:
        state.best_score = score
        state.best.copy_(state.average)
    if score > state.reference + TOLERANCE * narrower:
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


def _last(state: State, settings: TrainingSettings) -> int:
    """The last iteration."""
    return settings.max_iterations if settings.patience else decay(state, settings)[1]


def _while_gaining(
    state: State, score: float, settings: TrainingSettings, tolerance: float, together: Callable[[], float]
) -> None:
    """Without patience: keep the last weights, and see whether training is still worth its time.

    A single network's score falls where it learns its rows by heart; what counts is whether the prediction that will be
    used still becomes better. The second look is not judged: the rate has just risen, and may have shaken the networks.
    """
    state.best.copy_(state.average)
    done, (start, end) = state.iteration, decay(state, settings)
    if settings.while_gaining and done < start and _is_look(done):
        now = together()
        if now < state.reference + tolerance:
            state.plateau = done
        state.reference, state.best_score = state.best_score, now
    state.converged = state.plateau > 0 and done == end


def _is_look(iteration: int) -> bool:
    """Whether it is 1, 2, 3, 4, 6, 8, 12, 16, ... times FIRST: each is twice the last but one."""
    count, rest = divmod(iteration, FIRST)
    return rest == 0 and (count.bit_count() == 1 or (count % 3 == 0 and (count // 3).bit_count() == 1))
