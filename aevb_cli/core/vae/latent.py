"""What a picture of a hidden z shows: the rows' latent means, and their reconstructions from these."""

from dataclasses import dataclass

from torch import Tensor

from aevb_cli.core.vae.model import Vae


@dataclass(frozen=True)
class LatentView:
    """Latent means and reconstructions of rows.

    means: (N, J) of q(z|x); reconstruction: (N, D), E(x|z) at these means, in units; numbers: (D,), whether a column
    has a continuous distribution, so that it can be plotted against its reconstruction.
    """

    means: Tensor
    reconstruction: Tensor
    numbers: tuple[bool, ...]


def latent_view(vae: Vae, x: Tensor) -> LatentView:
    """The latent means and the reconstruction of rows. x: (N, D) in units, NaN where missing."""
    return LatentView(vae.posterior(x).mean, vae.reconstruct(x), tuple(vae.likelihoods.standardised))
