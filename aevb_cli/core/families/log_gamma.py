"""The logarithm of a gamma variable, in which no tail is steep: where quantiles of the gamma are searched."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from aevb_cli.core.families import mixtures
from aevb_cli.core.families.mixtures import Curve, Tails
from aevb_cli.core.families.remainders import digamma_rest, log_gamma_rest


@dataclass(frozen=True)
class LogGamma:
    """u = log z, where z is gamma with the mean exp(location) and the shape exp(log_shape): `mixtures.Mixed`."""

    location: Tensor
    log_shape: Tensor

    @property
    def mean(self) -> Tensor:
        """E(u)."""
        return digamma_rest(self._shape) + self.location

    @property
    def variance(self) -> Tensor:
        """Var(u): the trigamma function of the shape."""
        return torch.polygamma(1, self._shape.double().clamp(max=1e12)).to(self.location.dtype)

    @property
    def resolution(self) -> Tensor:
        """The narrowest component's sd."""
        return self.variance.sqrt().amin(0)

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """With every tensor changed."""
        return type(self)(change(self.location), change(self.log_shape))

    def cdf(self, u: Tensor) -> Tensor:
        """P(U <= u)."""
        return torch.special.gammainc(*self._standard(u))

    def survival(self, u: Tensor) -> Tensor:
        """P(U > u)."""
        return torch.special.gammaincc(*self._standard(u))

    def log_prob(self, u: Tensor) -> Tensor:
        """Log-density of u, in nats: a (v - expm1(v)) + ... with v = u - log E(Z)."""
        v = u - self.location
        return self._shape * (v - v.expm1()) + self._constant

    def tails(self, number: Tensor) -> Tails:
        """K mixtures over the first dimension."""
        return mixtures.tails(self, number)

    def curve(self, *, rough: bool = False) -> tuple[Curve, float]:
        """The mixture over the first dimension: F, f and f'."""
        del rough

        def at(u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            density = self.log_prob(u).exp()
            slope = (density * (u - self.location).expm1()).mul_(self._shape).mean(0).neg_()
            return self.cdf(u).mean(0), density.mean(0), slope

        return at, 1.0

    def _standard(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The shape, and z in units of the scale, both of the shape of the result."""
        return tuple(torch.broadcast_tensors(self._shape, self._shape * (u - self.location).exp()))

    @cached_property
    def _shape(self) -> Tensor:
        """a."""
        return self.log_shape.exp()

    @cached_property
    def _constant(self) -> Tensor:
        """What is the same in all of a draw's log-densities, so that a search computes it once."""
        return 0.5 * (self.log_shape - math.log(2 * math.pi)) - log_gamma_rest(self._shape)
