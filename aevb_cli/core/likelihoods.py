"""p(x|z): the families of the columns of x, and their densities where cells are missing."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from aevb_cli.core.data.rows import total
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.columns import Columns
from aevb_cli.settings import Levels, Likelihood


def choose(
    values: Tensor,
    words: Sequence[int],
    given: Mapping[int, Likelihood],
    levels: Mapping[int, Levels] = MappingProxyType({}),
) -> Columns:
    """The family of each column: the given one, else words categorical, 0 and 1 Bernoulli, other numbers Gaussian.

    values: (N, D), NaN where missing; words: (D,), each column's number of words, 0 for numbers; given: by column;
    levels: of each column that is beta-binomial.
    """
    others = total(values, lambda part: ((part != 0) & (part != 1) & ~part.isnan()).sum(0))
    names = [
        given.get(place) or ("categorical" if count else "gaussian" if other else "bernoulli")
        for place, (count, other) in enumerate(zip(words, others.tolist(), strict=True))
    ]
    counts = [levels[place][1] if place in levels else count for place, count in enumerate(words)]
    return Columns.named(names, counts)


def log_prob(p: Distribution, x: Tensor) -> Tensor:
    """log p(x|z) of each column in nats, 0 where the cell is missing, which marginalises it. Returns (..., M, D).

    x: (M, D), numbers standardised, words as codes, NaN where missing.
    """
    missing = x.isnan()
    return torch.where(missing, 0, p.log_prob(x.nan_to_num())) if missing.any() else p.log_prob(x)
