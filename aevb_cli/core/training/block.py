"""Members that are trained together, apart from all others and with random draws of their own: a window of Adam."""

import math
from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Rows
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import Elbo, GradientOf, Trainable
from aevb_cli.core.training.state import State
from aevb_cli.settings import TrainingSettings

SHOWN_EVERY = 10
"""One in so many iterations counts for what is shown: its terms cost a third of a small network's step."""

WARM_UP, _FIRST_RATE = 0.3, 0.04
"""One cycle: the share of the iterations in which the rate rises, and where it starts; then it falls to nothing."""

_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8
_AVERAGE = 0.99

_KNOWN, _CLIP = 100, 50.0
"""From which iteration on a gradient is clipped, and to how many times the length it had of late. One of 10^3 times and
more, as it comes once in many trainings, throws a network off and keeps it there: Adam's steps stay small until it is
forgotten. In all others 30 times was the most seen."""


class Block:
    """Members at work: the rows that they may see, and their part of the state, which moves in place."""

    def __init__(
        self,
        model: Trainable,
        gradient: GradientOf,
        rows: Rows,
        left_out: LeftOut,
        settings: TrainingSettings,
        state: State,
        members: slice,
        generator: Generator,
    ) -> None:
        self._rows, self._left_out = rows, left_out
        self._settings, self._state, self._members = settings, state, members
        self._generator = generator
        size = min(len(rows), settings.batch_size)
        self._gradient = gradient(model, members, size)
        seen = left_out.seen
        self._share = (len(rows) / seen / size)[:, None]
        self._alike = bool((seen == len(rows)).all())
        self._own = [
            part[members] for part in (state.parameters, state.first_moment, state.second_moment, state.average)
        ]
        self._step = torch.zeros(())

    def run(self, steps: int, planned: Tensor | None) -> tuple[float, float, float]:
        """A window of iterations. Returns its means: the first member's log-likelihood, divergence and objective."""
        sums, count = torch.zeros(3), 0
        for step, _ in enumerate(self.steps(steps, planned)):
            if self._members.start == 0 and step % SHOWN_EVERY == 0:
                sums += _means(self._gradient.terms())
                count += 1
        log_likelihood, kl, objective = (sums / max(count, 1)).tolist()
        return log_likelihood, kl, objective

    def steps(self, steps: int, planned: Tensor | None) -> Iterator[Tensor]:
        """The same iterations, one at a time; yields the places of the rows."""
        places = torch.arange(len(self._rows)) if planned is None else planned[0]
        batch, weight, longest = self._rows[places], self._weight(places), self._longest()
        for step in range(steps):
            if step and planned is not None:
                places = planned[step]
                batch = self._rows[places]
                weight = weight if self._alike else self._weight(places)
            gradient = self._gradient(batch, weight, self._generator)
            if longest:
                gradient.renorm_(2, 0, longest)
            self._ascend(gradient, self._state.iteration + step)
            yield places

    def _longest(self) -> float:
        """The norm up to which a member's gradient is believed; 0 while too little is known."""
        if self._state.iteration < _KNOWN:
            return 0.0
        mean_squares = self._own[2].sum(1) / (1 - _BETA2**self._state.iteration)
        return _CLIP * float(mean_squares.max().sqrt())

    def _weight(self, places: Tensor) -> Tensor:
        """Each row's weight for each member, (K', M); 0 where it must not be seen."""
        return ~self._left_out.of(places) * self._share

    def wrong(self) -> list[str]:
        """What is not finite any more."""
        names = ("log_likelihood", "kl", "objective")
        found = [n for n, v in zip(names, _means(self._gradient.terms()).tolist(), strict=True) if not math.isfinite(v)]
        finite = self._state.parameters[self._members].isfinite().all()
        return found if finite else [*found, "gradient"]

    def _ascend(self, gradient: Tensor, iteration: int) -> None:
        """One step of Adam (Kingma & Ba 2015, Algorithm 1) upwards, and of the weights' average."""
        parameters, first, second, average = self._own
        step = iteration + 1
        # All of Adam in one pass over memory; torch.optim would call the same, after importing for 1.6 s.
        torch._fused_adam_(
            [parameters], [gradient], [first], [second], [], [self._step.fill_(step)],
            lr=rate_at(iteration, self._state, self._settings), beta1=_BETA1, beta2=_BETA2, eps=_EPSILON,
            weight_decay=0.0, amsgrad=False, maximize=True,
        )  # fmt: skip
        average.lerp_(parameters, 1 - min(_AVERAGE, step / (step + 10)))


def _means(terms: Elbo) -> Tensor:
    """The means over the rows of log-likelihood, divergence and objective, (3,)."""
    log_likelihood, kl = terms.log_likelihood.mean(), terms.kl.mean()
    extra = 0 if terms.extra is None else terms.extra.mean()
    return torch.stack([log_likelihood, kl, log_likelihood - kl + extra])


def rate_at(iteration: int, state: State, settings: TrainingSettings) -> float:
    """The learning rate: as it is, reduced on plateaus; or, without patience, one cycle (Smith & Topin 2019)."""
    if settings.patience:
        return state.learning_rate
    done = iteration / settings.max_iterations
    if done < WARM_UP:
        return state.learning_rate * (_FIRST_RATE + (1 - _FIRST_RATE) * done / WARM_UP)
    return state.learning_rate * 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
