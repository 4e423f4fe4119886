"""The Gaussian distribution: the default for columns of numbers, and the distribution of weights."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.gaussian_rows import GaussianRows
from aevb_cli.core.families.location_scale import HALF_LOG_2PI, LocationScale, LocationScaleFamily
from aevb_cli.core.families.mixtures import Curve, Parts, Tails


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

    @cached_property
    def _rows(self) -> GaussianRows:
        """The components of each row together; with a first dimension of draws."""
        return GaussianRows(self.location, self.scale)

    def curve(self, *, rough: bool = False) -> tuple[Curve, float]:
        """The mixture over the first dimension, with c = sqrt(pi)."""
        return self._rows.curve(rough=rough), math.sqrt(math.pi)

    def tails(self, number: Tensor) -> Tails:
        """Mixtures over the first dimension."""
        parts = Parts.of(number)
        return GaussianRows(self.location[parts.order], self.scale[parts.order]).tails(parts)


class Gaussian(LocationScaleFamily):
    """Numbers with symmetric noise of light tails."""

    name = "gaussian"
    distribution = Normal


FAMILY = Gaussian()


def standard_normal_log_prob(value: Tensor) -> Tensor:
    """log N(value; 0, 1) of each element, in nats: the prior p(z) (KW section 3)."""
    return -0.5 * value.square() - HALF_LOG_2PI
