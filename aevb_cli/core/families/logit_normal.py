"""The logit-normal distribution: shares between 0 and 1. logit z is Gaussian.

Shares of exactly 0 or 1 are as if measured to a thousandth (`shares.squeezed`). What lies beyond them is at them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.families.base import Support
from aevb_cli.core.families.gaussian import Gaussian
from aevb_cli.core.families.transformed import StandardisedU, Transformed
from aevb_cli.core.shares import squeezed, stretched

_NODES = 32
"""Of the Gauss-Hermite quadrature for mean and variance, which have no closed form."""


@dataclass(frozen=True)
class LogitNormal(Transformed):
    """logit z ~ N(location, scale^2), elementwise."""

    @property
    def mean(self) -> Tensor:
        """E(Z), by quadrature."""
        return self._moments_of_z[0]

    @property
    def variance(self) -> Tensor:
        """Var(Z), by quadrature."""
        return self._moments_of_z[1]

    def backward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """logit z, and the log of its slope."""
        inside = squeezed(z.clamp(0, 1))
        u = torch.where(z < 0, -torch.inf, torch.where(z > 1, torch.inf, inside.logit()))
        slope = squeezed(torch.ones_like(z)) - squeezed(torch.zeros_like(z))
        return u, slope.log() - inside.log() - (-inside).log1p()

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """The share, and its slope; beyond the ends the end."""
        inside = u.sigmoid()
        z = stretched(inside)
        slope = inside * (1 - inside) * stretched(torch.ones_like(u)).sub(stretched(torch.zeros_like(u)))
        return z.clamp(0, 1), torch.where((z >= 0) & (z <= 1), slope, 0)

    @cached_property
    def _moments_of_z(self) -> tuple[Tensor, Tensor]:
        nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        mean, square = torch.zeros_like(self.location), torch.zeros_like(self.location)
        for node, weight in zip(nodes.tolist(), (weights / weights.sum()).tolist(), strict=True):
            z = self.forward(self.location + self.scale * node)[0]
            mean, square = mean + weight * z, square + weight * z.square()
        return mean, (square - mean.square()).clamp(min=0)


class StandardisedLogit(StandardisedU):
    """The Gaussian of a standardised logit of z."""

    of_z = LogitNormal


class LogitNormalFamily(Gaussian):
    """Shares from 0 to 1."""

    name = "logit-normal"
    unit = "logit"
    distribution = StandardisedLogit

    def refuse(self, support: Support) -> str | None:
        """Words, and numbers outside [0, 1]."""
        outside = support.low < 0 or support.high > 1
        return super().refuse(support) or ("its values do not lie between 0 and 1" if outside else None)


FAMILY = LogitNormalFamily()
