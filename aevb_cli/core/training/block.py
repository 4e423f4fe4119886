"""A block of members, which are trained together and with random draws of their own, by Adam."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from aevb_cli.core import torch_private
from aevb_cli.core.data.rows import Rows
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import Elbo, GradientOf, Trainable
from aevb_cli.core.training.state import Part
from aevb_cli.settings import TrainingSettings

SHOWN_EVERY = 10
"""Iterations between two computations of the ELBO's terms, which cost a third of a small network's step."""

WARM_UP, _FIRST_RATE = 100, 0.04
"""Without patience: iterations in which the rate rises, and the share of the rate that it rises from."""

DECAY = 0.5
"""Iterations in which the rate falls to nothing, as a share of those before."""

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
_AVERAGE = 0.99

Means = tuple[float, float, float]
"""Of a window: the first member's log-likelihood, KL and objective."""

_KNOWN, _CLIP = 100, 50.0
"""The iteration from which on gradients are clipped, and to how many times their recent root mean square norm. A
gradient of 10^3 times that, which occurs once in many trainings, moves a network far off, and Adam's next steps are too
small to bring it back. Apart from these, 30 times is the largest seen."""


_WIDE, _SUDDEN = 0.9, 2.0
"""The learning rate times the units of the widest layer from which on steps are damped as well, and the root mean
square of a step, in learning rates, that they are damped to: as in StableAdamW (Wortsman et al. 2023), but for the
gradient.

A step moves what a unit is given by up to the rate times the units before it. In three layers of 200, at a rate of
0.01, a gradient of 74 times the usual norm, clipped to 50 times, was Adam's direction for a hundred steps: the norm of
the means of the weights grew from 21 to 72, and gradients of 10^9 followed. In layers of 100, hardly wider than the
default of so many rows, one network of twelve went that way on a table of 53,940."""


class Schedule(Protocol):
    """What the learning rate depends on, beside the iteration: the state has it, and a window."""

    @property
    def learning_rate(self) -> float:
        """The rate that plateaus reduce."""

    @property
    def plateau(self) -> int:
        """The iteration at which the score had stopped rising, 0 if it has not yet."""


@dataclass(frozen=True)
class Window:
    """Iterations that all blocks run before the loop looks at them.

    iteration: how many were run before; planned: (steps, M), the rows of each minibatch, None for all rows;
    learning_rate, plateau: as the state has them.
    """

    iteration: int
    steps: int
    planned: Tensor | None
    learning_rate: float
    plateau: int = 0


