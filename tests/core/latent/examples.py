"""A small VAE with a hidden z and columns of several families, and its log p(x, z) / q(z|x) in plain torch."""

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Generator, Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.base import SMALLEST_SCALE
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.model_settings import LatentSettings
from aevb_cli.settings import ColumnFamilies, Likelihood
from tests.core.factor_model import DoubleScaling
from tests.core.vae.examples import Reference

FEATURES: dict[int, Likelihood] = {1: "student-t", 2: "laplace", 3: "log-normal", 4: "negative-binomial"}
WORDS = (0, 0, 0, 0, 0, 0, 3)
ROWS = 9


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def table(rows: int = ROWS) -> Tensor:
    """Numbers of five families, 0 and 1, and words; some cells are missing."""
    x = torch.randn(rows, len(WORDS), generator=bits(1), dtype=torch.float64) * 2 + 1
    x[:, 3] = (x[:, 3] / 3).exp()
    x[:, 4] = x[:, 4].abs().round()
    x[:, 5], x[:, 6] = torch.arange(rows) % 2, torch.arange(rows) % 3
    for row, column in ((0, 0), (1, 4), (2, 0), (2, 3), (3, 1), (5, 5), (6, 6), (7, 2)):
        x[row, column] = math.nan
    return x


def several(**options: Any) -> tuple[LatentVae, Tensor]:
    """A model in double precision with weights at random, and rows in units."""
    x = table()
    settings = LatentSettings(
        **{"latent": 2, "hidden": (6, 5), "decoder_hidden": (4,), "hide": 0.0, "linear": False, **options}
    )
    vae = LatentVae.initial(settings, x, None, 1, bits(3), WORDS, ColumnFamilies(FEATURES, {}))
    vae.parameters[:] += 0.1 * torch.randn(vae.parameters.shape, generator=bits(4))
    units = vae.features
    exact = DoubleScaling(units.loc, units.scale, units.units, units.stretch)
    return replace(vae, features=exact, parameters=vae.parameters.double()), x


def single(vae: LatentVae) -> LatentVae:
    """The model in single precision, as it is used."""
    units = vae.features
    rounded = Scaling(units.loc, units.scale, units.units, units.stretch)
    return replace(vae, features=rounded, parameters=vae.parameters.float())


def network(vae: LatentVae, prefix: str, rows: Tensor) -> Tensor:
    """A plain multilayer perceptron on the weights as the model file names them. rows: (..., in)."""
    named, layer = vae.named(), 0
    while f"{prefix}.{layer}.weight" in named:
        rows = torch.nn.functional.gelu(rows) if layer else rows
        rows = rows @ named[f"{prefix}.{layer}.weight"][0] + named[f"{prefix}.{layer}.bias"][0, 0]
        layer += 1
    return rows


def posterior(vae: LatentVae, seen: Tensor) -> Any:
    mu, raw = network(vae, "encoder", seen).chunk(2, -1)
    return Reference(mu, torch.log1p(raw.exp()) + SMALLEST_SCALE)


def log_weights(vae: LatentVae, own: Tensor, seen: Tensor, eps: Tensor, *, stopped: bool = False) -> Tensor:
    """(K, M). own: (M, D) in the families' units; seen: the encoder's inputs; eps: (K, M, J).

    stopped: whether q's parameters count through z alone.
    """
    q = posterior(vae, seen)
    z = q.loc + q.scale * eps
    if stopped:
        q = Reference(q.loc.detach(), q.scale.detach())
    constants = vae.parts.constants
    log_likelihood = columns.log_prob(vae.likelihoods(network(vae, "decoder", z), constants), own).sum(-1)
    if "pseudo_inputs" not in vae.named():
        log_prior = Reference(0.0, 1.0).log_prob(z).sum(-1)
    else:
        parts = posterior(vae, vae.named()["pseudo_inputs"][0])
        log_prior = parts.log_prob(z[..., None, :]).sum(-1).exp().mean(-1).log()
    found: Tensor = log_likelihood + log_prior - q.log_prob(z).sum(-1)
    return found
