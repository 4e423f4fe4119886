"""What rows that a member has not seen say of its predictions: the factor that its noise is off by."""

import math

import torch
from torch import Tensor

from aevb_cli.core.distributions import Normal

_RANGE = (-2.5, 2.5)
_GOLDEN = (math.sqrt(5) - 1) / 2


def noise_factor(mixture: Normal, z: Tensor) -> Tensor:
    """The factor on the noise's scale that makes left-out rows likeliest under the mixture, for each target.

    mixture: loc, scale (S, M, J); z: (M, J), NaN where unknown. Returns (J,). Golden-section search on its logarithm.
    """
    known = ~z.isnan()
    value = z.nan_to_num()

    def likelihood(log_factor: Tensor) -> Tensor:
        density = Normal(mixture.loc, mixture.scale * log_factor.exp()).log_prob(value).logsumexp(0)
        return torch.where(known, density, 0).sum(0)

    low, high = (torch.full(z.shape[1:], end, dtype=z.dtype) for end in _RANGE)
    for _ in range(30):
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        rising = likelihood(left) < likelihood(right)
        low, high = torch.where(rising, left, low), torch.where(rising, high, right)
    return torch.where(known.any(0), ((low + high) / 2).exp(), 1.0)


def judge(left_out: Tensor) -> tuple[Tensor, Tensor]:
    """Rows that a member has not seen, and the first such member of each. left_out: (K, N). Returns two (M,)."""
    rows = left_out.any(0).nonzero()[:, 0]
    return rows, left_out[:, rows].float().argmax(0)
