"""The Gaussian distribution: the default for columns of numbers, and the distribution of weights."""

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.location_scale import HALF_LOG_2PI, LocationScale, LocationScaleFamily
from aevb_cli.core.families.mixtures import Curve

_LEAST = -80.0
"""Of an exponent in single precision: processors take many times as long for numbers below e^-87."""


@dataclass(frozen=True)
class Normal(LocationScale):
    """N(location, scale^2), elementwise."""

    def log_density(self, u: Tensor) -> Tensor:
        """Log-density of the noise."""
        return -0.5 * u.square() - HALF_LOG_2PI

    def score(self, u: Tensor) -> Tensor:
        """-f'(u) / f(u) = u."""
        return u

    def noise_cdf(self, u: Tensor) -> Tensor:
        """The standard normal distribution function."""
        return torch.erfc(u * -math.sqrt(0.5)).mul_(0.5)

    def noise(self, samples: int, generator: Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Standard normal draws."""
        like = self.location
        return torch.randn((samples, *like.shape), generator=generator, dtype=like.dtype).to(like.device), ()

    @property
    def noise_variance(self) -> float:
        """1."""
        return 1.0

    @property
    def noise_entropy(self) -> float:
        """log(2 pi e) / 2."""
        return HALF_LOG_2PI + 0.5

    @property
    def variance(self) -> Tensor:
        """Var(Z)."""
        return self.scale.square()

    @property
    def sd(self) -> Tensor:
        """The scale."""
        return self.scale

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density of each element, in nats."""
        eps = (z - self.location) / self.scale
        return -0.5 * eps.square() - self.scale.log() - HALF_LOG_2PI

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""
        # 0.5 erfc(-eps / sqrt 2), which is accurate in both tails and several times faster than torch.special.ndtr.
        return torch.erfc((self.location - z) / (self.scale * math.sqrt(2))).mul_(0.5)

    def tails(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """P(Z <= z), P(Z > z), and the density at z: the smaller tail by erfc, the other as what is left."""
        u = (z - self.location) / self.scale
        small = torch.erfc(u.abs() * math.sqrt(0.5)).mul_(0.5)
        large, left = 1 - small, u < 0
        density = u.square_().mul_(-0.5).exp_().div_(self.scale).mul_(math.exp(-HALF_LOG_2PI))
        return torch.where(left, small, large), torch.where(left, large, small), density

    def kl_to_standard(self) -> Tensor:
        """KL(N(location, scale^2) || N(0, 1)) of each element, in nats (KW appendix B)."""
        return 0.5 * (self.location.square() + self.scale.square() - 1) - self.scale.log()

    def kl_by_scale(self) -> Tensor:
        """sigma - 1 / sigma."""
        return self.scale - self.scale.reciprocal()

    def pooled(self) -> Self:
        """The Gaussian with the mixture's mean and variance."""
        mean = self.location.mean(0)
        return type(self)(mean, ((self.location - mean).square() + self.scale.square()).mean(0).sqrt())

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """The root mean square of the residuals."""
        squares = self.residuals(z, known).square().sum((0, 1))
        count = known.sum((0, 1))
        return torch.where(count > 0, (squares / count.clamp(min=1)).sqrt(), 1.0)

    def curve(self) -> tuple[Curve, float]:
        """The mixture over the first dimension, with c = sqrt(pi).

        A prediction spends most of its time here, hence buffers made once. Density and slope are in single precision,
        which is enough for the step towards a quantile.
        """
        loc, inverse = self.location, 1 / (math.sqrt(2) * self.scale)
        room, rough, rough_inverse = torch.empty_like(loc), loc.float(), inverse.float()

        def at(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            u = torch.sub(loc, z, out=room).mul_(inverse)
            rough.copy_(u)
            cumulative = torch.erfc(u, out=u).mean(0) / 2
            phi = torch.mul(rough, rough).neg_().clamp_(min=_LEAST).exp_().mul_(rough_inverse)
            density, slope = phi.mean(0).double(), 2 * phi.mul_(rough_inverse).mul_(rough).mean(0).double()
            return cumulative, density, slope

        return at, math.sqrt(math.pi)


class Gaussian(LocationScaleFamily):
    """Numbers with symmetric noise of light tails."""

    name = "gaussian"
    distribution = Normal


FAMILY = Gaussian()


def standard_normal_log_prob(value: Tensor) -> Tensor:
    """log N(value; 0, 1) of each element, in nats: the prior p(z) (KW section 3)."""
    return -0.5 * value.square() - HALF_LOG_2PI
