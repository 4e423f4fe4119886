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

BLOCK_MEMBERS, HEAVY = 16, 2e7
"""Members in a block at most: more leave the cache. Parameters times rows of an iteration from which on a second thread
helps: below, the threads would only wait for one another."""

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
    def initial(cls, parameters: Tensor, rows: int, settings: TrainingSettings, generator: Generator) -> "State":
        """Return the state before the first iteration. parameters: the model's own memory; a step moves the model."""
        first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
        count = len(_blocks(parameters, min(rows, settings.batch_size)))
        seeds = torch.randint(2**62, (count,), generator=generator).tolist()
        generators = [generator, *(Generator().manual_seed(seed) for seed in seeds)]
        average, best, order = parameters.clone(), parameters.clone(), torch.arange(rows)
        return cls(parameters, first, second, average, best, order, generators, learning_rate=settings.learning_rate)

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
    size = min(rows, settings.batch_size)
    members = _blocks(state.parameters, size)
    blocks = [
        _Block(model, batch, left_out[part], settings, state, part, generator)
        for part, generator in zip(members, state.generators[1:], strict=True)
    ]
    with workers(min(threads, len(blocks)) if _heavy(state.parameters, size) else 1) as mapped:
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


def _blocks(parameters: Tensor, rows: int) -> list[slice]:
    """Share the members out among as few blocks as can be, nearly equal in size; two at least where work is heavy.

    parameters: (K, P); rows: of a minibatch.
    """
    members = len(parameters)
    count = max(-(-members // BLOCK_MEMBERS), min(members, 2 if _heavy(parameters, rows) else 1))
    return [slice(*ends) for ends in pairwise(members * number // count for number in range(count + 1))]


def _heavy(parameters: Tensor, rows: int) -> bool:
    return parameters.numel() * rows >= HEAVY


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
        self._batch, self._settings, self._state, self._members = batch, settings, state, members
        self._generator = generator
        size = min(len(batch[0]), settings.batch_size)
        self._work = model.work(members, size)
        seen = (~left_out).float()
        self._weights = seen / seen.mean(1, keepdim=True) / size
        self._own = [
            part[members] for part in (state.parameters, state.first_moment, state.second_moment, state.average)
        ]
        self._alike = bool((self._weights == self._weights[0, 0]).all())
        self._step = torch.zeros(())

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
        state, whole = self._state, torch.arange(len(self._batch[0]))
        rows, weight = self._batch, self._weights
        if planned is not None and self._alike:
            weight = weight[:, : planned.shape[1]]
        for step in range(steps):
            if planned is not None:
                rows = tuple(part[planned[step]] for part in self._batch)
                weight = weight if self._alike else self._weights[:, planned[step]]
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
        step = iteration + 1
        # All of Adam in one pass over memory; torch.optim would call the same, after importing for 1.6 s.
        torch.ops.aten._fused_adam_(
            [parameters], [gradient], [first], [second], [], [self._step.fill_(step)],
            lr=_rate(iteration, self._state, self._settings), beta1=_BETA1, beta2=_BETA2, eps=_EPSILON,
            weight_decay=0.0, amsgrad=False, maximize=True,
        )  # fmt: skip
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
    last = state.iteration + steps
    at, term, places = last, "score", [0] if planned is None else planned[-1].tolist()
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


def _rate(iteration: int, state: State, settings: TrainingSettings) -> float:
    """The learning rate: as it is, reduced on plateaus; or, without patience, one cycle (Smith & Topin 2019)."""
    if settings.patience:
        return state.learning_rate
    done = iteration / settings.max_iterations
    if done < WARM_UP:
        return state.learning_rate * (_FIRST_RATE + (1 - _FIRST_RATE) * done / WARM_UP)
    return state.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
