"""The Poisson distribution of counts, the limit of the negative binomial."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.device import precise
from aevb_cli.core.families.count_tails import poisson_tail
from aevb_cli.core.families.counts import Counts, CountsFamily
from aevb_cli.core.families.exponents import exponent


@dataclass(frozen=True)
class Poisson(Counts):
    """Mean exp(location), elementwise."""

    location: Tensor

    @property
    def variance(self) -> Tensor:
        """The mean."""
        return self.mean

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution with the log mean `location`. Its noise is that mean's alone."""
        del noise
        return type(self)(location)

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-probability of each element, in nats. z: whole."""
        location, count = self.location.double(), z.double()
        return (count * location - location.exp() - (count + 1).lgamma()).to(self.location.dtype)

    def upper(self, count: Tensor) -> Tensor:
        """`poisson_tail`."""
        return poisson_tail(count, self.location.double().exp())

    def recursion(self) -> tuple[Tensor, Tensor, Tensor]:
        """P(Z = 0), m, 0."""
        mean = self.location.double().exp()
        return (-mean).exp(), mean, torch.zeros_like(mean)

    def log_ratio(self, count: Tensor) -> Tensor:
        """log(m / (z + 1))."""
        return self.location.double() - (count + 1).log()

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        return torch.poisson(self.location.double().exp(), generator=generator).to(self.location.dtype)

    def pooled(self) -> Self:
        """The Poisson with the mixture's mean."""
        return type(self)(self.mean.mean(0).log())


class PoissonFamily(CountsFamily):
    """Counts of rare events, each by itself. Raw value: the log mean."""

    name = "poisson"
    start = (0.0,)

    @property
    def outputs(self) -> int:
        """The log mean."""
        return 1

    def __call__(self, *raw: Tensor) -> Poisson:
        """The distribution of this log mean."""
        return Poisson(exponent(*raw))

    def marginal(self, z: Tensor) -> tuple[list[float], list[float]]:
        """At the mean of all rows. An output of 1 is a step of the log counts' spread."""
        location, gain, _ = self.moments(z)
        return [gain], [location]

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """By the log mean: z - E(Z)."""
        return [(precise(z) - precise(exponent(*raw)).exp()).to(raw[0].dtype)]


FAMILY = PoissonFamily()
