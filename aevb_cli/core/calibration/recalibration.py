"""Intervals recalibrated on held-out rows, so that coverage matches the level (Kuleshov et al. 2018).

A mixture may have the right scale and the wrong shape: too much mass near its mean, say, and too little further out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.calibration.conformal import covered_by_others

PRIOR_ROWS = 50
"""The prior's weight, in held-out rows: about as many estimate a coverage as well as the mixture itself does."""

_MOST = 1 - 1e-9
"""The largest level: the interval that holds all of a mixture is infinite."""


@dataclass(frozen=True)
class Recalibration:
    """The level of the mixture's interval that has a given coverage.

    Coverage as a function of the level has a Dirichlet process prior, centred on the mixture's own and with the weight
    of PRIOR_ROWS rows. Its posterior mean given the held-out rows (Ferguson 1973) is inverted.

    needed: (M, J), |2 F(z) - 1| of held-out rows: the level of the narrowest equal-tailed interval that holds z. Of
    classes, 1 - p of the observed one, by which sets are calibrated; classes: (J,), which targets these are, none
    where no one is.
    """

    needed: Tensor
    classes: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be levels."""
        if self.needed.dim() != 2 or not ((self.needed >= 0) & (self.needed <= 1)).all():
            raise ValueError("the held-out rows' levels do not lie between 0 and 1")

    @classmethod
    def none(cls, targets: int) -> "Recalibration":
        """Without rows: levels stay as they are."""
        return cls(torch.empty(0, targets, dtype=torch.float64))

    @classmethod
    def of(cls, pit: Tensor, classes: Sequence[bool] = ()) -> "Recalibration":
        """From held-out rows: probability integral transforms F(z), (M, J), of classes the observed one's probability.

        classes: (J,), which targets are; none where no one is.
        """
        pit = pit.double()
        needed = (2 * pit - 1).abs()
        return cls(torch.where(torch.tensor(classes), 1 - pit, needed) if any(classes) else needed, tuple(classes))

    def level(self, coverage: float) -> Tensor:
        """The mixture's level at which its interval is expected to have this coverage. Returns (J,).

        It is the least u with (PRIOR_ROWS u + i(u)) / (PRIOR_ROWS + M) >= coverage, where i(u) rows have needed <= u.
        With i rows covered, u is at least the i-th smallest `needed`, and at least what solves the inequality.
        """
        covered = torch.arange(len(self.needed) + 1, dtype=torch.float64)[:, None]
        missing = coverage * (PRIOR_ROWS + len(self.needed)) - covered
        nth = torch.cat([torch.zeros(1, self.needed.shape[1]), self.needed.sort(0).values])
        return torch.maximum(missing / PRIOR_ROWS, nth).amin(0).clamp(max=_MOST)

    def tail(self, own: Tensor) -> Tensor:
        """The probability of a tail of which the mixture says this, at most 1/2: the inverse of `level`. (N, J).

        It is half of what the mixture's interval between such tails is expected not to cover.
        """
        ordered = self.needed.sort(0).values.T.contiguous()
        beyond = len(self.needed) - torch.searchsorted(ordered, (1 - 2 * own).T.contiguous(), right=True).T
        return (PRIOR_ROWS * own + beyond / 2) / (PRIOR_ROWS + len(self.needed))

    def expected(self, level: float) -> Tensor:
        """The cross-validated coverage: each part of the held-out rows, by the level fitted to the others. (J,).

        That of sets of classes is `sets.expected`.
        """
        return covered_by_others(self.needed, lambda own, others: own <= Recalibration(others).level(level))
