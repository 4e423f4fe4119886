"""Rows that a VAE draws, and rows that it decodes."""

from torch import Generator, Tensor

from aevb_cli.core.latent import prior
from aevb_cli.core.latent.model import LatentVae


def draw(vae: LatentVae, rows: int, generator: Generator) -> Tensor:
    """New rows x ~ p(x|z), z ~ p(z), in units, words as codes. Returns (rows, D), float64."""
    z = prior.sample(rows, vae.settings.latent, vae.components, generator)
    return draw_at(vae, z, generator)


def draw_at(vae: LatentVae, z: Tensor, generator: Generator) -> Tensor:
    """A row x ~ p(x|z) for each z, in units. z: (..., J). Returns (..., D), float64."""
    return vae.features.restore(vae.decode(z).sample(generator).double())


def decode(vae: LatentVae, z: Tensor) -> Tensor:
    """E(x|z) in units; of words the code of the most probable one. z: (..., J). Returns (..., D), float64."""
    return vae.in_units(vae.decode(z)).mean.double() + vae.lowest
