"""The negative binomial distribution of counts that vary more than the Poisson's, whose mean is gamma-distributed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.device import precise
from aevb_cli.core.families.count_tails import negative_binomial_tail
from aevb_cli.core.families.counts import Counts, CountsFamily
from aevb_cli.core.families.exponents import exponent
from aevb_cli.core.families.gamma import Gamma, logarithm
from aevb_cli.core.families.likeliest import likeliest_factor
from aevb_cli.core.families.remainders import digamma_rest, log_gamma_rest


@dataclass(frozen=True)
class NegativeBinomial(Counts):
    """Mean m = exp(location), size r = exp(log_size), variance m + m^2 / r, elementwise."""

    location: Tensor
    log_size: Tensor

    @property
    def variance(self) -> Tensor:
        """m + m^2 / r."""
        return self.mean + (2 * self.location - self.log_size).exp()

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution with the log mean `location`, and its size divided by the square of `noise`."""
        return type(self)(*torch.broadcast_tensors(location, self.log_size - 2 * logarithm(noise)))

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-probability of each element, in nats. z: whole."""
        location, log_size, count = self.location.double(), self.log_size.double(), z.double()
        m, r = location.exp(), log_size.exp()
        # log Gamma(z + r) - log Gamma(r) - z log r, of which Stirling's formula makes a difference of small numbers
        rise = (count + r - 0.5) * torch.log1p(count / r) - count + log_gamma_rest(count + r) - log_gamma_rest(r)
        found = rise + count * location - (count + r) * torch.log1p(m / r) - (count + 1).lgamma()
        return found.to(self.location.dtype)

    def upper(self, count: Tensor) -> Tensor:
        """`negative_binomial_tail`."""
        return negative_binomial_tail(count, self.location.double().exp(), self.log_size.double().exp())

    def recursion(self) -> tuple[Tensor, Tensor, Tensor]:
        """P(Z = 0), m r / (m + r), m / (m + r)."""
        m, r = self.location.double().exp(), self.log_size.double().exp()
        share = m / (m + r)
        return (-r * torch.log1p(m / r)).exp(), r * share, share

    def log_ratio(self, count: Tensor) -> Tensor:
        """log((z + r) m / ((z + 1) (m + r)))."""
        m, r = self.location.double().exp(), self.log_size.double().exp()
        return ((count + r) / (count + 1) * (m / (m + r))).log()

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        rate = Gamma(self.location.double(), self.log_size.double()).sample(generator)
        return torch.poisson(rate, generator=generator).to(self.location.dtype)

    def pooled(self) -> Self:
        """The negative binomial with the mixture's mean and variance, which exceeds its mean at least as much."""
        mean = self.mean.mean(0)
        excess = ((self.mean - mean).square() + self.variance).mean(0) - mean
        return type(self)(mean.log(), 2 * mean.log() - excess.log())

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """The likeliest factor on the gamma distribution's coefficient of variation."""
        return likeliest_factor(self, z, known)


class NegativeBinomialFamily(CountsFamily):
    """Counts. Raw values: the log mean, and the log size."""

    name = "negative-binomial"
    start = (0.0, 0.0)

    def __call__(self, *raw: Tensor) -> NegativeBinomial:
        """The distribution of these raw values."""
        return NegativeBinomial(*torch.broadcast_tensors(*map(exponent, raw)))

    def marginal(self, z: Tensor) -> tuple[list[float], list[float]]:
        """At mean and variance of all rows. An output of 1 is a step of the log counts' spread."""
        location, gain, log_size = self.moments(z)
        return [gain, 1.0], [location, log_size]

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """By the log mean r (z - m) / (r + m); by the log size r times the derivative by r.

        That is psi(z + r) - psi(r) - log(1 + m / r) - (z - m) / (r + m).
        """
        location, log_size, count = (precise(each) for each in (*map(exponent, raw), z))
        m, r = location.exp(), log_size.exp()
        residual = (count - m) / (r + m)
        slope = digamma_rest(count + r) - digamma_rest(r) + torch.log1p(count / r) - torch.log1p(m / r) - residual
        return [each.to(raw[0].dtype) for each in (r * residual, r * slope)]


FAMILY = NegativeBinomialFamily()
