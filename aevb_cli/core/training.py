"""AEVB (KW Algorithm 1; report Algorithm 1) as a generator of progress records: sample, ascend, until converged.

Members are trained in blocks, each with random draws of its own: how many blocks are at work at once changes no bit.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Generator, Tensor

from aevb_cli.core.elbo import Batch, Elbo, Trainable
from aevb_cli.core.parallel import workers
from aevb_cli.errors import DivergedError
from aevb_cli.settings import REPORT_ROWS, TrainingSettings

WINDOW = 100
"""Iterations from one look at the objective to the next; no tensor's value is read in between."""

BLOCK_MEMBERS = 8
"""Members in a block at most: enough to share the cost of a call, few enough to stay in the cache."""

SHOWN_EVERY = 5
"""One in so many iterations counts for what is shown: its terms cost a quarter of a small network's step."""

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
    """The state after `iteration` iterations. Terms are means over the last window's, in nats per row of the table.

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
    """All that training needs to go on, and its best weights so far. The first five are shaped like the parameters.

    order: of the rows in the present pass, (N,); generators: of that order, and of each block's draws.
    """

    parameters: Tensor
    first_moment: Tensor
    second_moment: Tensor
    average: Tensor
    best: Tensor
    order: Tensor
    generators: list[Generator]
    iteration: int = 0
    learning_rate: float = 0.0
    best_score: float = -math.inf
    reference: float = -math.inf
    stalled: int = 0
    reductions: int = 0
    converged: bool = False

    @classmethod
    def initial(cls, parameters: Tensor, rows: int, learning_rate: float, generator: Generator) -> "State":
        """Return the state before the first iteration. parameters: the model's own memory; a step moves the model."""
        first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
        seeds = torch.randint(2**62, (len(_blocks(len(parameters))),), generator=generator).tolist()
        generators = [generator, *(Generator().manual_seed(seed) for seed in seeds)]
        average, best, order = parameters.clone(), parameters.clone(), torch.arange(rows)
        return cls(parameters, first, second, average, best, order, generators, learning_rate=learning_rate)

    def named(self) -> dict[str, Tensor]:
        """All of it as tensors."""
        tensors = {name: getattr(self, name).clone() for name in _TENSORS}
        numbers = torch.tensor([float(getattr(self, name)) for name in _NUMBERS], dtype=torch.float64)
        bits = torch.stack([generator.get_state() for generator in self.generators])
        return {**tensors, "numbers": numbers, "generators": bits}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take all of it back, in place; KeyError, ValueError or RuntimeError where the tensors do not fit."""
        for name in _TENSORS:
            getattr(self, name).copy_(tensors[name])
        for name, number in zip(_NUMBERS, tensors["numbers"].tolist(), strict=True):
            setattr(self, name, type(getattr(self, name))(number))
        for generator, bits in zip(self.generators, tensors["generators"], strict=True):
            generator.set_state(bits.clone())  # of a view torch 2.13 reads from the wrong place


_TENSORS = ("parameters", "first_moment", "second_moment", "average", "best", "order")
_NUMBERS = ("iteration", "learning_rate", "best_score", "reference", "stalled", "reductions")


def train(
    model: Trainable, batch: Batch, left_out: Tensor, settings: TrainingSettings, state: State, threads: int = 1
) -> Iterator[Progress]:
    """Train until converged or `settings.max_iterations`; yield a record after each window, with `state` up to date.

    The criterion: the score of the averaged weights on left-out rows. Where it has not risen by TOLERANCE for
    `settings.patience` iterations (and one pass over the rows) training goes back to the best weights with a third of
    the rate; where that happens again after the last reduction, it has converged. Without patience the rate goes
    through one cycle over all iterations; it has converged where the last tenth of them gained less than TOLERANCE.
    Where no row is left out, the window's mean objective stands in for the score.

    batch: the standardised rows, N each; left_out: (K, N), rows that each member must not see; threads: blocks of
    members at work at once.

    Raises
    ------
    DivergedError
        while iterating: the objective is not finite. The state is then that before the window.
    """
    rows, start = len(batch[0]), time.perf_counter()
    judged = left_out.any(0).nonzero()[:, 0]
    held_out = tuple(part[judged] for part in batch)
    blocks = [
        _Block(model, batch, left_out[members], settings, state, members, generator)
        for members, generator in zip(_blocks(len(state.parameters)), state.generators[1:], strict=True)
    ]
    with workers(min(threads, len(blocks))) as mapped:
        while state.iteration < settings.max_iterations and not state.converged:
            rate, before = _rate(state.iteration, state, settings), state.named()
            steps = min(WINDOW, settings.max_iterations - state.iteration)
            planned = _planned(rows, steps, settings, state)
            log_likelihood, kl, objective = mapped(partial(_Block.run, steps=steps, planned=planned), blocks)[0]
            score = _score(model, state.average, held_out, left_out[:, judged]) if len(judged) else objective
            finite = all(map(math.isfinite, (log_likelihood, kl, objective, score)))
            if not (finite and state.parameters.isfinite().all()):
                state.restore(before)
                raise _divergence(blocks, steps, planned, before, state)
            state.iteration += steps
            _judge(state, score, steps, settings, rows)
            shift, seconds = model.log_jacobian, time.perf_counter() - start
            elbo = log_likelihood - kl
            yield Progress(
                state.iteration, elbo + shift, log_likelihood + shift, kl, objective + shift, score, rate, seconds
            )


def _blocks(members: int) -> list[slice]:
    """Share the members out among as few blocks as can be, nearly equal in size."""
    count = -(-members // BLOCK_MEMBERS)
    return [slice(*ends) for ends in pairwise(members * number // count for number in range(count + 1))]


def _planned(rows: int, steps: int, settings: TrainingSettings, state: State) -> Tensor | None:
    """The rows of the next minibatches, (steps, M), from random permutations; None: the whole table fits into one."""
    size = settings.batch_size
    if rows <= size:
        return None
    chosen = []
    for iteration in range(state.iteration, state.iteration + steps):
        position = iteration % (rows // size) * size
        if position == 0:
            state.order = torch.randperm(rows, generator=state.generators[0])
        chosen.append(state.order[position : position + size])
    return torch.stack(chosen)


class _Block:
    """Members at work: the rows that they may see, and their part of the state, which moves in place."""

    def __init__(
        self,
        model: Trainable,
        batch: Batch,
        left_out: Tensor,
        settings: TrainingSettings,
        state: State,
        members: slice,
        generator: Generator,
    ) -> None:
        self.batch, self._settings, self._state, self._members = batch, settings, state, members
        self._generator = generator
        size = min(len(batch[0]), settings.batch_size)
        self._work = model.work(members, size)
        seen = (~left_out).float()
        self._weights = seen / seen.mean(1, keepdim=True) / size
        self._own = [
            part[members] for part in (state.parameters, state.first_moment, state.second_moment, state.average)
        ]
        self._denominator = torch.empty_like(state.parameters[members])

    def run(self, steps: int, planned: Tensor | None) -> tuple[float, float, float]:
        """A window of iterations. Returns its means: the first member's log-likelihood, divergence and objective."""
        sums, count = torch.zeros(3), 0
        for step, _ in enumerate(self.steps(steps, planned)):
            if self._members.start == 0 and step % SHOWN_EVERY == 0:
                sums += _means(self._work.terms())
                count += 1
        log_likelihood, kl, objective = (sums / max(count, 1)).tolist()
        return log_likelihood, kl, objective

    def steps(self, steps: int, planned: Tensor | None) -> Iterator[Tensor]:
        """The same iterations, one at a time; yields the places of the rows."""
        state, whole = self._state, torch.arange(len(self.batch[0]))
        rows, weight = self.batch, self._weights
        for step in range(steps):
            if planned is not None:
                rows, weight = tuple(part[planned[step]] for part in self.batch), self._weights[:, planned[step]]
            gradient = self._work.gradient(rows, weight, self._generator)
            self._ascend(gradient, state.iteration + step)
            yield whole if planned is None else planned[step]

    def wrong(self) -> list[str]:
        """What is not finite any more."""
        names = ("log_likelihood", "kl", "objective")
        found = [n for n, v in zip(names, _means(self._work.terms()).tolist(), strict=True) if not math.isfinite(v)]
        finite = self._state.parameters[self._members].isfinite().all()
        return found if finite else [*found, "gradient"]

    def _ascend(self, gradient: Tensor, iteration: int) -> None:
        """One step of Adam (Kingma & Ba 2015, Algorithm 1) upwards, and of the weights' average."""
        parameters, first, second, average = self._own
        first.lerp_(gradient, 1 - _BETA1)
        second.mul_(_BETA2).addcmul_(gradient, gradient, value=1 - _BETA2)
        rate, step = _rate(iteration, self._state, self._settings), iteration + 1
        size = rate * math.sqrt(1 - _BETA2**step) / (1 - _BETA1**step)
        parameters.addcdiv_(first, torch.sqrt(second, out=self._denominator).add_(_EPSILON), value=size)
        average.lerp_(parameters, 1 - min(_AVERAGE, step / (step + 10)))


