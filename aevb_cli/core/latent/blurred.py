"""A first model that holds no training row: a learned prior's pseudo-inputs begin at rows, which noise hides."""

from dataclasses import replace

import torch
from torch import Generator

from aevb_cli.core.latent.model import LatentVae

_NOISE = 1.0
"""In standard deviations of a column."""


def blurred(model: LatentVae, generator: Generator) -> LatentVae:
    """The model before training with noise added to its pseudo-inputs, which training moves on from there."""
    flat = model.parameters.clone()
    *_, pseudo = flat.split(model.networks.sizes, 1)
    pseudo += _NOISE * torch.randn(pseudo.shape, generator=generator)
    return replace(model, parameters=flat)
