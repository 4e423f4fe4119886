"""Conformal intervals: CV+ (Barber et al. 2021, section 3), with residuals scaled by the predicted sd.

The score of a held-out row is its distance from the mean predicted by the members that left out its fold, in their sd.
The interval of a new row applies each score to the prediction of the same members. Its coverage assumes nothing of the
model. With a single fold this is split conformal prediction (Lei et al. 2018, section 2.2).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution

FEWEST, MOST = 50, 1000
"""Held-out rows: the fewest for conformal intervals, and the most of which the scores are kept."""

_DRAWS = 10
"""The fewest draws per fold from which its mean and standard deviation are estimated."""

_PARTS = 10
"""Parts of the held-out rows for cross-validated coverage, where there are no folds to use."""


@dataclass(frozen=True)
class ConformalIntervals:
    """Conformal intervals from the scores of held-out rows.

    For new rows from the distribution of the training rows, intervals of level 1 - alpha have at least the coverage
    `least`, on average over tables, and in practice 1 - alpha or slightly more. One approximation: the stacking's few
    parameters, fitted to the same rows, are treated as known.

    scores: (M, J), |z - mean| / sd of held-out rows, predicted by members that left them out; fold: (M,), of each row;
    draw_fold: (S,), the fold left out by the member behind each draw.
    """

    scores: Tensor
    fold: Tensor
    draw_fold: Tensor

    def __post_init__(self) -> None:
        """Raise ValueError for scores and folds that do not fit together."""
        if self.scores.dim() != 2 or self.fold.shape != self.scores.shape[:1] or not self.scores.isfinite().all():
            raise ValueError("the held-out rows' scores and folds do not fit together")

    @classmethod
    def fit(cls, mixture: Distribution, z: Tensor, fold: Tensor) -> "ConformalIntervals | None":
        """Compute the scores of held-out rows; None where there are fewer than FEWEST.

        mixture: (S, M, J), predicted by members that left the rows out; z: (M, J); fold: (M,).
        """
        if len(z) < FEWEST:
            return None
        mean, sd = _moments(mixture, torch.zeros(len(mixture.location), dtype=torch.long))
        scores = ((z - mean[0]).abs() / sd[0]).double()
        kept = torch.linspace(0, len(z) - 1, min(len(z), MOST)).long()
        return cls(scores[kept], fold[kept], torch.empty(0, dtype=torch.long))

    def of(self, member: Tensor) -> "ConformalIntervals":
        """The intervals for draws of these members, which leave out the folds in turn. member: (S,), within a group."""
        return replace(self, draw_fold=member % self._folds)

    def holds(self, level: float) -> bool:
        """Whether there are enough rows and draws for an interval of this level."""
        draws = torch.bincount(self.draw_fold, minlength=self._folds)
        return _rank(level, len(self.scores)) <= len(self.scores) and int(draws.min()) >= _DRAWS

    def interval(self, draws: Distribution, level: float) -> tuple[Tensor, Tensor]:
        """The interval of z. draws: (S, N, J) in units. Returns lower and upper, (N, J)."""
        mean, sd = (part.movedim(0, -1)[..., self.fold] for part in _moments(draws, self.draw_fold))
        reach, rank = self.scores.T * sd, _rank(level, len(self.scores))  # (N, J, M)
        lower = _ordered(mean - reach)[..., len(self.scores) - rank]
        upper = _ordered(mean + reach)[..., rank - 1]
        return torch.minimum(lower, upper), torch.maximum(lower, upper)

    @property
    def method(self) -> str:
        """The method's name."""
        return "CV+" if self._folds > 1 else "split conformal"

    def least(self, level: float) -> float:
        """The guaranteed coverage: for CV+ 1 - 2 alpha - sqrt(2 / M) (theorem 4), for one fold 1 - alpha."""
        return level if self._folds == 1 else 2 * level - 1 - math.sqrt(2 / len(self.scores))

    def expected(self, level: float) -> Tensor:
        """The cross-validated coverage: each fold's, or each part's, by the scores of all others. Returns (J,)."""

        def reach(others: Tensor) -> Tensor:
            rank = _rank(level, len(others))
            return others.kthvalue(rank, 0).values if rank <= len(others) else torch.full_like(others[0], math.inf)

        return covered_by_others(self.scores, reach, self.fold if self._folds > 1 else None)

    @property
    def _folds(self) -> int:
        return int(self.fold.max()) + 1


def _rank(level: float, scores: int) -> int:
    """Which of so many scores, in ascending order, an interval of this level reaches to."""
    return math.ceil(level * (scores + 1) - 1e-9)  # 0.55 * 20 is more than 11 in floating point


def covered_by_others(scores: Tensor, reach: Callable[[Tensor], Tensor], part: Tensor | None = None) -> Tensor:
    """The share of scores (M, J) of at most the `reach` (J,) of all other parts' scores. Returns (J,).

    part: (M,), of each row; None: every tenth row goes to the same of ten parts.
    """
    part = torch.arange(len(scores)) % _PARTS if part is None else part
    numbers = part.unique().tolist()
    return torch.cat([scores[part == n] <= reach(scores[part != n]) for n in numbers]).double().mean(0)


def _ordered(values: Tensor) -> Tensor:
    """Sort along the last axis: NumPy sorts several times faster than torch finds a single order statistic."""
    return torch.from_numpy(np.sort(values.numpy(), axis=-1))


def _moments(draws: Distribution, fold: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of z, for each fold the mixture of its draws. (S, N, J) -> (F, N, J)."""
    means = draws.mean
    members = torch.nn.functional.one_hot(fold).to(means.dtype)
    share = (members / members.sum(0)).T
    mean = torch.einsum("fs,snj->fnj", share, means)
    square = torch.einsum("fs,snj->fnj", share, (means - means.mean(0)).square() + draws.variance)
    return mean, (square - (mean - means.mean(0)).square()).clamp(min=0).sqrt()
