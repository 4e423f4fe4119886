"""The terms of a VAE's objective, for z observed, or observed in part."""

from collections.abc import Callable

import torch
from torch import Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.columns import JointLocationScale
from aevb_cli.core.families.gaussian import standard_normal_log_prob
from aevb_cli.core.families.location_scale import LocationScale
from aevb_cli.core.training.objective import Elbo

Posterior = LocationScale | JointLocationScale


def terms(batch: Batch, q: Posterior, z: Tensor, decode: Callable[[Tensor], Distribution], alpha: float) -> Elbo:
    """SGVB (KW eq. 7; report eq. 7) and, for rows with an observed z, M2's terms (M2 eq. 6-9 with y replaced by z).

    batch: x (M, D), and z (M, J), NaN where it is not known; q: of its rows, (K, M, J); z: drawn of it, (L, K, M, J);
    alpha: the weight of log q(z|x).
    Where only some of a row's targets are known, the others are drawn from q(z|x), and the divergence counts for
    them alone. Returns (K, M) terms in nats per standardised unit.
    """
    x, observed = batch
    kl = q.kl_to_standard()
    known = ~observed.isnan()
    value = observed.nan_to_num()
    hidden, mixed = _log_likelihood(decode(torch.stack([z, torch.where(known, value, z)])), x)
    labelled = torch.where(
        known,
        standard_normal_log_prob(value) + alpha * q.log_prob(value),
        -kl,
    )
    return Elbo(hidden, kl.sum(-1), torch.where(known.any(-1), mixed + labelled.sum(-1), 0))


def _log_likelihood(p: Distribution, x: Tensor) -> Tensor:
    """1/L sum_l log p(x|z(l)). x: (M, D); p: of z (..., L, K, M, J). Returns (..., K, M)."""
    return columns.log_prob(p, x).sum(-1).mean(-3)
