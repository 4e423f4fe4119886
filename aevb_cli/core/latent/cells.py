"""Cells of a table in the units of their families: what each column can hold, and what else counts as the nearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.base import Family
from aevb_cli.core.families.beta_binomial import BetaBinomialFamily
from aevb_cli.core.families.columns import Columns
from aevb_cli.settings import Unit

_FURTHEST = 10.0
"""Standard deviations of the logarithm below its mean, as which a number counts that should be above 0 and is not."""


@dataclass(frozen=True)
class Cells:
    """The cells of D columns. features: from the table's units to the families'; words: (D,) of bool, codes."""

    features: Scaling
    likelihoods: Columns
    words: Tensor

    def own(self, x: Tensor) -> Tensor:
        """Rows in the units of the families, NaN for missing cells and words that did not train. x: (N, D)."""
        logs, whole, (low, high) = self._limits
        x = torch.where(self.words & (x < 0), torch.nan, x)
        if logs.any():
            least = (self.features.loc - _FURTHEST * self.features.scale).exp()
            x = torch.where(logs & (x <= 0), least, x)
        own = self.features.standardise(x)
        if not whole.any() and bool((low < 0).all()):
            return own
        return torch.where(whole, own.round(), own).clamp(low, high)

    @cached_property
    def _limits(self) -> tuple[Tensor, Tensor, Tensor]:
        """Which columns hold what has a logarithm, and whole numbers, (D,) each; and their ends, (2, D)."""
        families = self.likelihoods.families
        logs = torch.tensor([family.unit == "log" for family in families])
        whole = torch.tensor([family.kind == "count" for family in families])
        ends = [(-torch.inf if family.kind == "number" else 0.0, _highest(family)) for family in families]
        return logs, whole, torch.tensor(ends).T

    def binarised(self, own: Tensor, generator: Generator | None) -> Tensor:
        """Grey levels drawn as 0 or 1; words and numbers stay. own: (N, D).

        generator: of draws for each row; None: all rows and calls have the same, of a column one.
        """
        size = (1, own.shape[1]) if generator is None else own.shape
        level = torch.rand(size, generator=generator or Generator().manual_seed(0)).to(own.device)
        drawn = torch.where(own.isnan(), own, (level < own).to(own.dtype))
        return torch.where(self._grey.to(own.device), drawn, own)

    @cached_property
    def _grey(self) -> Tensor:
        return torch.tensor([name == "bernoulli" for name in self.likelihoods.names])


def units(families: Sequence[Family]) -> tuple[Unit, ...]:
    """The units of columns of features: the families', but classes stay as they are, and grey levels from 0 to 1."""
    return tuple("plain" if family.kind == "class" else family.unit for family in families)


def _highest(family: Family) -> float:
    """The largest value of a column in its family's unit."""
    if isinstance(family, BetaBinomialFamily):
        return max(family.levels) - 1.0
    return 1.0 if family.name == "bernoulli" else torch.inf
