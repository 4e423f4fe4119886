"""Distributions of z = T(u), where u is Gaussian: the base of log-normal and logit-normal.

A network, stacking and recalibration work with the Gaussian of the standardised u. What follows is in the unit of z.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families import mixtures
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.gaussian import Normal


@dataclass(frozen=True)
class Transformed(Distribution):
    """z = T(u), u ~ N(location, scale^2), elementwise; T increases."""

    location: Tensor
    scale: Tensor

    @abstractmethod
    def backward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """u and log du/dz. z: in its unit; beyond its ends u is infinite."""

    @abstractmethod
    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """z and dz/du."""

    @property
    def of_u(self) -> Normal:
        """The distribution of u."""
        return Normal(self.location, self.scale)

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution with u moved, and its scale multiplied by `noise`."""
        return replace(self, location=location, scale=self.scale * noise)

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density of z, with the Jacobian of T."""
        u, slope = self.backward(z)
        return torch.where(u.isfinite(), self.of_u.log_prob(torch.where(u.isfinite(), u, 0)) + slope, -torch.inf)

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""
        return self.of_u.cdf(self.backward(z)[0])

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z)."""
        return self.of_u.survival(self.backward(z)[0])

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        return self.forward(self.of_u.sample(generator))[0]

    def pooled(self) -> Self:
        """The distribution whose u has the mixture's mean and variance."""
        one = self.of_u.pooled()
        return type(self)(one.location, one.scale)

    def untransformed(self) -> tuple[Normal, Callable[[Tensor], Tensor]]:
        """The distribution of u, and T."""
        return self.of_u, lambda u: self.forward(u)[0]

    def crps(self, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """Integrated over u, in which the density is no steeper at one end than at the other."""
        del mean, sd
        middle, spread = mixtures.moments(self.of_u)
        u = self.backward(z)[0].clamp(middle - 40 * spread, middle + 40 * spread)
        return mixtures.integrated(
            lambda at: self.cdf(at.unsqueeze(-3)).mean(-3), self.forward, u, mixtures.reach(middle, spread)
        )


@dataclass(frozen=True)
class StandardisedU(Normal):
    """The Gaussian of a standardised u. of_z: the distribution of z = T(u) in its unit."""

    of_z: ClassVar[type[Transformed]]

    def affine(self, shift: Tensor, scale: Tensor) -> Transformed:  # type: ignore[override]
        """The distribution of z itself. shift, scale: of u."""
        return self.of_z(shift + scale * self.location, self.scale * scale)
