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
    own, p = precise(z), components.map(precise)
    return (_log_densities(own, p).logsumexp(-1) - math.log(len(p.scale)) - HALF_LOG_2PI * z.shape[-1]).to(z.dtype)


def gradient(z: Tensor, components: Normal | None, weight: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient of sum(weight log p(z)) by z, and by the components' locations and scales beside each other.

    z: (N, J); components: (C, J) or None; weight: (N,). Returns (N, J), and (C, 2 J) or (0, 2 J).
    """
    if components is None:
        return z * -weight[:, None], z.new_zeros(0, 2 * z.shape[1])
    own, p = precise(z), components.map(precise)
    share = _log_densities(own, p).softmax(-1) * precise(weight)[:, None]
    precision = p.scale.square().reciprocal()
    by_z = share @ (p.location * precision) - own * (share @ precision)
    total, once, twice = share.sum(0)[:, None], share.mT @ own, share.mT @ own.square()
    by_location = (once - total * p.location) * precision
    squares = twice - 2 * p.location * once + total * p.location.square()
    by_scale = (squares * precision - total) / p.scale
    return by_z.to(z.dtype), torch.cat([by_location, by_scale], 1).to(z.dtype)


def _log_densities(z: Tensor, p: Normal) -> Tensor:
    """The components' log-densities, (..., C), but for a constant.

    Squares multiplied out, as products of matrices: in double precision, for they are differences of large numbers.
    """
    precision = p.scale.square().reciprocal()
    constant = 0.5 * (precision.log() - p.location.square() * precision).sum(-1)
    return z @ (p.location * precision).mT - 0.5 * z.square() @ precision.mT + constant


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
