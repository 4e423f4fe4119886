"""Location-scale families: Z = location + scale * noise, where the noise has the density f.

With u = (z - location) / scale and the score s(u) = -f'(u) / f(u), the derivatives of log p(z) are s(u) / scale by the
location and (u s(u) - 1) / scale by the scale. A family may have constants, such as degrees of freedom, on which f
depends.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import ClassVar, Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import Distribution, Family, Support, positive
from aevb_cli.core.families.mixtures import Curve

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)

LIMIT, _QUARTILE = 5.0, 0.6745
"""Robust standard deviations beyond which a residual counts as if it were there, so that one row cannot widen the
intervals of all; and the quartile of the standard Gaussian, by which a median becomes such a deviation."""

_REFINEMENTS = 40
"""Fixed-point steps for the noise factor. Each halves the error of its logarithm; with tails as heavy as Student's t it
leaves at most three quarters."""


@dataclass(frozen=True)
class LocationScale(Distribution):
    """location, scale, and any constants: of one shape."""

    location: Tensor
    scale: Tensor

    @abstractmethod
    def log_density(self, u: Tensor) -> Tensor:
        """Log-density log f(u) of the noise."""

    @abstractmethod
    def score(self, u: Tensor) -> Tensor:
        """-f'(u) / f(u) of the noise."""

    @abstractmethod
    def noise_cdf(self, u: Tensor) -> Tensor:
        """The distribution function of the noise."""

    @abstractmethod
    def noise(self, samples: int, generator: Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Draws eps of the noise, and their derivatives by each constant; (samples, *location.shape) each."""

    @property
    @abstractmethod
    def noise_variance(self) -> Tensor | float:
        """The variance of the noise."""

    @property
    @abstractmethod
    def noise_entropy(self) -> Tensor | float:
        """The differential entropy of the noise, in nats."""

    def constants_score(self, u: Tensor) -> tuple[Tensor, ...]:
        """The derivatives of log f(u) by the constants."""
        del u
        return ()

    def kl_by_scale(self) -> Tensor:
        """The derivative of `kl_to_standard` by the scale; that by the location is the location."""
        return self.scale * self.noise_variance - self.scale.reciprocal()

    def kl_by_constants(self) -> tuple[Tensor, ...]:
        """The derivatives of `kl_to_standard` by the constants."""
        return ()

    @property
    def mean(self) -> Tensor:
        """E(Z)."""
        return self.location

    @property
    def variance(self) -> Tensor:
        """Var(Z)."""
        return self.scale.square() * self.noise_variance

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution moved to `location`, with its scale multiplied by `noise`. Both broadcast."""
        moved = replace(self, location=location, scale=self.scale * noise)
        each = [getattr(moved, field.name) for field in fields(moved)]
        if any(tensor.shape != location.shape for tensor in each):
            return type(self)(*torch.broadcast_tensors(*each))
        return moved

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density of each element, in nats. z: broadcasts with location."""
        return self.log_density((z - self.location) / self.scale) - self.scale.log()

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""
        return self.noise_cdf((z - self.location) / self.scale)

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z): the noise of every family here is symmetrical about 0."""
        return self.noise_cdf((self.location - z) / self.scale)

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        return self.rsample(1, generator)[0]

    def rsample(self, samples: int, generator: Generator) -> Tensor:
        """Reparameterised draws z = mu + sigma * eps (KW eq. 4; report eq. 3). Returns (samples, *location.shape)."""
        return self.from_noise(self.noise(samples, generator)[0])

    def from_noise(self, eps: Tensor) -> Tensor:
        """mu + sigma * eps."""
        return self.location + self.scale * eps

    def kl_to_standard(self) -> Tensor:
        """KL(q || N(0, 1)) of each element, in nats: -E log N(Z; 0, 1) - H(q), both in closed form."""
        energy = 0.5 * (self.location.square() + self.variance) + HALF_LOG_2PI
        return energy - self.scale.log() - self.noise_entropy

    def pooled(self) -> Self:
        """One distribution of the family with the mixture's mean and variance; constants are averaged."""
        mean = self.location.mean(0)
        variance = ((self.location - mean).square() + self.variance).mean(0)
        one = self.map(lambda each: each.mean(0))
        return replace(one, location=mean, scale=(variance / one.noise_variance).sqrt())

    def residuals(self, z: Tensor, known: Tensor) -> Tensor:
        """The known u of each column, 0 where unknown, drawn in to LIMIT robust standard deviations. (K, M, J)."""
        u = torch.where(known, (z.nan_to_num() - self.location) / self.scale, 0)
        size = torch.where(known, u.abs(), torch.nan)
        limit = LIMIT / _QUARTILE * size.flatten(0, 1).nanmedian(0).values if len(u) else size.new_zeros(u.shape[-1])
        limit = torch.where(limit > 0, limit, torch.inf)
        return u.clamp(-limit, limit)

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """The maximum likelihood estimate c of a factor on the scale: mean(v s(v)) = 1 with v = u / c.

        By the fixed-point iteration c <- c sqrt(mean(v s(v))), which for the Gaussian ends in one step.
        """
        u = self.residuals(z, known)
        count = known.sum((0, 1))
        factor = torch.ones(u.shape[-1], dtype=u.dtype)
        for _ in range(_REFINEMENTS):
            v = u / factor.clamp(min=torch.finfo(u.dtype).tiny)  # residuals that are all 0 have the factor 0
            mean = torch.where(known, v * self.score(v), 0).sum((0, 1)) / count.clamp(min=1)
            factor = factor * mean.sqrt()
        return torch.where(count > 0, factor, 1.0)

    @property
    def resolution(self) -> Tensor:
        """The narrowest component's scale. (S, N, J) -> (N, J)."""
        return self.scale.amin(0)

    def curve(self, *, rough: bool = False) -> tuple[Curve, float]:
        """The mixture over the first dimension: F, f and f'."""
        del rough

        def at(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            u = (z - self.location) / self.scale
            density = self.log_density(u).exp() / self.scale
            slope = -density * self.score(u) / self.scale
            return self.noise_cdf(u).mean(0), density.mean(0), slope.mean(0)

        return at, 1.0


class LocationScaleFamily(Family):
    """A family whose raw values are the location, the scale before `positive`, and the constants."""

    distribution: ClassVar[type[LocationScale]]
    start: ClassVar[tuple[float, ...]] = (0.0, 0.0)

    def __call__(self, *raw: Tensor) -> LocationScale:
        """The distribution of these raw values."""
        location, spread, *constants = raw
        if spread.shape == location.shape and not constants:
            return self.distribution(location, positive(spread))
        return self.distribution(*torch.broadcast_tensors(location, positive(spread), *map(self.constant, constants)))

    def constant(self, raw: Tensor) -> Tensor:
        """A constant from its raw value."""
        return raw

    def constant_slope(self, raw: Tensor) -> Tensor:
        """The derivative of `constant`."""
        return torch.ones_like(raw)

    def refuse(self, support: Support) -> str | None:
        """Words."""
        return "it holds words, which are categorical" if support.words else None

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """The derivatives of log p(z) by location, raw scale and raw constants, element by element."""
        p = self(*raw)
        u = (z - p.location) / p.scale
        score = p.score(u)
        return [
            score / p.scale,
            (u * score).sub_(1).div_(p.scale).mul_(raw[1].sigmoid()),
            *(
                each * self.constant_slope(constant)
                for each, constant in zip(p.constants_score(u), raw[2:], strict=True)
            ),
        ]

    def weighted_gradient(self, raw: Sequence[Tensor], z: Tensor, weight: Tensor, into: Sequence[Tensor]) -> None:
        """As in `Family`, written out: fewer passes over memory."""
        location, spread, *constants = raw
        p = self.distribution(location, positive(spread), *map(self.constant, constants))  # each as small as it is
        u = (z - location).div_(p.scale)
        share = weight / p.scale
        torch.mul(p.score(u), share, out=into[0])
        by_scale = torch.addcmul(share, into[0], u, value=-1).neg_()
        if spread.shape != by_scale.shape:
            by_scale = by_scale.sum(-1, keepdim=True)
        torch.mul(by_scale, spread.sigmoid(), out=into[1])
        if not constants:
            return
        for each, constant, place in zip(p.constants_score(u), constants, into[2:], strict=True):
            torch.mul((each * weight).sum_to_size(constant.shape), self.constant_slope(constant), out=place)
