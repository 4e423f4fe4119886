"""The prior p(z): N(0, I), or the VampPrior (Tomczak & Welling 2018), a mixture of q(z|u) over pseudo-inputs u."""

import math

import torch
from torch import Generator, Tensor

from aevb_cli.core.device import precise
from aevb_cli.core.families.gaussian import Normal, standard_normal_log_prob
from aevb_cli.core.families.location_scale import HALF_LOG_2PI


def log_prob(z: Tensor, components: Normal | None) -> Tensor:
    """log p(z) in nats. z: (..., J); components: q(z|u) of the C pseudo-inputs, (C, J), None for N(0, I)."""
    if components is None:
        return standard_normal_log_prob(z).sum(-1)
    # Squares multiplied out, as products of matrices: in double precision, for they are differences of large numbers.
    mean, precision = precise(components.location), precise(components.scale).square().reciprocal()
    own, constant = precise(z), 0.5 * (precision.log() - mean.square() * precision).sum(-1)
    each = own @ (mean * precision).mT - 0.5 * own.square() @ precision.mT + constant
    return (each.logsumexp(-1) - math.log(len(mean)) - HALF_LOG_2PI * mean.shape[-1]).to(z.dtype)


def from_noise(eps: Tensor, components: Normal | None) -> Tensor:
    """Draws of z, as many of each component as may be. eps: (S, N, J), standard normal. Returns (S, N, J)."""
    if components is None:
        return eps
    number = torch.arange(len(eps)) % len(components.location)
    return components.location[number, None] + components.scale[number, None] * eps


def sample(count: int, latent: int, components: Normal | None, generator: Generator) -> Tensor:
    """Draws of z, (count, latent). components: as in `log_prob`."""
    eps = torch.randn(count, latent, generator=generator)
    if components is None:
        return eps
    chosen = torch.randint(len(components.location), (count,), generator=generator)
    return components.location[chosen] + components.scale[chosen] * eps
