"""What distributions of counts share: whole numbers from 0 on, with a probability each."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution, Family, Kind, Support

_LEAST_SPREAD, _LEAST_EXCESS = 1e-6, 0.05
"""Of log counts; and of the variance over the mean, in means, where training starts."""


SMALL = 64
"""Counts below are summed up exactly."""


@dataclass(frozen=True)
class Counts(Distribution):
    """location: the log mean."""

    kind: ClassVar[Kind] = "count"

    @property
    def mean(self) -> Tensor:
        """exp(location)."""
        return self.location.exp()

    @abstractmethod
    def cdf_of(self, count: Tensor) -> Tensor:
        """P(Z <= count) in double precision. count: whole, from 0 on."""

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""
        count = z.double().floor()
        found = self.cdf_of(count.clamp(min=0))
        return torch.where(count < 0, 0, found).to(self.location.dtype)

    def below(self, z: Tensor) -> Tensor:
        """P(Z < z)."""
        return self.cdf(z.double().ceil() - 1)

    def affine(self, shift: Tensor, scale: Tensor) -> Self:
        """In double precision: counts have no unit."""
        del shift, scale
        return self.map(Tensor.double)


class CountsFamily(Family):
    """Whole numbers from 0 on, which stay as they are. First raw value: the log mean."""

    kind = "count"
    unit = "plain"

    def refuse(self, support: Support) -> str | None:
        """Words, and numbers that are not counts."""
        if support.words:
            return "it holds words, which are categorical"
        if support.whole and support.low >= 0:
            return None
        return "its values are not all whole numbers from 0 on"

    def moments(self, z: Tensor) -> tuple[float, float, float]:
        """The log mean of all rows, the spread of their log counts, and the log size r of variance m + m^2 / r."""
        count = z.double()
        mean, variance = max(float(count.mean()), 0.5 / len(z)), float(count.var(correction=0))
        spread = max(float((count + 0.5).log().std(correction=0)), _LEAST_SPREAD)
        excess = max(variance - mean, _LEAST_EXCESS * mean)
        return math.log(mean), spread, 2 * math.log(mean) - math.log(excess)
