"""A small VAE with two targets, and its objective of a row in plain torch."""

import math
from typing import Any

import torch
from torch import Generator, Tensor
from torch.distributions import kl_divergence

from aevb_cli.core.families.base import SMALLEST_SCALE
from aevb_cli.core.networks.mlp import SLOPE
from aevb_cli.core.vae.model import Vae
from aevb_cli.model_settings import VaeSettings

Reference: Any = torch.distributions.Normal  # untyped there
# Doubles: some hundred operations on numbers up to 1e3 (squared residuals) leave 1e-16 * 1e2 * 1e3 = 1e-11 at most.
ROUNDING = 1e-10


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def noise(samples: int, rows: int, latent: int, seed: int) -> Tensor:
    return torch.randn(samples, rows, latent, generator=bits(seed), dtype=torch.float64)


def labelled() -> tuple[Vae, Tensor, Tensor]:
    """Two members, three features, two targets, and rows of all four sorts."""
    x = torch.randn(8, 3, generator=bits(1)).double() * 2 + 1
    z = torch.randn(8, 2, generator=bits(2)).double() * 5 - 3
    z[2:4] = z[4:6, 0] = z[6, 1] = math.nan
    vae = Vae.initial(VaeSettings((5, 4), 0.0, (6,), samples=3, alpha=7.0), x, z, 2, bits(3))
    vae.parameters.normal_(0, 0.7, generator=bits(4))
    return vae, x, z


def network(vae: Vae, prefix: str, member: int, row: Tensor) -> Tensor:
    """A plain multilayer perceptron on the weights as the model file names them."""
    named, layer = vae.named(), 0
    while f"{prefix}.{layer}.weight" in named:
        row = torch.nn.functional.leaky_relu(row, SLOPE) if layer else row
        row = row @ named[f"{prefix}.{layer}.weight"][member] + named[f"{prefix}.{layer}.bias"][member, 0]
        layer += 1
    return row


def scale(raw: Tensor) -> Tensor:
    return torch.log1p(raw.exp()) + SMALLEST_SCALE


def decoded(vae: Vae, member: int, z: Tensor, x: Tensor) -> Tensor:
    loc, raw = network(vae, "decoder", member, z).chunk(2)
    density: Tensor = Reference(loc, scale(raw)).log_prob(x)
    return density.sum()


def objective(vae: Vae, member: int, x: Tensor, z: Tensor, eps: Tensor) -> Tensor:
    """One row by M2 eq. 6-9 as model.md writes them. x: (D,); z: (J,); eps: (L, J)."""
    q = Reference(network(vae, "mu", member, x), scale(network(vae, "sigma", member, x)))
    prior = Reference(torch.zeros(2), torch.ones(2))
    draws = q.loc + q.scale * eps
    divergence = kl_divergence(q, prior)
    total = torch.stack([decoded(vae, member, draw, x) for draw in draws]).mean() - divergence.sum()
    if z.isnan().all():
        return total
    filled = [torch.stack([d if v.isnan() else v for d, v in zip(draw, z, strict=True)]) for draw in draws]
    total = total + torch.stack([decoded(vae, member, each, x) for each in filled]).mean()
    for column, value in enumerate(z):
        if value.isnan():
            total = total - divergence[column]
        else:
            one = Reference(q.loc[column], q.scale[column])
            total = total + Reference(0.0, 1.0).log_prob(value) + vae.settings.alpha * one.log_prob(value)
    return total
