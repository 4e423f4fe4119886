"""The prior p(w) = N(0, sd^2) of a network's weights: the standard deviation of each; and q(w) at first."""

import math

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.networks.mlp import VariationalMLP
from aevb_cli.model_settings import BnnSettings

FIRST_SPREAD = 0.05
"""The initial standard deviation of a weight, times the square root of its layer's fan-in."""

_UNUSED = 1e-3
"""The factor of an encoding that a member does not use. At 0 the KL would not be finite."""


def encoding_factors(settings: BnnSettings, inputs: Inputs, group: Tensor) -> Tensor:
    """Factors on the prior's sd of the first layer's weights. group: (K,), of each member. Returns (K, 1, width).

    Encodings let a network follow every step of a column. A member whose KL weight is above `encoding_kl` shall prefer
    smooth functions: the factor of its encodings is encoding_kl / KL weight. All other factors are 1, but for
    frequencies that the member's group does not use.
    """
    kl_weight = torch.tensor(settings.kl_weights)[group, None]
    encoded = (settings.encoding_kl / kl_weight).clamp(max=1) if settings.encoding_kl else 1.0
    factors = torch.where(inputs.encodings, encoded, torch.ones_like(kl_weight))
    return (factors * unused_factors(settings, inputs, group)[:, 0])[:, None]


def unused_factors(settings: BnnSettings, inputs: Inputs, group: Tensor) -> Tensor:
    """The factors of frequencies alone: near 0 where a member's group does not use one, else 1. (K, 1, width)."""
    used = torch.tensor(settings.frequencies)[group, None] if settings.frequencies else group[:, None] * 0
    return torch.where(inputs.frequency > used, _UNUSED, 1.0)[:, None]


def prior_sd(settings: BnnSettings, network: VariationalMLP, factors: Tensor) -> Tensor:
    """The standard deviation of each weight, (K, size). factors: of `encoding_factors`, (K, 1, width)."""
    sd = torch.full((len(factors), network.size), settings.prior_scale)
    first, *_ = matrices = network.matrices(sd)
    if settings.prior == "fan-in":
        for matrix in matrices:
            matrix[..., :-1] *= (2 / (matrix.shape[2] - 1)) ** 0.5
    first[..., :-1] *= factors
    return sd


def first_weights(
    settings: BnnSettings, network: VariationalMLP, inputs: Inputs, group: Tensor, seen: Tensor, generator: Generator
) -> tuple[Tensor, Tensor]:
    """The first mu and rho of q(w), (K, size) each; softplus turns rho into the sd.

    seen: (M, width), inputs of some rows; group: (K,), of each member.
    """
    mu = network.initial(len(group), seen, generator)
    network.matrices(mu)[0][..., :-1] *= encoding_factors(settings, inputs, group)
    sd = torch.empty_like(mu)
    first, *_ = matrices = network.matrices(sd)
    for matrix in matrices:
        matrix.fill_(FIRST_SPREAD / math.sqrt(matrix.shape[2] - 1))
    first[..., :-1] *= unused_factors(settings, inputs, group)
    return mu, sd.double().expm1().log().to(mu.dtype)
