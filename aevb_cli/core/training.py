"""AEVB (KW Algorithm 1; report Algorithm 1) as a generator of progress records: sample, ascend, until converged."""

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core.elbo import Batch, Trainable
from aevb_cli.errors import DivergedError
from aevb_cli.settings import REPORT_ROWS, TrainingSettings

WINDOW = 100
"""Iterations from one look at the objective to the next; no tensor's value is read in between."""

REDUCTIONS, REDUCTION = 1, 1 / 3
"""How often the learning rate is reduced on a plateau, and to what share."""

WARM_UP, _FIRST_RATE = 0.3, 0.04
"""One cycle: the share of the iterations in which the rate rises, and where it starts; then it falls to nothing."""

TOLERANCE = 0.01
"""The smallest gain of the score that counts, in nats per row at REPORT_ROWS rows; smaller as the table grows."""

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
_AVERAGE = 0.99


@dataclass(frozen=True)
class Progress:
    """The state after `iteration` iterations. Terms are means over the last window, in nats per row of the table.

    elbo, log_likelihood, kl, objective: of the model on its training rows; in the table's units.
    score: of the averaged weights on rows left out, standardised; what convergence is judged by.
    """

    iteration: int
    elbo: float
    log_likelihood: float
    kl: float
    objective: float
    score: float
    learning_rate: float
    seconds: float

    def shown(self) -> dict[str, float]:
        """The numbers in reading order."""
        return {name: value for name, value in asdict(self).items() if name != "iteration"}


@dataclass
class State:
    """All that training needs to go on, and its best weights so far. Tensors are flat, like the parameters."""

    parameters: Tensor
    first_moment: Tensor
    second_moment: Tensor
    average: Tensor
    best: Tensor
    order: Tensor
    iteration: int = 0
    learning_rate: float = 0.0
    best_score: float = -math.inf
    reference: float = -math.inf
    stalled: int = 0
    reductions: int = 0
    converged: bool = False

    @classmethod
    def initial(cls, parameters: Tensor, rows: int, learning_rate: float) -> "State":
        """Return the state before the first iteration."""
        start = parameters.detach()  # the same memory: a step on the one is a step on the other
        zeros = torch.zeros_like(start)
        order = torch.arange(rows)
        return cls(start, zeros, zeros.clone(), start.clone(), start.clone(), order, learning_rate=learning_rate)

    def named(self, generator: Generator) -> dict[str, Tensor]:
        """All of it as tensors, the random generator's state with them."""
        tensors = {name: getattr(self, name).detach().clone() for name in _TENSORS}
        numbers = torch.tensor([float(getattr(self, name)) for name in _NUMBERS], dtype=torch.float64)
        return {**tensors, "numbers": numbers, "generator": generator.get_state()}

    def restore(self, tensors: dict[str, Tensor], generator: Generator) -> None:
        """Take all of it back, in place; KeyError or RuntimeError where the tensors do not fit."""
        for name in _TENSORS:
            getattr(self, name).copy_(tensors[name])
        for name, number in zip(_NUMBERS, tensors["numbers"].tolist(), strict=True):
            setattr(self, name, type(getattr(self, name))(number))
        generator.set_state(tensors["generator"])


_TENSORS = ("parameters", "first_moment", "second_moment", "average", "best", "order")
_NUMBERS = ("iteration", "learning_rate", "best_score", "reference", "stalled", "reductions")


