"""log p(x) of rows by importance sampling from q(z|x), in bounded memory."""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.evidence import Evidence, averaged, importance_log_px
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.latent.proposal import drawn

_AT_ONCE = 1 << 22
"""Cells of p(x|z), of all draws and rows, that are held at once."""

_ROWS = 384


def evidence(vae: LatentVae, x: Tensor, samples: int, generator: Generator) -> Evidence:
    """The ELBO and log p(x), means over rows. x: (N, D) in units, NaN where missing; samples: draws of z per row."""

    def parts() -> Iterator[tuple[Tensor, Tensor]]:
        for rows in x.split(_ROWS):
            eps = torch.randn(samples, len(rows), vae.settings.latent, generator=generator)
            weights = log_weights(vae, rows, eps)
            yield weights, weights_of_px(vae, rows, eps, weights)

    return averaged(parts())


def log_px(vae: LatentVae, x: Tensor, eps: Tensor) -> Tensor:
    """log p(x) of each row, in nats, a density per unit of x. x: (N, D) in units; eps: (S, 1, J), standard normal.

    Returns (N,).
    """
    own = vae.binarised(vae.own(x))
    if own.isnan().any(1).all():  # q's weights, half of the work, would count for no row
        return importance_log_px(_proposed(vae, own, eps) + vae.log_slopes(x))[0]
    return importance_log_px(weights_of_px(vae, x, eps, log_weights(vae, x, eps)))[0]


def weights_of_px(vae: LatentVae, x: Tensor, eps: Tensor, weights: Tensor) -> Tensor:
    """The weights whose log-mean-exp estimates log p(x): where a row lacks cells, of draws from `proposal.drawn`.

    x, eps: as in `log_weights`; weights: what it returned, (S, N). Returns (S, N).
    """
    own = vae.binarised(vae.own(x))
    gaps = own.isnan().any(1)
    if not gaps.any():
        return weights
    return torch.where(gaps, _proposed(vae, own, eps) + vae.log_slopes(x), weights)


def _proposed(vae: LatentVae, own: Tensor, eps: Tensor) -> Tensor:
    """log p(x, z) less the log density of draws from `proposal.drawn`, in the families' units. Returns (S, N)."""
    z, log_density = drawn(vae, own, eps)
    parts = zip(*(each.split(_at_once(own)) for each in (z, log_density)), strict=True)
    return torch.cat([joint(vae, own, draws) - density for draws, density in parts]).double()


def log_weights(vae: LatentVae, x: Tensor, eps: Tensor) -> Tensor:
    """log p(x, z) - log q(z|x) at draws from q: their mean estimates the ELBO, their log-mean-exp log p(x).

    x: (N, D) in units, NaN where missing, which is marginalised; eps: (S, N or 1, J), standard normal. Returns (S, N),
    in nats per row, densities per unit of x.
    """
    own = vae.binarised(vae.own(x))
    q = vae.encode(own)
    parts = (q.from_noise(part) for part in eps.split(_at_once(own)))
    weights = [joint(vae, own, z) - q.log_prob(z).sum(-1) for z in parts]
    return torch.cat(weights).double() + vae.log_slopes(x)


def _at_once(own: Tensor) -> int:
    """How many draws of all rows are held at once."""
    return max(1, _AT_ONCE // max(1, own.numel()))


def joint(vae: LatentVae, own: Tensor, z: Tensor) -> Tensor:
    """log p(x, z) in the families' units. own: (N, D); z: (S, N, J). Returns (S, N)."""
    return columns.log_prob(vae.decode(z), own).sum(-1) + vae.log_prior(z)
