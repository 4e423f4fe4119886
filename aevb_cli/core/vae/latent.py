"""What a picture of a hidden z shows: where the rows lie in its space, and how they are reconstructed from there."""

from dataclasses import dataclass

from torch import Tensor

from aevb_cli.core.vae.model import Vae


@dataclass(frozen=True)
class LatentView:
    """Rows as the model sees them.

    means: (N, J) of q(z|x); reconstruction: (N, D), E(x|z) at these means, in units; numbers: (D,), whether a column
    has a continuous distribution, so that its reconstruction can be compared with it.
    """

    means: Tensor
    reconstruction: Tensor
    numbers: tuple[bool, ...]


def latent_view(vae: Vae, x: Tensor) -> LatentView:
    """The latent means and the reconstruction of rows. x: (N, D) in units, NaN where missing."""
    return LatentView(vae.posterior(x).mean, vae.reconstruct(x), tuple(vae.likelihoods.standardised))
