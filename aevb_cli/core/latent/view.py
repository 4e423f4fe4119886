"""What a picture of a hidden z shows: the rows' latent means, and their reconstructions from these."""

from dataclasses import dataclass

from torch import Tensor

from aevb_cli.core.latent import sampling
from aevb_cli.core.latent.model import LatentVae


@dataclass(frozen=True)
class LatentView:
    """Latent means and reconstructions of rows.

    means: (N, J) of q(z|x); reconstruction: (N, D), E(x|z) at these means, in units; numbers: (D,), whether a column
    has a continuous distribution, so that it can be plotted against its reconstruction.
    """

    means: Tensor
    reconstruction: Tensor
    numbers: tuple[bool, ...]


def latent_view(vae: LatentVae, x: Tensor) -> LatentView:
    """The latent means and the reconstruction of rows. x: (N, D) in units, NaN where missing."""
    mean = vae.posterior(x).mean
    return LatentView(mean, sampling.decode(vae, mean.float()), tuple(vae.likelihoods.standardised))
