"""The Laplace distribution: a peak at the location, and tails that fall off exponentially."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.location_scale import LocationScale, LocationScaleFamily


@dataclass(frozen=True)
class Laplace(LocationScale):
    """f(u) = exp(-|u|) / 2, elementwise."""

    def log_density(self, u: Tensor) -> Tensor:
        """Log-density of the noise."""
        return -u.abs() - math.log(2)

    def score(self, u: Tensor) -> Tensor:
        """-f'(u) / f(u): the sign of u."""
        return u.sign()

    def noise_cdf(self, u: Tensor) -> Tensor:
        """exp(u) / 2 below 0, and 1 - exp(-u) / 2 above."""
        tail = 0.5 * (-u.abs()).exp()
        return torch.where(u < 0, tail, 1 - tail)

    def noise(self, samples: int, generator: Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Exponential draws with random signs."""
        like = self.location
        size = torch.empty((samples, *like.shape), dtype=like.dtype).exponential_(generator=generator)
        sign = (torch.rand(size.shape, generator=generator, dtype=like.dtype) - 0.5).sign()
        return (size * sign).to(like.device), ()

    @property
    def noise_variance(self) -> float:
        """2."""
        return 2.0

    @property
    def noise_entropy(self) -> float:
        """1 + log 2."""
        return 1 + math.log(2)


class LaplaceFamily(LocationScaleFamily):
    """Numbers with symmetric noise, most of it small."""

    name = "laplace"
    distribution = Laplace


FAMILY = LaplaceFamily()
