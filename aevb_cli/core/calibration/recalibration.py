"""Intervals recalibrated by left-out rows: of the level that holds as many of them as it should (Kuleshov et al. 2018).

A mixture may be right in its scale and wrong in its shape: too much near its mean, say, and too little on the flanks.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.calibration.conformal import covered_by_others

PRIOR_ROWS = 50
"""Left-out rows that the mixture's own word is worth: so many know a coverage about as well as it does."""

_MOST = 1 - 1e-9
"""The interval that holds all of a mixture has no end."""


@dataclass(frozen=True)
class Recalibration:
    """How much of the mixture an interval must hold so that it holds a given share of new rows.

    The share that holds is taken to have a Dirichlet process as its prior, the mixture's own word with the weight of
    PRIOR_ROWS rows, and the left-out rows make it a posterior mean (Ferguson 1973).

    needed: (M, J), |2 F(z) - 1| of left-out rows: the level of the narrowest equal-tailed interval that holds z.
    """

    needed: Tensor

    def __post_init__(self) -> None:
        """Refuse with ValueError what cannot be levels."""
        if self.needed.dim() != 2 or not ((self.needed >= 0) & (self.needed <= 1)).all():
            raise ValueError("the left-out rows' levels do not lie between 0 and 1")

    @classmethod
    def none(cls, targets: int) -> "Recalibration":
        """By no rows: levels stay as they are."""
        return cls(torch.empty(0, targets, dtype=torch.float64))

    @classmethod
    def of(cls, pit: Tensor) -> "Recalibration":
        """From probability integral transforms F(z), (M, J), by members that have not seen the rows."""
        return cls((2 * pit.double() - 1).abs())

    def level(self, wanted: float) -> Tensor:
        """The mixture's level at which its interval is expected to hold this share of new rows. Returns (J,).

        It is the least u with (PRIOR_ROWS u + how many rows need at most u) / (PRIOR_ROWS + M) >= wanted: with i rows
        inside, u is at least what the i-th needs and what is then missing.
        """
        inside = torch.arange(len(self.needed) + 1, dtype=torch.float64)[:, None]
        missing = wanted * (PRIOR_ROWS + len(self.needed)) - inside
        nth = torch.cat([torch.zeros(1, self.needed.shape[1]), self.needed.sort(0).values])
        return torch.maximum(missing / PRIOR_ROWS, nth).amin(0).clamp(max=_MOST)

    def expected(self, level: float) -> Tensor:
        """The share of left-out rows that intervals recalibrated by the others would hold. (J,)."""
        return covered_by_others(self.needed, lambda others: Recalibration(others).level(level))
