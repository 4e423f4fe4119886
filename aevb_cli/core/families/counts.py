"""What distributions of counts share: whole numbers from 0 on, with a probability each."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import torch
from torch import Tensor

from aevb_cli.core.families import count_mixtures
from aevb_cli.core.families.base import Distribution, Family, Kind, Support
from aevb_cli.core.families.count_mixtures import SMALL
from aevb_cli.core.families.count_tails import in_parts, summed_up
from aevb_cli.core.families.exponents import drawn_in

_LEAST_SPREAD, _LEAST_EXCESS = 1e-6, 0.05
"""Of log counts; and of the variance over the mean, in means, where training starts."""


@dataclass(frozen=True)
class Counts(Distribution):
    """location: the log mean."""

    kind: ClassVar[Kind] = "count"

    @property
    def mean(self) -> Tensor:
        """exp(location)."""
        return self.location.exp()

    @abstractmethod
    def recursion(self) -> tuple[Tensor, Tensor, Tensor]:
        """P(Z = 0), and a, b of P(Z = k + 1) = P(Z = k) (a + b k) / (k + 1), in double precision."""

    @abstractmethod
    def upper(self, count: Tensor) -> Tensor:
        """P(Z > count) in double precision; smooth between whole numbers. count: real, from SMALL - 1 on."""

    @abstractmethod
    def log_ratio(self, count: Tensor) -> Tensor:
        """log P(Z = count + 1) - log P(Z = count). count: real, from 0 on."""

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z): a sum of probabilities below SMALL, else by `upper`."""
        count = z.double().floor()
        small = count < SMALL
        summed = 0 if not small.any() else in_parts(summed_up, count.clamp(max=SMALL - 1), *self.recursion())
        large = 0 if small.all() else 1 - self.upper(count.clamp(min=SMALL))
        return torch.where(small, summed, large).to(self.location.dtype)

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z)."""
        count = z.double().floor()
        exact = self.upper(count.clamp(min=SMALL))
        return torch.where(count < SMALL, 1 - self.cdf(z).double(), exact).to(self.location.dtype)

    def below(self, z: Tensor) -> Tensor:
        """P(Z < z)."""
        return self.cdf(z.double().ceil() - 1)

    @cached_property
    def table(self) -> Tensor:
        """P(Z <= k) of the mixture over the first dimension, for every k below SMALL, (SMALL, N, J)."""
        return count_mixtures.table(*self.recursion())

    def picked(self, which: Tensor) -> Self:
        """Some rows and columns, in double precision. which: (N, J) of bool. Returns (S, n)."""
        return self.map(lambda each: each[:, which].double())

    def quantile(self, probability: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """The smallest whole k with P(Z <= k) >= probability."""
        return count_mixtures.quantile(self, probability, mean, sd)

    def crps(self, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """The sum over whole k of (P(Z <= k) - [k >= z])^2."""
        return count_mixtures.crps(self, z, mean, sd)

    def within(self, low: Tensor, high: Tensor) -> Self:
        """With a log mean not far beyond that of the largest count."""
        del low
        return self.at(drawn_in(self.location, high))

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
