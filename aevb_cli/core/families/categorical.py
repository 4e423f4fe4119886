"""The categorical distribution of columns of words. A value is a word's code: 0, 1, 2 and so on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import Distribution, Family


@dataclass(frozen=True)
class Categorical(Distribution):
    """P(Z = k) = softmax(location)_k. location: (..., D, words), -inf where a column has fewer words than others."""

    location: Tensor

    @property
    def mean(self) -> Tensor:
        """The mode, as codes have no mean: the code of the most probable word."""
        return self.location.argmax(-1).to(self.location.dtype)

    @property
    def variance(self) -> Tensor:
        """The probability that the mode is wrong, in place of a variance."""
        return 1 - self.location.softmax(-1).amax(-1)

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution at other logits. It has no separate noise."""
        del noise
        return replace(self, location=location)

    def log_prob(self, z: Tensor) -> Tensor:
        """log P(Z = z), in nats. z: codes, (..., D)."""
        codes = z.long().expand(self.location.shape[:-1])
        return self.location.log_softmax(-1).gather(-1, codes[..., None])[..., 0]

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z) in the order of the codes."""
        below = torch.arange(self.location.shape[-1]) <= z[..., None]
        return torch.where(below, self.location.softmax(-1), 0).sum(-1)

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        probabilities = self.location.softmax(-1)
        drawn = torch.multinomial(probabilities.flatten(0, -2), 1, generator=generator)
        return drawn.view(probabilities.shape[:-1]).to(self.location.dtype)

    def pooled(self) -> Self:
        """The categorical with the mixture's probabilities."""
        return type(self)(self.location.log_softmax(-1).logsumexp(0) - math.log(len(self.location)))


@dataclass(frozen=True)
class CategoricalFamily(Family):
    """Columns of words. Raw value: logits, (..., D, words)."""

    words: int = 0

    name = "categorical"
    kind = "class"

    @property
    def outputs(self) -> int:
        """A logit for each word."""
        return self.words

    def of(self, words: int) -> "CategoricalFamily":
        """The family for a column with so many words."""
        return CategoricalFamily(words)

    def __call__(self, *raw: Tensor) -> Categorical:
        """The distribution of these logits."""
        return Categorical(*raw)

    def refuse(self, low: float, high: float, words: int) -> str | None:
        """Numbers."""
        del low, high
        return None if words else "it holds numbers, and categorical is for words"

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """By the logits: the one-hot code of z, less the probabilities."""
        (logits,) = raw
        observed = z[..., None].long() == torch.arange(logits.shape[-1])
        return [observed.to(logits.dtype) - logits.softmax(-1)]


FAMILY = CategoricalFamily()
