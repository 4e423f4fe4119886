"""VAEs that *are* a linear-Gaussian factor model x = mean + W z + noise, in double precision, with q at will.

The truth comes from linear algebra on the covariance W W^T + Psi and from scipy; nothing is trained.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import stats
from torch import Generator, Tensor

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.base import SMALLEST_SCALE
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.networks.mlp import SLOPE
from aevb_cli.core.vae.model import Vae
from aevb_cli.model_settings import LatentSettings, VaeSettings

Array = npt.NDArray[np.float64]
Map = tuple[Array, Array]
"""The matrix and the offset of a linear map."""


class DoubleScaling(Scaling):
    """Standardisation that stays in double precision, so that identities hold to its last digits."""

    def standardise(self, values: Tensor) -> Tensor:
        return (self.transformed(values.double()) - self.loc) / self.scale


@dataclass(frozen=True)
class FactorModel:
    """mean (D,), loadings (D, J), noise_sd (D,), in units. W^T Psi^-1 W must be diagonal for q to be exact."""

    mean: Array
    loadings: Array
    noise_sd: Array

    @property
    def covariance(self) -> Array:
        return np.asarray(self.loadings @ self.loadings.T + np.diag(self.noise_sd**2))

    def of(self, columns: list[int]) -> "FactorModel":
        """The model of some columns alone."""
        return FactorModel(self.mean[columns], self.loadings[columns], self.noise_sd[columns])

    def draw(self, rows: int, seed: int) -> Tensor:
        bits = np.random.default_rng(seed)
        return torch.tensor(bits.multivariate_normal(self.mean, self.covariance, rows).reshape(rows, -1))

    def log_px(self, x: Tensor) -> Tensor:
        return torch.tensor(stats.multivariate_normal(self.mean, self.covariance).logpdf(x.numpy()).reshape(-1))

    def posterior(self, x: Tensor) -> tuple[Array, Array]:
        """Mean (N, J) and covariance (J, J) of p(z|x): the conditional of a joint Gaussian."""
        gain = self.loadings.T @ np.linalg.inv(self.covariance)
        return (x.numpy() - self.mean) @ gain.T, np.eye(self.loadings.shape[1]) - gain @ self.loadings

    def vae(self, shift: float = 0.0, stretch: float = 1.0, **options: Any) -> Vae:
        """The model of a z of columns with q(z|x) the posterior, its mean moved by `shift` and its sigma multiplied by
        `stretch`."""
        columns, latent = self.loadings.shape
        settings = VaeSettings((2 * columns,) * 2, 0.0, (2 * latent,), **options)
        vae = Vae.initial(settings, self.draw(4, 0), torch.randn(4, latent), 1, Generator())
        standard = DoubleScaling(torch.zeros(latent).double(), torch.ones(latent).double())
        vae = replace(
            vae,
            inputs=replace(vae.inputs, low=(), high=()),
            features=self.scaling,
            targets=standard,
            parameters=torch.zeros(vae.parameters.shape, dtype=torch.float64),
        )
        mu, spread, decoder, *_ = vae.split(vae.parameters)
        location, scale, likelihood = self._maps(shift, stretch)
        _linear(vae.encoder.matrices(mu), *location)
        _linear(vae.encoder.matrices(spread), *scale)
        _linear(vae.decoder.matrices(decoder), *likelihood)
        return vae

    def latent(self, shift: float = 0.0, stretch: float = 1.0, **options: Any) -> LatentVae:
        """As `vae`, of a z that is hidden. Its networks have no hidden layer, so that they are linear as they are."""
        latent = self.loadings.shape[1]
        settings = LatentSettings(latent, (), (), **{"hide": 0.0, "linear": False, **options})
        vae = LatentVae.initial(settings, self.draw(4, 0), None, 1, Generator())
        plain = replace(vae.inputs, masked=(False,) * len(self.mean), low=(), high=(), stand_ins=())
        unlimited = replace(vae.entry, classes=torch.ones(len(self.mean), dtype=torch.bool))
        vae = replace(vae, inputs=plain, entry=unlimited, features=self.scaling)
        vae = replace(vae, log_jacobian=float(self.scaling.log_jacobian))
        vae = replace(vae, parameters=torch.zeros(1, sum(vae.networks.sizes), dtype=torch.float64))
        location, scale, likelihood = self._maps(shift, stretch)
        _filled(vae.parts.encoder[0], *map(np.concatenate, zip(location, scale, strict=True)))
        _filled(vae.parts.decoder[0], *likelihood)
        return vae

    @property
    def scaling(self) -> DoubleScaling:
        """Neither the model's mean nor its standard deviation: the change of units must be seen."""
        return DoubleScaling(torch.tensor(self.mean + 0.3), torch.linspace(0.4, 3.0, len(self.mean)).double())

    def _maps(self, shift: float, stretch: float) -> tuple[Map, Map, Map]:
        """From x in standardised units to mu and the raw sigma, and from z to what the Gaussian columns need of it."""
        (columns, latent), loc, s = self.loadings.shape, self.scaling.loc.numpy(), self.scaling.scale.numpy()
        gain = self.loadings.T @ np.linalg.inv(self.covariance)
        sigma = stretch * np.sqrt(np.diag(np.eye(latent) - gain @ self.loadings))
        weight = np.concatenate([self.loadings / s[:, None], np.zeros((columns, latent))])
        return (
            (gain * s, shift + gain @ (loc - self.mean)),
            (np.zeros((latent, columns)), _raw(sigma)),
            (weight, np.concatenate([(self.mean - loc) / s, _raw(self.noise_sd / s)])),
        )


def _raw(scale: Array) -> Array:
    """What softplus(.) + SMALLEST_SCALE turns into the scale."""
    return np.log(np.expm1(scale - SMALLEST_SCALE))


def _linear(layers: list[Tensor], matrix: Array, offset: Array) -> None:
    """Make a LeakyReLU network the map matrix @ x + offset: h(a) - h(-a) = (1 + slope) a for each pair of units."""
    eye = torch.eye(matrix.shape[1], dtype=torch.float64)
    pairs, joined = torch.cat([eye, -eye], 1), torch.cat([eye, -eye]) / (1 + SLOPE)
    for number, (layer,) in enumerate(layers):
        last = number == len(layers) - 1
        layer[:, :-1] = ((joined if number else eye) @ (torch.tensor(matrix.T) if last else pairs)).T
        if last:
            layer[:, -1] = torch.tensor(offset)


def _filled(layer: tuple[Tensor, Tensor], matrix: Array, offset: Array) -> None:
    for part, values in zip(layer, (matrix, offset), strict=True):
        part.copy_(torch.tensor(values))


# Orthogonal loadings in units of the noise: the posterior is then a product, which a mean-field q can equal.
TWO_FACTORS = FactorModel(
    mean=np.array([1.0, -2.0, 0.5]),
    loadings=np.array([[0.5, 1.0], [1.0, -1.0], [0.7, -0.7]]),
    noise_sd=np.array([0.5, 1.0, 0.7]),
)
ONE_COLUMN = FactorModel(mean=np.array([5.0]), loadings=np.array([[2.0]]), noise_sd=np.array([1.5]))
