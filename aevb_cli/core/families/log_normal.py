"""The log-normal distribution: numbers above 0, whose noise is relative. log z is Gaussian."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from aevb_cli.core.families.base import Support
from aevb_cli.core.families.gaussian import Gaussian
from aevb_cli.core.families.transformed import StandardisedU, Transformed


@dataclass(frozen=True)
class LogNormal(Transformed):
    """log z ~ N(location, scale^2), elementwise."""

    @property
    def mean(self) -> Tensor:
        """exp(mu + sigma^2 / 2)."""
        return (self.location + 0.5 * self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        """(exp(sigma^2) - 1) E(Z)^2."""
        return self.scale.square().expm1() * self.mean.square()

    def backward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """log z, and log of its slope 1 / z."""
        u = torch.where(z > 0, z, 0).log()
        return u, -u

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """exp(u), which is its own slope."""
        z = u.exp()
        return z, z


_BEYOND, _WIDEST = 0.25, 2.0
"""How far beyond the training rows log z may be expected to be, and its widest noise, in standard deviations of all
log z. A draw that knows nothing of a row may say 20 of the latter, and e^(20^2 / 2) would be the mean of a thousand."""


class StandardisedLog(StandardisedU):
    """The Gaussian of a standardised log z."""

    of_z = LogNormal

    def within(self, low: Tensor, high: Tensor) -> Self:
        """With log z at most _BEYOND the training rows', and noise of at most _WIDEST."""
        return type(self)(self.location.clamp(low - _BEYOND, high + _BEYOND), self.scale.clamp(max=_WIDEST))


class LogNormalFamily(Gaussian):
    """Numbers above 0 with relative noise."""

    name = "log-normal"
    unit = "log"
    distribution = StandardisedLog

    def refuse(self, support: Support) -> str | None:
        """Words, and numbers that are not above 0."""
        return super().refuse(support) or ("its values are not all above 0" if support.low <= 0 else None)


FAMILY = LogNormalFamily()
