"""What distributions of classes share. A value is the code of its class: 0, 1, 2 and so on."""

from abc import abstractmethod
from typing import ClassVar, Self

import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution, Kind


class ClassDistribution(Distribution):
    """A distribution of classes, whose values are codes: they have no unit, no quantiles and no CRPS."""

    kind: ClassVar[Kind] = "class"

    @property
    @abstractmethod
    def probabilities(self) -> Tensor:
        """P(Z = k) of each class, (..., D, classes)."""

    def affine(self, shift: Tensor, scale: Tensor) -> Self:
        """In double precision."""
        del shift, scale
        return self.map(Tensor.double)

    def quantile(self, probability: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """NaN."""
        del probability, sd
        return torch.full_like(mean, torch.nan)

    def crps(self, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """NaN."""
        del z, sd
        return torch.full_like(mean, torch.nan)
