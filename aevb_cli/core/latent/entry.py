"""What the encoder sees of a row: every number about 0 and of unit size, whatever unit its distribution has."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from aevb_cli.core.data.rows import known, total
from aevb_cli.core.families.columns import Columns

REACH = 4.0
"""Standard deviations beyond which the encoder sees no difference: ink in a pixel that is nearly always empty lies 30
of them away, and a network that has seen one such row extrapolates from it."""


@dataclass(frozen=True)
class Entry:
    """(u - loc) / scale of each column in the unit of its family, of unbounded counts that of log(1 + u).

    loc, scale: (D,); logs, classes: (D,) of bool, the unbounded counts, and words and pairs. Standardised numbers and
    classes stay.
    """

    loc: Tensor
    scale: Tensor
    logs: Tensor
    classes: Tensor

    @classmethod
    def fit(cls, values: Tensor, likelihoods: Columns) -> "Entry":
        """Of rows in the families' units, (N, D), NaN where missing."""
        counts = torch.tensor([family.kind == "count" for family in likelihoods.families])
        plain = cls.of(torch.zeros(len(counts)), torch.ones(len(counts)), likelihoods)
        if not counts.any():
            return plain
        count = known(values).clamp(min=1)
        loc = total(values, lambda part: plain(part).double().nansum(0)) / count
        scale = (total(values, lambda part: (plain(part).double() - loc).square().nansum(0)) / count).sqrt()
        scale = torch.where(scale > 0, scale, 1)
        return cls.of(torch.where(counts, loc, 0).float(), torch.where(counts, scale, 1).float(), likelihoods)

    @classmethod
    def of(cls, loc: Tensor, scale: Tensor, likelihoods: Columns) -> "Entry":
        """Of columns of these families. loc, scale: (D,)."""
        unbounded = [family.kind == "count" and family.name != "beta-binomial" for family in likelihoods.families]
        classes = [family.kind == "class" for family in likelihoods.families]
        return cls(loc, scale, torch.tensor(unbounded), torch.tensor(classes))

    @cached_property
    def trivial(self) -> bool:
        """Whether all columns stay as they are."""
        return bool((self.loc == 0).all() and (self.scale == 1).all() and not self.logs.any())

    def __call__(self, u: Tensor) -> Tensor:
        """From the families' units to what the encoder sees. u: (..., D)."""
        if self.trivial:
            return u
        if self.logs.any():
            u = torch.where(self.logs.to(u.device), u.clamp(min=0).log1p(), u)
        return (u - self.loc.to(u.device)) / self.scale.to(u.device)

    def near(self, u: Tensor) -> Tensor:
        """As a call, with numbers beyond REACH drawn in to it. u: (..., D)."""
        seen = self(u)
        if self.classes.all():
            return seen
        return torch.where(self.classes.to(u.device), seen, seen.clamp(-REACH, REACH))

    def undone(self, seen: Tensor) -> Tensor:
        """From what the encoder sees to the families' units. seen: (..., D)."""
        u = seen * self.scale + self.loc
        return torch.where(self.logs, u.expm1(), u)