def train(
    model: Trainable, batch: Batch, left_out: Tensor, settings: TrainingSettings, state: State, generator: Generator
) -> Iterator[Progress]:
    """Train until converged or `settings.max_iterations`; yield a record after each window, with `state` up to date.

    The criterion: the score of the averaged weights on left-out rows. Where it has not risen by TOLERANCE for
    `settings.patience` iterations (and one pass over the rows) training goes back to the best weights with a third of
    the rate; where that happens again after the last reduction, it has converged. Without patience the rate goes
    through one cycle over all iterations; it has converged where the last tenth of them gained less than TOLERANCE.

    batch: the standardised rows, N each; left_out: (K, N), rows that each member must not see.

    Raises
    ------
    DivergedError
        while iterating: the objective is not finite.
    """
    rows, start = len(batch[0]), time.perf_counter()
    weights = (~left_out).float()
    weights = (weights / weights.mean(1, keepdim=True)).T
    judged = left_out.any(0).nonzero()[:, 0]
    held_out = tuple(part[judged] for part in batch)
    while state.iteration < settings.max_iterations and not state.converged:
        steps, rate = min(WINDOW, settings.max_iterations - state.iteration), _rate(state, settings)
        before = state.named(generator)
        sums = torch.zeros(4)
        for _ in range(steps):
            *part, weight = _next_rows((*batch, weights), state, settings, generator)
            sums += _step(model, tuple(part), weight.T, state, _rate(state, settings), generator)
        score = _score(model, state.average, held_out, left_out[:, judged])
        terms = [value / steps for value in sums.tolist()]
        if not all(map(math.isfinite, (*terms, score))):
            state.restore(before, generator)
            raise _divergence(model, (*batch, weights), settings, state, generator)
        _judge(state, score, steps, settings, rows)
        log_likelihood, kl, elbo, objective = terms
        shift = model.log_jacobian
        seconds = time.perf_counter() - start
        yield Progress(
            state.iteration, elbo + shift, log_likelihood + shift, kl, objective + shift, score, rate, seconds
        )


def _divergence(
    model: Trainable, batch: Batch, settings: TrainingSettings, state: State, generator: Generator
) -> DivergedError:
    """Go through the window again, looking at each step, to say where it went wrong; leave the last finite state."""
    start = state.named(generator)
    names = ("log_likelihood", "kl", "elbo", "objective")
    term, part = "score", list(batch)
    for _ in range(WINDOW):
        *part, weight = _next_rows(batch, state, settings, generator)
        before = state.named(generator)
        terms = _step(model, tuple(part), weight.T, state, _rate(state, settings), generator)
        found = [name for name, value in zip(names, terms.tolist(), strict=True) if not math.isfinite(value)]
        if not state.parameters.isfinite().all():
            found.append("gradient")
        if found:
            term = found[0]
            break
        start = before
    step = state.iteration
    state.restore(start, generator)
    largest = part[0].nan_to_num().abs().amax(0)
    return DivergedError(step, term, int(largest.argmax()), float(largest.max()), state.learning_rate)


def _step(model: Trainable, part: Batch, weight: Tensor, state: State, rate: float, generator: Generator) -> Tensor:
    """One ascent of the objective by Adam (Kingma & Ba 2015, Algorithm 1), in place on the flat parameters."""
    terms = model.elbo(part, generator)
    loss = -(weight * terms.objective).mean(1).sum()
    (gradient,) = torch.autograd.grad(loss, model.parameters)
    state.iteration += 1
    state.first_moment.lerp_(gradient, 1 - _BETA1)
    state.second_moment.mul_(_BETA2).addcmul_(gradient, gradient, value=1 - _BETA2)
    size = rate * math.sqrt(1 - _BETA2**state.iteration) / (1 - _BETA1**state.iteration)
    state.parameters.addcdiv_(state.first_moment, state.second_moment.sqrt().add_(_EPSILON), value=-size)
    state.average.lerp_(state.parameters, 1 - min(_AVERAGE, state.iteration / (state.iteration + 10)))
    shown = torch.stack([terms.log_likelihood[0], terms.kl[0], terms.elbo[0], terms.objective[0]])
    return shown.detach().mean(1)


def _next_rows(batch: Batch, state: State, settings: TrainingSettings, generator: Generator) -> Batch:
    """The next minibatch of a random permutation; the whole table where it fits into one."""
    rows, size = len(batch[0]), settings.batch_size
    if rows <= size:
        return batch
    position = state.iteration % (rows // size) * size
    if position == 0:
        state.order = torch.randperm(rows, generator=generator)
    index = state.order[position : position + size]
    return tuple(part[index] for part in batch)


def _score(model: Trainable, average: Tensor, held_out: Batch, left_out: Tensor) -> float:
    """The averaged weights' score; the parameters stand in for them only for the moment.

    Its draws are the same every time: what differs from window to window is then the weights alone.
    """
    with torch.no_grad():
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


def _rate(state: State, settings: TrainingSettings) -> float:
    """The learning rate: as it is, reduced on plateaus; or, without patience, one cycle (Smith & Topin 2019)."""
    if settings.patience:
        return state.learning_rate
    done = state.iteration / settings.max_iterations
    if done < WARM_UP:
        return state.learning_rate * (_FIRST_RATE + (1 - _FIRST_RATE) * done / WARM_UP)
    return state.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