def _means(terms: Elbo) -> Tensor:
    """The means over the rows of log-likelihood, divergence and objective, (3,)."""
    log_likelihood, kl = terms.log_likelihood.mean(), terms.kl.mean()
    extra = 0 if terms.extra is None else terms.extra.mean()
    return torch.stack([log_likelihood, kl, log_likelihood - kl + extra])


def _divergence(
    blocks: list[_Block], steps: int, planned: Tensor | None, before: dict[str, Tensor], state: State
) -> DivergedError:
    """Go through the window again, looking at each step, to say where it went wrong; leave the state as it was."""
    at, term, column, largest = state.iteration + steps, "score", 0, math.nan
    for block in blocks:
        for step, rows in enumerate(block.steps(steps, planned)):
            wrong = block.wrong()
            if wrong and state.iteration + step + 1 <= at:
                at, term = state.iteration + step + 1, wrong[0]
                furthest = block.batch[0][rows].nan_to_num().abs().amax(0)
                column, largest = int(furthest.argmax()), float(furthest.max())
            if wrong:
                break
    state.restore(before)
    return DivergedError(at, term, column, largest, state.learning_rate)


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


def _rate(iteration: int, state: State, settings: TrainingSettings) -> float:
    """The learning rate: as it is, reduced on plateaus; or, without patience, one cycle (Smith & Topin 2019)."""
    if settings.patience:
        return state.learning_rate
    done = iteration / settings.max_iterations
    if done < WARM_UP:
        return state.learning_rate * (_FIRST_RATE + (1 - _FIRST_RATE) * done / WARM_UP)
    return state.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
