"""The maximum likelihood estimate of a factor on the noise, where it has no closed form."""

import math

import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution

_WIDEST, _POINTS, _ROUNDS = math.log(30.0), 9, 5
"""Factors from 1/30 to 30 are tried: the best of nine, and again between its neighbours, in the end to 0.3 %."""

_FLOOR = 12.5
"""In nats below the median row, and not less, each row counts: a Gaussian's at five standard deviations."""


def likeliest_factor(p: Distribution, z: Tensor, known: Tensor) -> Tensor:
    """The factor for each column, (J,); 1 where nothing is known. z: (M, J); known: (K, M, J) of bool, as p.

    As one row must not widen the intervals of all, none counts as less likely than it would be at _FLOOR.
    """
    centre = torch.zeros(known.shape[-1], dtype=p.location.dtype)
    step = 2 * _WIDEST / (_POINTS - 1)
    for _ in range(_ROUNDS):
        tried = centre + step * (torch.arange(_POINTS) - _POINTS // 2)[:, None]
        centre = tried.gather(0, torch.stack([_score(p, z, known, each.exp()) for each in tried]).argmax(0)[None])[0]
        step *= 2 / (_POINTS - 1)
    return torch.where(known.any(0).any(0), centre.exp(), 1.0)


def _score(p: Distribution, z: Tensor, known: Tensor, factor: Tensor) -> Tensor:
    """The sum of the known cells' log-likelihoods, (J,)."""
    found = torch.where(known, p.at(p.location, factor).log_prob(z.nan_to_num(1.0)), torch.nan).flatten(0, 1)
    if not len(found):
        return found.sum(0)
    return found.maximum(found.nanmedian(0).values - _FLOOR).nansum(0)
