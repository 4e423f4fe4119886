"""Which cell of a row is least expected, given the others: columns of all families on one scale.

Densities and probabilities do not compare, nor do densities of columns with other units. Probabilities of a value as
far out, or as rare, do: of a new row they are uniform, or larger.
"""

import math

import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.of_classes import ClassDistribution
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.likelihoods import log_prob

_AT_ONCE = 1 << 22
"""Outputs of the decoder, of all draws and rows, that are held at once."""

_SMALLEST = 1e-30
"""Probabilities below it cannot be told apart; the distance in standard deviations goes on where they end."""


def worst(vae: LatentVae, x: Tensor, eps: Tensor) -> Tensor:
    """The column of each row's least expected cell, -1 in a row without any.

    x: (N, D) in units, NaN where missing; eps: (S, 1, J), standard normal. Returns (N,).
    """
    most = max(1, _AT_ONCE // (len(eps) * vae.likelihoods.width))
    return torch.cat([least_expected(_of_rows(vae, rows, eps)) for rows in x.split(most)])


def _of_rows(vae: LatentVae, x: Tensor, eps: Tensor) -> Tensor:
    own = vae.binarised(vae.own(x))
    q = vae.encode(own)
    z = q.from_noise(eps)
    p = vae.decode(z)
    return surprise(own, log_prob(p, own).sum(-1) + vae.log_prior(z) - q.log_prob(z).sum(-1), p)


def surprise(x: Tensor, log_weights: Tensor, p: Distribution) -> Tensor:
    """How unexpected each present cell is beside the others of its row: -log of a tail probability, in nats.

    Of a number or count x_d it is twice the smaller one of P(X_d <= x_d) and P(X_d >= x_d), of a class the probability
    of all classes that are at most as probable, under the leave-one-out predictive distribution p(x_d|x_-d). That is
    p(x_d|z) averaged over p(z|x_-d), which is proportional to p(z|x) / p(x_d|z) (Gelfand, Dey & Chang 1992; the mean of
    its density is the harmonic mean 1 / E(1 / p(x_d|z))).

    x: (N, D), in the units of p, words as codes, NaN where missing; log_weights: log p(x, z) - log q(z|x) at draws of z
    from q, (S, N); p: of x given these draws, (S, N, D). Returns (N, D), 0 at least, NaN where a cell is missing.
    """
    values = x.nan_to_num()
    weights = (log_weights[..., None] - log_prob(p, x)).double().softmax(0)
    found = torch.empty(x.shape, dtype=torch.float64)
    for part, columns in p.parts_by_column():
        given = values[:, columns], weights[..., columns]
        if isinstance(part, ClassDistribution):
            found[:, columns] = _of_classes(part, *given)
        else:
            found[:, columns] = _of_numbers(part, *given)
    return torch.where(x.isnan(), torch.nan, found)


def least_expected(surprise: Tensor) -> Tensor:
    """The column of each row's least expected cell, -1 in a row without any. surprise: (N, D). Returns (N,)."""
    known = ~surprise.isnan()
    return torch.where(known.any(1), torch.where(known, surprise, -1.0).argmax(1), -1)


def _of_numbers(p: Distribution, x: Tensor, weights: Tensor) -> Tensor:
    """x: (N, D); p, weights: (S, N, D)."""
    low = p.cdf(x)
    high = p.survival(x) + (low - p.below(x))  # of counts P(X >= x), which counts x itself on either side
    tail = 2 * torch.minimum((weights * low).sum(0), (weights * high).sum(0)).clamp(max=0.5)
    mean = (weights * p.mean).sum(0)
    sd = (weights * (p.variance + (p.mean - mean).square())).sum(0).sqrt()
    beyond = ((x - mean).abs() / sd).log1p() - math.log(_SMALLEST)
    return torch.where(tail > _SMALLEST, -tail.clamp(min=_SMALLEST).log(), beyond)


def _of_classes(p: ClassDistribution, x: Tensor, weights: Tensor) -> Tensor:
    """x: codes, (N, D), or grey values between 0 and 1; p, weights: (S, N, D)."""
    each = (weights[..., None] * p.probabilities).sum(0)
    own = each.gather(-1, x.round().long()[..., None])
    return -torch.where(each <= own * (1 + 1e-9), each, 0).sum(-1).clamp(_SMALLEST, 1).log()
