"""The Bernoulli distribution of columns of 0 and 1 (KW appendix C.1)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import Distribution, Family


@dataclass(frozen=True)
class Bernoulli(Distribution):
    """P(Z = 1) = sigmoid(location), elementwise. z may lie between 0 and 1, as grey levels do."""

    location: Tensor

    @property
    def mean(self) -> Tensor:
        """P(Z = 1)."""
        return self.location.sigmoid()

    @property
    def variance(self) -> Tensor:
        """p (1 - p)."""
        return self.mean * (1 - self.mean)

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution at other logits. It has no separate noise."""
        del noise
        return replace(self, location=location)

    def log_prob(self, z: Tensor) -> Tensor:
        """z log p + (1 - z) log(1 - p), in nats."""
        return z * self.location - torch.nn.functional.softplus(self.location)

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z): 0 below 0, 1 - p from 0 on, and 1 from 1 on."""
        return torch.where(z < 0, 0.0, torch.where(z < 1, (-self.location).sigmoid(), 1.0))

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        return torch.bernoulli(self.mean, generator=generator)

    def pooled(self) -> Self:
        """The Bernoulli with the mixture's probability."""
        one, zero = (torch.nn.functional.logsigmoid(sign * self.location).logsumexp(0) for sign in (1, -1))
        return type(self)(one - zero)


class BernoulliFamily(Family):
    """Columns of 0 and 1. Raw value: the logit."""

    name = "bernoulli"
    kind = "class"
    start = (0.0,)

    @property
    def outputs(self) -> int:
        """One logit."""
        return 1

    def __call__(self, *raw: Tensor) -> Bernoulli:
        """The distribution of these logits."""
        return Bernoulli(*raw)

    def refuse(self, low: float, high: float, words: int) -> str | None:
        """Words, and numbers outside [0, 1]."""
        if words:
            return "it holds words, which are categorical"
        return "its values do not lie between 0 and 1" if low < 0 or high > 1 else None

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """By the logit: z - p."""
        return [z - raw[0].sigmoid()]


FAMILY = BernoulliFamily()
