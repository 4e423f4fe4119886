"""The gamma distribution: numbers above 0, whose noise is relative and whose tail is lighter than the log-normal's."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core import torch_private
from aevb_cli.core.device import precise
from aevb_cli.core.families import mixtures
from aevb_cli.core.families.base import Distribution, Family, Support
from aevb_cli.core.families.exponents import LARGEST, drawn_in, exponent
from aevb_cli.core.families.likeliest import likeliest_factor
from aevb_cli.core.families.log_gamma import LogGamma
from aevb_cli.core.families.remainders import digamma_rest, log_gamma_rest

_LARGEST_SHAPE, _LEAST_SPREAD = 1e6, 1e-6
"""Where training starts at most, and a log mean's least spread: of a column whose values are all but one."""

_NODES = 32
"""Of the CRPS's quadrature, on either side."""


@dataclass(frozen=True)
class Gamma(Distribution):
    """Mean exp(location), shape a = exp(log_shape), elementwise: the coefficient of variation is 1 / sqrt(a)."""

    location: Tensor
    log_shape: Tensor

    @property
    def mean(self) -> Tensor:
        """exp(location)."""
        return self.location.exp()

    @property
    def variance(self) -> Tensor:
        """E(Z)^2 / a."""
        return (2 * self.location - self.log_shape).exp()

    @property
    def shape(self) -> Tensor:
        """a."""
        return self.log_shape.exp()

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution with the log mean `location`; its coefficient of variation is multiplied by `noise`."""
        return type(self)(*torch.broadcast_tensors(location, self.log_shape - 2 * logarithm(noise)))

    def within(self, low: Tensor, high: Tensor) -> Self:
        """With a log mean not far beyond the largest log z."""
        del low
        return self.at(drawn_in(self.location, high))

    def affine(self, shift: Tensor, scale: Tensor) -> Self:
        """The distribution of scale Z, in double precision: a column is divided by its mean, and not moved."""
        del shift
        return type(self)(self.location.double() + scale.log(), self.log_shape.double())

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density of each element, in nats: a (log u - u + 1) + ... with u = z / E(Z). -inf from 0 down."""
        log_z = z.clamp(min=torch.finfo(z.dtype).tiny).double().log()
        v, log_shape = (log_z - self.location).clamp(max=LARGEST), self.log_shape.double()
        a = log_shape.exp()
        found = a * (v - v.expm1()) - log_z + 0.5 * (log_shape - math.log(2 * math.pi)) - log_gamma_rest(a)
        return torch.where(z > 0, found, -torch.inf).to(self.location.dtype)

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""
        return torch.special.gammainc(*self._standard(z)).to(self.location.dtype)

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z)."""
        return torch.special.gammaincc(*self._standard(z)).to(self.location.dtype)

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        shape = self.shape.double()
        drawn = torch_private.standard_gamma(shape, generator)
        return (drawn / shape * self.location.double().exp()).to(self.location.dtype)

    def pooled(self) -> Self:
        """The gamma with the mixture's mean and variance."""
        mean = self.mean.mean(0)
        variance = ((self.mean - mean).square() + self.variance).mean(0)
        return type(self)(mean.log(), 2 * mean.log() - variance.log())

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """The likeliest factor on the coefficient of variation."""
        return likeliest_factor(self, z, known)

    def untransformed(self) -> tuple[LogGamma, Callable[[Tensor], Tensor]]:
        """The distribution of log z, and exp."""
        return LogGamma(self.location, self.log_shape), torch.exp

    def crps(self, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """Integrated over the cube root of z, which is nearly Gaussian (Wilson & Hilferty 1931)."""
        del mean, sd
        a, third = self.shape, 1 / 3
        ratio = (torch.lgamma(a + third) - torch.lgamma(a) + (self.location - self.log_shape) * third).exp()
        twice = (torch.lgamma(a + 2 * third) - torch.lgamma(a) + (self.location - self.log_shape) * 2 * third).exp()
        middle = ratio.mean(0)
        spread = (twice.mean(0) - middle.square()).clamp(min=1e-12 * middle.square()).sqrt()
        low, high = mixtures.reach(middle, spread)
        return mixtures.integrated(
            lambda at: self.cdf(at.unsqueeze(-3)).mean(-3),
            lambda t: (t.pow(3), 3 * t.square()),
            z.clamp(min=0).pow(third),
            (low.clamp(min=0), high),
            _NODES,
        )

    def _standard(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The shape, and z in units of the scale. Both of the shape of the result, in double precision."""
        shape = self.shape.double()
        return tuple(torch.broadcast_tensors(shape, shape * z.clamp(min=0).double() * (-self.location.double()).exp()))


class GammaFamily(Family):
    """Numbers above 0. Raw values: the log mean, and the log shape."""

    name = "gamma"
    unit = "mean"
    start = (0.0, 0.0)

    def __call__(self, *raw: Tensor) -> Gamma:
        """The distribution of these raw values."""
        return Gamma(*torch.broadcast_tensors(*map(exponent, raw)))

    def refuse(self, support: Support) -> str | None:
        """Words, and numbers that are not above 0."""
        if support.words:
            return "it holds words, which are categorical"
        return "its values are not all above 0" if support.low <= 0 else None

    def marginal(self, z: Tensor) -> tuple[list[float], list[float]]:
        """At mean and variance of all rows. An output of 1 is a relative change of about their spread."""
        mean, variance = float(z.double().mean()), float(z.double().var(correction=0))
        shape = min(mean**2 / variance, _LARGEST_SHAPE) if variance > 0 else _LARGEST_SHAPE
        spread = max(math.sqrt(math.log1p(variance / mean**2)), _LEAST_SPREAD)
        return [spread, 1.0], [math.log(mean), math.log(shape)]

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """With v = log z - log E(Z): by the log mean a (e^v - 1); by the log shape a (v - e^v + 1 + log a - psi(a))."""
        location, log_shape = map(exponent, raw)
        v = (precise(z.clamp(min=torch.finfo(z.dtype).tiny)).log() - location).clamp(max=LARGEST)
        a, rise = precise(log_shape).exp(), v.expm1()
        return [each.to(location.dtype) for each in (a * rise, a * (v - rise) - a * digamma_rest(a))]


FAMILY = GammaFamily()


def logarithm(noise: Tensor | float) -> Tensor | float:
    """The logarithm of a factor on the noise, finite where that is 0."""
    return noise.clamp(min=1e-30).log() if isinstance(noise, Tensor) else math.log(max(noise, 1e-30))
