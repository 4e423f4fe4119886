"""The Gaussian as the models need it: densities, reparameterised draws, divergence, quantiles."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class Normal:
    """N(loc, diag scale^2), elementwise. loc, scale: any shapes that broadcast."""

    loc: Tensor
    scale: Tensor

    def log_prob(self, value: Tensor) -> Tensor:
        """Log-density of each element, in nats. value: broadcasts with loc; summing over events is the caller's."""
        eps = (value - self.loc) / self.scale
        return -0.5 * eps.square() - self.scale.log() - LOG_SQRT_2PI

    def rsample(self, samples: int, generator: Generator) -> Tensor:
        """Reparameterised draws z = mu + sigma * eps (KW eq. 4; report eq. 3). Returns (samples, *loc.shape)."""
        eps = torch.randn((samples, *self.loc.shape), generator=generator, dtype=self.loc.dtype)
        return self.loc + self.scale * eps

    def kl_to_standard(self) -> Tensor:
        """KL(N(loc, scale^2) || N(0, 1)) of each element, in nats (KW appendix B)."""
        return 0.5 * (self.loc.square() + self.scale.square() - 1) - self.scale.log()

    def cdf(self, value: Tensor) -> Tensor:
        """P(Z <= value) of each element."""
        # 0.5 erfc(-eps / sqrt 2), which is accurate in both tails and several times faster than torch.special.ndtr.
        return torch.erfc((self.loc - value) / (self.scale * math.sqrt(2))).mul_(0.5)

    def quantile(self, probability: float) -> Tensor:
        """The value below which `probability` of the mass lies, for each element."""
        eps = torch.special.ndtri(torch.tensor(probability, dtype=torch.float64))
        return self.loc + self.scale * eps.to(self.loc.dtype)


def standard_normal_log_prob(value: Tensor) -> Tensor:
    """log N(value; 0, 1) of each element, in nats: the prior p(z) (KW section 3)."""
    return -0.5 * value.square() - LOG_SQRT_2PI


SMALLEST_SCALE = 1e-3
"""In standard deviations of the column: below it a density could grow without bound on repeated values."""


def positive(raw: Tensor) -> Tensor:
    """A scale from a network's output: softplus grows no faster than its input, where exp overflows off the data."""
    return torch.nn.functional.softplus(raw) + SMALLEST_SCALE
