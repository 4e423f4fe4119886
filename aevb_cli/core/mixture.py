"""The predictive distribution of a row: mean, aleatoric and epistemic sd, intervals, and scores against an observed z.

It is an equal mixture of S distributions, one for each draw of the weights; a VAE's q(z|x) is one with S = 1.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution
from aevb_cli.core.parallel import Map, mapper

Summary = Callable[..., dict[str, Tensor]]
"""The mixture of a batch of rows, and further tensors of the same rows -> named tensors of these rows."""

Predict = Callable[[Tensor], "Mixture"]
"""Rows x (N, D) in units -> their predictive distribution, float64, in units. Where it is a `Predictor`, `in_batches`
marginalises cells that the model cannot see."""

BATCH = 384
"""Rows evaluated at once, always exactly so many: a row's last bit must not depend on the rows around it."""


class Calibrated(Protocol):
    """Intervals and sets of classes that are calibrated on held-out rows."""

    def __call__(self, mixture: "Mixture", level: float) -> tuple[Tensor, Tensor]:
        """The lower and upper ends of intervals, (N, J) each; NaN for classes."""

    def above(self, mixture: "Mixture", limit: Tensor) -> Tensor:
        """P(Z > limit), (N, J), as the intervals' ends have it. limit: (N, J)."""

    def classes(self, mixture: "Mixture", place: int, level: float, observed: Tensor | None) -> Tensor:
        """The set of classes of a target, (N, W) of bool. observed: as in `Mixture.class_set`."""


@dataclass(frozen=True)
class Mixture:
    """p(z|x) for N rows and J targets as a mixture. draws: (S, N, J). Results: (N, J), in units.

    calibrated: intervals calibrated on held-out rows; None for the mixture's own.
    """

    draws: Distribution
    calibrated: Calibrated | None = None

    @cached_property
    def mean(self) -> Tensor:
        """E(z|x)."""
        return self.draws.mean.mean(0)

    @cached_property
    def aleatoric(self) -> Tensor:
        """The aleatoric standard deviation, which more rows would not reduce: sqrt(E_w Var(z|x, w)) (KG eq. 9)."""
        return self.draws.variance.mean(0).sqrt()

    @cached_property
    def epistemic(self) -> Tensor:
        """The epistemic standard deviation, which shrinks as the table grows: sqrt(Var_w E(z|x, w)) (KG eq. 9)."""
        return (self.draws.mean - self.mean).square_().mean(0).sqrt()

    @cached_property
    def sd(self) -> Tensor:
        """The total standard deviation: sqrt(aleatoric^2 + epistemic^2) (law of total variance)."""
        return (self.aleatoric.square() + self.epistemic.square()).sqrt()

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z). z: (..., N, J)."""
        return self.draws.cdf(z.unsqueeze(-3)).mean(-3)

    def log_prob(self, z: Tensor) -> Tensor:
        """log p(z|x) of each target, in nats, a density per unit. z: (N, J)."""
        return self.draws.log_prob(z).logsumexp(0) - math.log(self.size)

    def pit(self, z: Tensor) -> Tensor:
        """The probability integral transform of z: uniform on (0, 1) if the mixture is right. z: (N, J).

        Of a count, the point of [P(Z < z), P(Z <= z)] nearest to 1/2: its distance is half the level of the narrowest
        equal-tailed interval that holds z, and no random number is drawn. Of a class, its probability.
        """
        if all(part.kind == "number" for part, _ in self.draws.parts_by_column()):
            return self.draws.cdf(z).mean(0)
        found = torch.empty_like(z)
        for part, index in self.draws.parts_by_column():
            own = z[:, index]
            if part.kind == "class":
                found[:, index] = part.log_prob(own).exp().mean(0)
            else:
                found[:, index] = torch.full_like(own, 0.5).clamp(part.below(own).mean(0), part.cdf(own).mean(0))
        return found

    @property
    def size(self) -> int:
        """The number of draws (S)."""
        return len(self.draws.coordinates)

    def quantile(self, probability: float | Tensor) -> Tensor:
        """F(z) = p, solved for z. probability: one, or one for each target, (J,). NaN for classes."""
        return self.draws.quantile(torch.as_tensor(probability, dtype=self.mean.dtype), self.mean, self.sd)

    def interval(self, level: float) -> tuple[Tensor, Tensor]:
        """The interval of an observation z: the calibrated one if there is one, else the equal-tailed one."""
        if level not in self._intervals:
            self._intervals[level] = self.calibrated(self, level) if self.calibrated else self.equal_tailed(level)
        return self._intervals[level]

    def class_set(self, place: int, level: float, observed: Tensor | None = None) -> Tensor:
        """The set of classes of a target, (N, W) of bool, calibrated.

        observed: (M,), codes of the held-out rows, where each class is to be held as often as the level says by itself.
        """
        if self.calibrated is None:
            raise ValueError("sets of classes are calibrated")
        return self.calibrated.classes(self, place, level, observed)

    def calibrated_quantile(self, probability: float) -> Tensor:
        """The end of the interval that has so much probability below; the median lies midway between the narrowest's.

        So quantiles rise with the probability.
        """
        lower, upper = self.interval(round(abs(1 - 2 * probability), 12))  # 0.05 and 0.95 are the ends of 0.9
        if probability == 0.5:
            return (lower + upper) / 2
        return lower if probability < 0.5 else upper

    def above(self, limit: float) -> Tensor:
        """P(Z > limit), calibrated as the intervals are: that of a calibrated quantile is what lies beyond it."""
        limits = torch.full_like(self.mean, limit)
        return self.calibrated.above(self, limits) if self.calibrated else self.draws.survival(limits).mean(0)

    @cached_property
    def _intervals(self) -> dict[float, tuple[Tensor, Tensor]]:
        """Intervals that were asked for already, by level: that of the mean needs them, too."""
        return {}

    def equal_tailed(self, level: float | Tensor) -> tuple[Tensor, Tensor]:
        """The mixture's interval with equal probability below and above. level: one, or one for each target, (J,)."""
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def mean_interval(self, level: float) -> tuple[Tensor, Tensor]:
        """The equal-tailed interval of the mean E(z|x), from the draws' means (report, Figure 2).

        It ends where that of an observation does: `ended`.
        """
        return ended(central(self.draws.mean, level), self.mean, self.interval(level))

    def crps(self, z: Tensor) -> Tensor:
        """The continuous ranked probability score (Gneiting & Raftery 2007, eq. 20), in units. z: (N, J)."""
        return self.draws.crps(z, self.mean, self.sd)


