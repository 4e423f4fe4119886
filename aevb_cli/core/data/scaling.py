"""Standardisation: networks see columns of zero mean and unit standard deviation."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.data.rows import known, total


@dataclass(frozen=True)
class Scaling:
    """Each column's mean and standard deviation over its present cells. loc, scale: (D,), float64."""

    loc: Tensor
    scale: Tensor

    @classmethod
    def fit(cls, values: Tensor, kept: Tensor | None = None) -> "Scaling":
        """Compute both from the training rows. values: (N, D) in units, NaN where missing.

        kept: (D,) of bool, the columns to leave as they are: codes of words, or 0 and 1.
        """
        count = known(values)
        loc = total(values, lambda part: part.nansum(0)) / count
        scale = (total(values, lambda part: (part - loc).square().nansum(0)) / count).sqrt()
        if kept is not None:
            loc, scale = torch.where(kept, 0, loc), torch.where(kept, 1, scale)
        return cls(loc, scale)

    def standardise(self, values: Tensor) -> Tensor:
        """From units to standardised values, in single precision. values: (..., D)."""
        return ((values - self.loc) / self.scale).float()

    def restore(self, standardised: Tensor) -> Tensor:
        """From standardised values to units, in double precision. standardised: (..., D)."""
        return self.loc + self.scale * standardised

    @property
    def log_jacobian(self) -> Tensor:
        """What turns a log-density per standardised unit into one per unit, in nats per row: -sum_d log scale_d."""
        return -torch.log(self.scale).sum()