class Block:
    """Some members, the rows that they may see, and their part of the state, which each run updates.

    It trains where the model's parameters lie, and copies its part of the state there and back.
    """

    def __init__(
        self,
        model: Trainable,
        gradient: GradientOf,
        rows: Rows,
        left_out: LeftOut,
        settings: TrainingSettings,
        members: slice,
        part: Part,
    ) -> None:
        self._rows, self._left_out = rows, left_out
        self._settings, self._members, self.part = settings, members, part
        size = min(len(rows), settings.batch_size)
        self._gradient = gradient(model, members, size)
        self._damped = settings.learning_rate * self._gradient.widest >= _WIDE
        seen = left_out.seen
        self._share = (len(rows) / seen / size)[:, None]
        self._alike = bool((seen == len(rows)).all())
        own, self._device = model.parameters[members], model.parameters.device
        # On the CPU these are the state's memory; on another device the model's parameters, and copies of the rest.
        stored = part.tensors
        self._own = stored if own.is_cpu else (own, *(each.to(self._device) for each in stored[1:]))
        self._step = torch.zeros((), device=self._device)
        self.stopped = False

    @torch.inference_mode()  # without the bookkeeping of automatic differentiation each call of torch takes less
    def run(self, window: Window, stop: Callable[[], bool] = lambda: False) -> Means:
        """Run iterations. Returns means over them: the first member's log-likelihood, KL and objective; 0 for others.

        stop: asked after each iteration whether it is the last, in which case `stopped` tells that some are lacking.
        """
        sums, count = torch.zeros(3), 0
        for step, _ in enumerate(self.steps(window)):
            if self._members.start == 0 and step % SHOWN_EVERY == 0:
                sums += _means(self._gradient.terms())
                count += 1
            if step + 1 < window.steps and stop():
                self.stopped = True
                break
        _copy(self._own, self.part.tensors)
        log_likelihood, kl, objective = (sums / max(count, 1)).tolist()
        return log_likelihood, kl, objective

    def steps(self, window: Window) -> Iterator[Tensor]:
        """The same iterations, one at a time; yields the indices of the rows, (M,)."""
        _copy(self.part.tensors, self._own)
        planned = window.planned
        indices = torch.arange(len(self._rows)) if planned is None else planned[0]
        batch, weight, largest = self._rows[indices], self._weight(indices), self._largest_norm(window.iteration)
        for step in range(window.steps):
            if step and planned is not None:
                indices = planned[step]
                batch = self._rows[indices]
                weight = weight if self._alike else self._weight(indices)
            gradient = self._gradient(batch, weight, self.part.generator)
            if largest:
                gradient.renorm_(2, 0, largest)
            iteration = window.iteration + step
            if largest and self._damped:
                self._damp(gradient, iteration + 1)
            self._ascend(gradient, iteration, rate_at(iteration, window, self._settings))
            yield indices

    def _largest_norm(self, iteration: int) -> float:
        """The norm to which a member's gradient is clipped; 0 in the first iterations, which are not."""
        if iteration < _KNOWN:
            return 0.0
        mean_squares = self._own[2].sum(1) / (1 - _BETA2**iteration)
        return _CLIP * float(mean_squares.max().sqrt())

    def _damp(self, gradient: Tensor, step: int) -> None:
        """Scale each member's gradient so that it is at most _SUDDEN times what it was lately, by its mean square."""
        square = gradient.square()
        lately = self._own[2].mul(_BETA2).add_(square, alpha=1 - _BETA2).div_(1 - _BETA2**step)
        size = square.div_(lately.clamp_(min=torch.finfo(square.dtype).tiny)).mean(1, keepdim=True).sqrt_()
        gradient.mul_(size.reciprocal_().mul_(_SUDDEN).clamp_(max=1))

    def _weight(self, indices: Tensor) -> Tensor:
        """Each row's weight for each member, (K', M); 0 where it must not be seen."""
        return (~self._left_out.of(indices) * self._share).to(self._device)

    def not_finite(self) -> list[str]:
        """The terms that are not finite, and `gradient` if parameters are not."""
        names = ("expected_log_likelihood", "kl", "objective")
        found = [n for n, v in zip(names, _means(self._gradient.terms()).tolist(), strict=True) if not math.isfinite(v)]
        finite = self._own[0].isfinite().all()
        return found if finite else [*found, "gradient"]

    def _ascend(self, gradient: Tensor, iteration: int, rate: float) -> None:
        """One step of Adam (Kingma & Ba 2015, Algorithm 1) upwards, and of the weights' moving average."""
        parameters, first, second, average = self._own
        step = iteration + 1
        torch_private.adam(
            parameters, gradient, first, second, self._step.fill_(step),
            rate=rate, beta1=_BETA1, beta2=_BETA2, epsilon=_EPSILON,
        )  # fmt: skip
        average.lerp_(parameters, 1 - min(_AVERAGE, step / (step + 10)))


def _copy(source: Sequence[Tensor], target: Sequence[Tensor]) -> None:
    """Copy a block's part of the state between the CPU and its device; a tensor that is both stays as it is."""
    for each, into in zip(source, target, strict=True):
        if into is not each:
            into.copy_(each)


def _means(terms: Elbo) -> Tensor:
    """The means over the rows of log-likelihood, KL and objective, (3,)."""
    log_likelihood, kl = terms.log_likelihood.mean(), terms.kl.mean()
    extra = 0 if terms.extra is None else terms.extra.mean()
    return torch.stack([log_likelihood, kl, log_likelihood - kl + extra])


def rate_at(iteration: int, state: Schedule, settings: TrainingSettings) -> float:
    """The learning rate: the state's, which plateaus reduce; without patience it rises, stays, and falls to nothing.

    The latter is a trapezoid with a cosine's end (warm-up, stable, decay: Haegele et al. 2024): unlike one cycle, it
    need not know beforehand how long training will last.
    """
    if settings.patience:
        return state.learning_rate
    start, end = decay(state, settings)
    if iteration >= start:
        return state.learning_rate * 0.5 * (1 + math.cos(math.pi * (iteration - start) / max(1, end - start)))
    return state.learning_rate * (_FIRST_RATE + (1 - _FIRST_RATE) * min(1, iteration / min(WARM_UP, start)))


def decay(state: Schedule, settings: TrainingSettings) -> tuple[int, int]:
    """Where the rate starts to fall, and the last iteration. Without a plateau the limit on iterations decides."""
    last = settings.max_iterations
    at_latest = int(last / (1 + DECAY))
    if 0 < state.plateau < at_latest:
        return state.plateau, math.ceil(state.plateau * (1 + DECAY))
    return at_latest, last
