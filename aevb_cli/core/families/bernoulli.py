"""The Bernoulli distribution of columns of 0 and 1 (KW appendix C.1)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import Family, Support
from aevb_cli.core.families.of_classes import ClassDistribution


@dataclass(frozen=True)
class Bernoulli(ClassDistribution):
    """P(Z = 1) = sigmoid(location), elementwise. z may lie between 0 and 1, as grey levels do.

    base: the log odds about which a temperature, the factor on the noise, draws others in; None: 0.
    """

    location: Tensor
    base: Tensor | None = None

    @property
    def mean(self) -> Tensor:
        """P(Z = 1)."""
        return self.location.sigmoid()

    @property
    def variance(self) -> Tensor:
        """p (1 - p)."""
        return self.mean * (1 - self.mean)

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution at other logits. noise: a temperature (Guo et al. 2017)."""
        return replace(self, location=tempered(location, self.base, noise))

    def about(self, base: Tensor) -> Self:
        """With these log odds of all rows together."""
        return replace(self, base=base.expand_as(self.location))

    @property
    def probabilities(self) -> Tensor:
        """P(Z = 0) and P(Z = 1), (..., D, 2)."""
        return torch.stack([(-self.location).sigmoid(), self.mean], -1)

    def log_prob(self, z: Tensor) -> Tensor:
        """z log p + (1 - z) log(1 - p), in nats."""
        location, z = torch.broadcast_tensors(self.location, z)
        return -torch.nn.functional.binary_cross_entropy_with_logits(location, z.to(location.dtype), reduction="none")

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z): 0 below 0, 1 - p from 0 on, and 1 from 1 on."""
        return torch.where(z < 0, 0.0, torch.where(z < 1, (-self.location).sigmoid(), 1.0))

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        return torch.bernoulli(self.mean, generator=generator)

    def pooled(self) -> Self:
        """The Bernoulli with the mixture's probability."""
        one, zero = (torch.nn.functional.logsigmoid(sign * self.location).logsumexp(0) for sign in (1, -1))
        return type(self)(one - zero, None if self.base is None else self.base[0])


def tempered(location: Tensor, base: Tensor | None, temperature: Tensor | float) -> Tensor:
    """Logits drawn in to those of all rows together."""
    return location / temperature if base is None else base + (location - base) / temperature


class BernoulliFamily(Family):
    """Columns of 0 and 1. Raw value: the logit."""

    name = "bernoulli"
    kind = "class"
    unit = "pair"
    start = (0.0,)

    @property
    def outputs(self) -> int:
        """One logit."""
        return 1

    def __call__(self, *raw: Tensor) -> Bernoulli:
        """The distribution of these logits."""
        return Bernoulli(*raw)

    def refuse(self, support: Support) -> str | None:
        """More than two values, other than those between 0 and 1."""
        if support.words > 2:
            return f"it holds {support.words} words, which are categorical"
        if support.words or support.pair:
            return None
        return "its values do not lie between 0 and 1" if support.low < 0 or support.high > 1 else None

    def marginal(self, z: Tensor) -> tuple[list[float], list[float]]:
        """At the log odds of all rows, each class counted half a row more (Krichevsky & Trofimov 1981)."""
        one = float(z.sum())
        return [1.0], [math.log((one + 0.5) / (len(z) - one + 0.5))]

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """By the logit: z - p."""
        return [z - raw[0].sigmoid()]


FAMILY = BernoulliFamily()
