"""Smooth functions of features, for a ridge regression: of each alone, and of all together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

WAVES = 128
"""Random Fourier features (Rahimi and Recht 2007), which hold interactions. They come last."""

_BINS, _FEWEST, _WIDTH = 8, 2, 320
"""Bins of a number's piecewise-linear encoding at most and at least, and how many all of them together may have. The
networks have as many on a small table: what only more bins would find, they would not."""

_WORDS = 320
"""The most words that all columns together may have; of each the most frequent are taken."""


_PLAIN = 1 / 30
"""The penalty of a number's plain effect, relative to others: a line should not be bent by shrinkage."""


@dataclass(frozen=True)
class Smooth:
    """Functions of each row, (N, P), and how much a coefficient of each is shrunken relative to others, (P,).

    waves: how many of them, the last, are of all features together.
    """

    functions: Tensor
    penalty: Tensor
    waves: int = WAVES


def smooth_functions(x: Tensor, categories: Sequence[int]) -> Smooth:
    """Lay out rows as functions of zero mean and unit variance.

    x: (N, D) in units, words as codes, NaN where missing; categories: (D,), numbers of words, 0 for a number. A number
    is given plainly and by its piecewise-linear encoding, a word one-hot, a gap by an indicator, and WAVES cosines are
    of all these together.
    """
    numbers = sum(not words for words in categories)
    bins = max(_FEWEST, min(_BINS, _WIDTH // max(1, numbers)))
    words = max(_FEWEST, _WORDS // max(1, len(categories) - numbers))
    plain, parts = [x.new_zeros(len(x), 0)], [x.new_zeros(len(x), 0)]
    for column, count in zip(x.unbind(1), categories, strict=True):
        present = ~column.isnan()
        if count:
            parts.append(_one_hot(column, present, words))
        elif present.any():
            value = torch.where(present, column, column[present].mean())[:, None]
            plain.append(value)
            parts.append(_encoded(value, column[present], bins))
        parts.append(present[:, None].to(x.dtype))
    first, others = _scaled(torch.cat(plain, 1)), _scaled(torch.cat(parts, 1))
    alone = torch.cat([first, others], 1)
    penalty = x.new_ones(alone.shape[1] + WAVES)
    penalty[: first.shape[1]] = _PLAIN
    return Smooth(torch.cat([alone, _waves(alone)], 1), penalty)


def _encoded(value: Tensor, known: Tensor, bins: int) -> Tensor:
    """The piecewise-linear encoding of a number (Gorishniy et al. 2022, eq. 1). value: (N, 1)."""
    ends = torch.quantile(known, torch.linspace(0, 1, bins + 1, dtype=value.dtype)).unique()
    return ((value - ends[:-1]) / ends.diff()).clamp(0, 1)


def _one_hot(column: Tensor, present: Tensor, most: int) -> Tensor:
    """A word one-hot; those beyond the most frequent are 0 in all inputs."""
    frequency = column[present].long().clamp(min=-1).add(1).bincount()[1:]
    frequent = frequency.argsort(descending=True, stable=True)[:most]
    return (column[:, None] == frequent).to(column.dtype)


def _scaled(inputs: Tensor) -> Tensor:
    """The columns that vary, with zero mean and unit variance."""
    inputs = inputs - inputs.mean(0)
    scale = inputs.square().mean(0).sqrt()
    varying = scale > 1e-12 * inputs.abs().amax(0).clamp(min=1e-300)
    return inputs[:, varying] / scale[varying]


def _waves(inputs: Tensor) -> Tensor:
    """Cosines in random directions, always the same ones: their kernel is exp(-|a - b|^2 / 2P)."""
    chance = Generator().manual_seed(0)
    width = inputs.shape[1]
    direction = torch.randn(width, WAVES, generator=chance, dtype=torch.float64) / math.sqrt(max(width, 1))
    phase = 2 * math.pi * torch.rand(WAVES, generator=chance, dtype=torch.float64)
    return math.sqrt(2) * (inputs @ direction + phase).cos()
