"""The beta-binomial distribution of whole levels in a known range: pixels, scores, answers from 1 to 5.

Of n trials of one probability, which is beta-distributed: a binomial whose levels are spread more widely, up to a
distribution of the lowest and the highest level alone.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar, Self

import torch
from torch import Generator, Tensor

from aevb_cli.core import torch_private
from aevb_cli.core.families.base import Distribution, Family, Kind, Support
from aevb_cli.core.families.beta_binomial_mass import FURTHEST, evaluated, log_prob, shapes
from aevb_cli.core.families.count_tails import in_parts
from aevb_cli.core.families.gamma import logarithm
from aevb_cli.core.families.likeliest import likeliest_factor

_LEAST, _MOST = 1e-3, 0.98
"""The correlation of two trials, 1 / (a + b + 1), where training starts."""


@dataclass(frozen=True)
class BetaBinomial(Distribution):
    """Levels from 0 to `trials`, whose mean is trials sigmoid(location), elementwise.

    log_concentration: log(a + b) of the beta distribution, whose larger values mean less spread.
    """

    kind: ClassVar[Kind] = "count"
    location: Tensor
    log_concentration: Tensor
    trials: Tensor

    @property
    def mean(self) -> Tensor:
        """n p."""
        return self.trials * self.location.sigmoid()

    @property
    def correlation(self) -> Tensor:
        """Of two trials: 1 / (a + b + 1)."""
        return (-self.log_concentration.clamp(-FURTHEST, FURTHEST)).sigmoid()

    @property
    def variance(self) -> Tensor:
        """n p (1 - p) (1 + (n - 1) correlation)."""
        return self.mean * (-self.location).sigmoid() * (1 + (self.trials - 1) * self.correlation)

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution with the logit `location`, and its concentration divided by the square of `noise`."""
        return type(self)(
            *torch.broadcast_tensors(location, self.log_concentration - 2 * logarithm(noise), self.trials)
        )

    def affine(self, shift: Tensor, scale: Tensor) -> Self:
        """In double precision: levels have no unit."""
        del shift, scale
        return self.map(Tensor.double)

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-probability of each element, in nats; -inf for what is no level."""
        return log_prob(self.location, self.log_concentration, self.trials, z)

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""
        return self._summed(z, torch.ge)

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z)."""
        return self._summed(z, torch.lt)

    def below(self, z: Tensor) -> Tensor:
        """P(Z < z)."""
        return self._summed(z, torch.gt)

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        s, p, q = shapes(self.location.double(), self.log_concentration.double())
        # The logarithm of a gamma variable, which does not underflow (Marsaglia & Tsang 2000, section 6)
        one, other = (
            torch_private.standard_gamma(shape + 1, generator).log()
            + torch.rand(shape.shape, generator=generator, dtype=shape.dtype).log() / shape
            for shape in (s * p, s * q)
        )
        drawn = torch.binomial(self.trials.double(), (one - other).sigmoid(), generator=generator)
        return drawn.to(self.location.dtype)

    def pooled(self) -> Self:
        """The beta-binomial with the mixture's mean, and its variance as far as one can have that."""
        n, share = self.trials[0], (self.mean / self.trials).mean(0)
        mean, variance = n * share, (self.variance + (self.mean - n * share).square()).mean(0)
        spread = (variance / (mean * (1 - share)) - 1) / (n - 1).clamp(min=1)
        return type(self)(share.logit(), -spread.clamp(1e-9, 1 - 1e-6).logit(), n)

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """The likeliest factor on the root of 1 / (a + b)."""
        return likeliest_factor(self, z, known)

    @cached_property
    def table(self) -> Tensor:
        """P(Z <= k) of the mixture over the first dimension, for every level k, (levels, N, J)."""
        each = self.map(Tensor.double)._probabilities()
        return torch.stack([probability.mean(0) for _, probability in each]).cumsum(0).clamp(max=1)

    def quantile(self, probability: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """The smallest level k with P(Z <= k) >= probability."""
        del sd
        found = (self.table < probability.expand_as(mean)).sum(0).to(mean.dtype)
        return found.minimum(self.trials[0].to(mean.dtype))

    def crps(self, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """The sum over whole k of (P(Z <= k) - [k >= z])^2."""
        del mean, sd
        k = torch.arange(len(self.table), dtype=z.dtype)[:, None, None]
        outside = (z - len(self.table)).clamp(min=0) + (-z).clamp(min=0)
        return (self.table - (k >= z).to(z.dtype)).square().sum(0) + outside

    def _summed(self, z: Tensor, counts: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        """The sum of the probabilities of the levels k for which counts(z, k)."""

        def part(z: Tensor, *fields: Tensor) -> Tensor:
            total = torch.zeros_like(fields[0])
            for k, probability in type(self)(*fields)._probabilities():
                total.addcmul_(probability, counts(z, torch.tensor(k, dtype=z.dtype)).to(total.dtype))
            return total.clamp(max=1)

        fields = (each.detach().double() for each in (self.location, self.log_concentration, self.trials))
        return in_parts(part, z.double(), *fields).to(self.location.dtype)

    def _probabilities(self) -> Iterator[tuple[int, Tensor]]:
        """Each level k with P(Z = k), from the ratio of two that follow each other."""
        s, p, q = shapes(self.location, self.log_concentration)
        a, b, n = s * p, s * q, self.trials
        log = type(self)(self.location, self.log_concentration, n).log_prob(torch.zeros_like(n))
        for k in range(int(n.max()) + 1 if n.numel() else 1):
            yield k, log.exp()
            left = (n - k).clamp(min=0)
            log = log + (left * (a + k) / ((k + 1) * ((left - 1).clamp(min=0) + b))).log()


@dataclass(frozen=True)
class BetaBinomialFamily(Family):
    """Whole levels from 0 on, as many as each column has. Raw values: the logit of the mean, and log(a + b).

    levels: of each column of a block; one number for all columns; none: not known yet.
    """

    levels: tuple[int, ...] = ()

    name = "beta-binomial"
    kind = "count"
    unit = "levels"
    start = (0.0, 0.0)

    def of(self, words: int) -> "BetaBinomialFamily":
        """The family for a column with so many levels."""
        return BetaBinomialFamily((words,) if words else ())

    def joined(self, others: Sequence[Family]) -> "BetaBinomialFamily":
        """The family for a block of columns, this one's and those of others."""
        levels = [level for each in (self, *others) if isinstance(each, BetaBinomialFamily) for level in each.levels]
        return BetaBinomialFamily(tuple(levels) if len(set(levels)) > 1 else tuple(levels[:1]))

    def __call__(self, *raw: Tensor) -> BetaBinomial:
        """The distribution of these raw values."""
        return BetaBinomial(*torch.broadcast_tensors(*raw, self._trials(raw[0])))

    def refuse(self, support: Support) -> str | None:
        """Words, and numbers that are not whole."""
        if support.words:
            return "it holds words, which are categorical"
        return None if support.whole else "its values are not all whole numbers"

    def marginal(self, z: Tensor) -> tuple[list[float], list[float]]:
        """At mean and variance of all rows, half a trial more of each outcome (Krichevsky & Trofimov 1981)."""
        n, level = max(self.levels) - 1, z.double()
        share = (float(level.sum()) + 0.5) / (n * len(z) + 1)
        plain = n * share * (1 - share)
        correlation = (float(level.var(correction=0)) / plain - 1) / max(n - 1, 1)
        correlation = min(max(correlation, _LEAST), _MOST)
        return [1.0, 1.0], [math.log(share / (1 - share)), math.log(1 / correlation - 1)]

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """Of log rising factorials, whose derivatives are differences of digammas."""
        return evaluated(*raw, self._trials(raw[0]), z, slopes=True)[1:]

    def _trials(self, like: Tensor) -> Tensor:
        """N of each column, (D,), or of all, ()."""
        return _trials(self.levels, like.dtype, like.device)


@lru_cache(maxsize=64)
def _trials(levels: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # kept for gradients, too
        return torch.tensor(levels if len(levels) > 1 else levels[0], dtype=dtype, device=device) - 1


FAMILY = BetaBinomialFamily()