def ended(of_mean: tuple[Tensor, Tensor], mean: Tensor, of_observation: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """The interval of a mean, ended where that of an observation ends. Each: (N, J).

    Held-out rows calibrate the latter alone, and may narrow it. Where it does not hold the mean, which may lie far from
    where most observations fall, it ends nothing: an interval that holds no mean is not one of it.
    """
    lower, upper = of_observation
    holds = (lower <= mean) & (mean <= upper)
    low, high = (torch.where(holds, each.clamp(lower, upper), each) for each in of_mean)
    return low, high


@dataclass(frozen=True)
class Predictor:
    """A `Predict` with gaps and new words. known: of rows whose cells the model can see; marginal: of the others.

    unknown: which rows these are, (N, D) -> (N,) of bool.
    """

    known: Callable[[Tensor], Mixture]
    marginal: Callable[[Tensor], Mixture]
    unknown: Callable[[Tensor], Tensor]

    def __call__(self, x: Tensor) -> Mixture:
        """The predictive distribution of rows whose cells the model can see. x: (N, D)."""
        return self.known(x)


def in_batches(
    predictor: Predict,
    summary: Summary,
    x: Tensor,
    *further: Tensor,
    mapped: Map[int, dict[str, Tensor]] | None = None,
) -> dict[str, Tensor]:
    """Predict rows in batches of one size, the last one filled up, and concatenate the summaries of the batches.

    x: (N, D), of one row at least; further: tensors of N rows, passed to `summary` batch by batch; mapped: a `map` over
    the batches, perhaps over several threads. Returns tensors of N rows.
    """
    mapped = mapped or mapper(1)
    if not isinstance(predictor, Predictor) or not (unknown := predictor.unknown(x)).any():
        return _in_batches(predictor, summary, (x, *further), mapped)
    found: dict[str, Tensor] = {}
    for predict, rows in ((predictor.known, ~unknown), (predictor.marginal, unknown)):
        if rows.any():
            for name, values in _in_batches(predict, summary, [each[rows] for each in (x, *further)], mapped).items():
                found.setdefault(name, values.new_empty(len(x), *values.shape[1:]))[rows] = values
    return found


def _in_batches(
    predict: Predict, summary: Summary, tensors: Sequence[Tensor], mapped: Map[int, dict[str, Tensor]]
) -> dict[str, Tensor]:
    """`in_batches` of rows that one function predicts. tensors: x and what goes to `summary`."""
    count = len(tensors[0])

    def predicted(start: int) -> dict[str, Tensor]:
        rows, *others = (_filled(each[start : start + BATCH]) for each in tensors)
        batch = summary(predict(rows), *others)
        return {name: values[: count - start] for name, values in batch.items()}

    parts = mapped(predicted, range(0, count, BATCH))
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _filled(rows: Tensor) -> Tensor:
    """Fill a batch up with copies of its first row."""
    return torch.cat([rows, rows[:1].expand(BATCH - len(rows), *rows.shape[1:])])


def central(draws: Tensor, level: float) -> tuple[Tensor, Tensor]:
    """The ends between which this share of draws lies, as many below as above. draws: (S, ...)."""
    ordered = np.array(np.moveaxis(draws.numpy(), 0, -1), order="C")
    ordered.sort(axis=-1)  # several times faster than torch.sort, and faster still along contiguous rows
    lower, upper = (_interpolated(ordered, (len(draws) - 1) * p) for p in ((1 - level) / 2, (1 + level) / 2))
    return lower, upper


def _interpolated(ordered: np.ndarray, place: float) -> Tensor:
    """Interpolate linearly along the last axis, at an index that need not be whole."""
    below = math.floor(place)
    above = min(below + 1, ordered.shape[-1] - 1)
    return torch.from_numpy(ordered[..., below] + (place - below) * (ordered[..., above] - ordered[..., below]))
