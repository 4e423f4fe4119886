"""The logistic distribution: like the Gaussian in the middle, with heavier tails."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.location_scale import LocationScale, LocationScaleFamily


@dataclass(frozen=True)
class Logistic(LocationScale):
    """f(u) = exp(-u) / (1 + exp(-u))^2, elementwise."""

    def log_density(self, u: Tensor) -> Tensor:
        """Log-density of the noise."""
        size = u.abs()
        return -size - 2 * torch.log1p((-size).exp())

    def score(self, u: Tensor) -> Tensor:
        """-f'(u) / f(u) = tanh(u / 2)."""
        return (0.5 * u).tanh()

    def noise_cdf(self, u: Tensor) -> Tensor:
        """1 / (1 + exp(-u))."""
        return u.sigmoid()

    def noise(self, samples: int, generator: Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
        """By inversion: log(U / (1 - U))."""
        like = self.location
        uniform = torch.rand((samples, *like.shape), generator=generator, dtype=like.dtype).to(like.device)
        return uniform.clamp(torch.finfo(like.dtype).eps / 4, 1 - torch.finfo(like.dtype).eps / 2).logit(), ()

    @property
    def noise_variance(self) -> float:
        """pi^2 / 3."""
        return math.pi**2 / 3

    @property
    def noise_entropy(self) -> float:
        """2."""
        return 2.0


class LogisticFamily(LocationScaleFamily):
    """Numbers with symmetric noise of somewhat heavier tails than the Gaussian's."""

    name = "logistic"
    distribution = Logistic


FAMILY = LogisticFamily()
