"""The prior p(z): N(0, I), or the VampPrior (Tomczak & Welling 2018), a mixture of q(z|u) over pseudo-inputs u."""

import math

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.gaussian import Normal, standard_normal_log_prob


def log_prob(z: Tensor, components: Normal | None) -> Tensor:
    """log p(z) in nats. z: (..., J); components: q(z|u) of the C pseudo-inputs, (C, J), None for N(0, I)."""
    if components is None:
        return standard_normal_log_prob(z).sum(-1)
    each = components.log_prob(z[..., None, :]).sum(-1)
    return each.logsumexp(-1) - math.log(each.shape[-1])


def from_noise(eps: Tensor, components: Normal | None) -> Tensor:
    """Draws of z, as many of each component as may be. eps: (S, J), standard normal. Returns (S, J)."""
    if components is None:
        return eps
    number = torch.arange(len(eps)) % len(components.location)
    return components.location[number] + components.scale[number] * eps


def sample(count: int, latent: int, components: Normal | None, generator: Generator) -> Tensor:
    """Draws of z, (count, latent). components: as in `log_prob`."""
    eps = torch.randn(count, latent, generator=generator)
    if components is None:
        return eps
    chosen = torch.randint(len(components.location), (count,), generator=generator)
    return components.location[chosen] + components.scale[chosen] * eps
