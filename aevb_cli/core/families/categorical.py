"""The categorical distribution of columns of words. A value is a word's code: 0, 1, 2 and so on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import Family, Support
from aevb_cli.core.families.bernoulli import tempered
from aevb_cli.core.families.of_classes import ClassDistribution


@dataclass(frozen=True)
class Categorical(ClassDistribution):
    """P(Z = k) = softmax(location)_k. location: (..., D, words), -inf where a column has fewer words than others.

    base: the logits about which a temperature, the factor on the noise, draws others in; None: 0.
    """

    location: Tensor
    base: Tensor | None = None

    @property
    def coordinates(self) -> Tensor:
        """The logits, (..., D words)."""
        return self.location.flatten(-2)

    def of_coordinates(self, of_columns: Tensor) -> Tensor:
        """What columns have, for each of their words."""
        return of_columns.repeat_interleave(self.location.shape[-1], -1)

    def moved(self, coordinates: Tensor, noise: Tensor | float = 1.0) -> Self:
        """`at` for logits, (..., D words)."""
        return self.at(coordinates.unflatten(-1, self.location.shape[-2:]), noise)

    def column(self, place: int) -> Self:
        """One column."""
        return self.map(lambda each: each[..., place : place + 1, :])

    @property
    def mean(self) -> Tensor:
        """The mode, as codes have no mean: the code of the most probable word."""
        return self.location.argmax(-1).to(self.location.dtype)

    @property
    def variance(self) -> Tensor:
        """The probability that the mode is wrong, in place of a variance."""
        return 1 - self.location.softmax(-1).amax(-1)

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution at other logits. noise: a temperature (Guo et al. 2017)."""
        temperature = noise[..., None] if isinstance(noise, Tensor) else noise
        return replace(self, location=tempered(location, self.base, temperature))

    def about(self, base: Tensor) -> Self:
        """With these logits of all rows together."""
        return replace(self, base=base.expand_as(self.location))

    @property
    def probabilities(self) -> Tensor:
        """P(Z = k) of each word, (..., D, words)."""
        return self.location.softmax(-1)

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
        logits = self.location.log_softmax(-1).logsumexp(0) - math.log(len(self.location))
        return type(self)(logits, None if self.base is None else self.base[0])


@dataclass(frozen=True)
class CategoricalFamily(Family):
    """Columns of words. Raw value: logits, (..., D, words)."""

    words: int = 0

    name = "categorical"
    kind = "class"
    unit = "plain"

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

    def refuse(self, support: Support) -> str | None:
        """Numbers."""
        return None if support.words else "it holds numbers, and categorical is for words"

    def marginal(self, z: Tensor) -> tuple[list[float], list[float]]:
        """At the logs of the words' shares, each word counted half a row more (Krichevsky & Trofimov 1981)."""
        rows = z.long().bincount(minlength=self.words).double() + 0.5
        return [1.0] * self.words, (rows / rows.sum()).log().tolist()

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """By the logits: the one-hot code of z, less the probabilities."""
        (logits,) = raw
        observed = z[..., None].long() == torch.arange(logits.shape[-1], device=z.device)
        return [observed.to(logits.dtype) - logits.softmax(-1)]


FAMILY = CategoricalFamily()
