"""Draws of z for a row whose cells are not all there: most from q(z|present cells), the rest from the prior.

Where few cells are present q(z|x) may be narrower than what they leave open, and draws of it alone would miss what is
beyond. Weighted by the density of both together (Hesterberg 1995; Veach & Guibas 1995) no draw counts too much.
"""

import math

import torch
from torch import Tensor

from aevb_cli.core.latent import prior
from aevb_cli.core.latent.model import LatentVae

_OF_PRIOR = 0.2
"""The share of draws that come from the prior."""


def drawn(vae: LatentVae, own: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    """Draws of z, (S, N, J), and the log density that they were drawn with, (S, N).

    own: (N, D) in the families' units, NaN where missing; eps: (S, N or 1, J), standard normal, two at
    least; with 1 all rows have the same random numbers.
    """
    q, count = vae.encode(own), max(1, int(_OF_PRIOR * len(eps)))
    of_prior = prior.from_noise(eps[:count], vae.components)
    z = torch.cat([of_prior.expand(-1, len(own), -1), q.from_noise(eps[count:])])
    shares = [math.log(part / len(eps)) for part in (count, len(eps) - count)]
    return z, torch.logaddexp(vae.log_prior(z) + shares[0], q.log_prob(z).sum(-1) + shares[1])
