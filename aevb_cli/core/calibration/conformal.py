"""Intervals with a guarantee that rests on no model: CV+ (Barber et al. 2021, section 3), scaled by the sd.

Each fold's rows were left out by some members of every group. How far these rows lay from what their fold's members
said, in predicted standard deviations, is how far a new row may lie from what the same members say of it. Where all
members leave out one fold, that is split conformal prediction (Lei et al. 2018, section 2.2).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution

FEWEST, MOST = 50, 1000
"""Left-out rows without which there is no guarantee, and of which no more are kept."""

_DRAWS = 10
"""Draws of a fold's members by which its mean and standard deviation are known."""

_PARTS = 10
"""In which left-out rows are cut where folds do not, each to be judged by the others."""


@dataclass(frozen=True)
class ConformalIntervals:
    """What the left-out rows say of a new row's interval.

    Of new rows from where the training rows came from, an interval of level 1 - alpha holds `least` on average over
    tables, and in practice 1 - alpha or a little more. Nothing else is assumed, but that the stacking's few numbers,
    which the same rows have fitted, are as good as given.

    scores: (M, J), |z - mean| / sd of left-out rows, by members that have not seen them; fold: (M,), their folds';
    draw_fold: (S,), the fold that the member behind each draw has left out.
    """

    scores: Tensor
    fold: Tensor
    draw_fold: Tensor

    def __post_init__(self) -> None:
        """Refuse with ValueError what cannot be scores of folds."""
        if self.scores.dim() != 2 or self.fold.shape != self.scores.shape[:1] or not self.scores.isfinite().all():
            raise ValueError("the left-out rows' scores and folds do not fit together")

    @classmethod
    def fit(cls, mixture: Distribution, z: Tensor, fold: Tensor) -> "ConformalIntervals | None":
        """Take it from left-out rows: mixture (S, M, J) by those that have not seen them, z (M, J), fold (M,).

        None where there are too few.
        """
        if len(z) < FEWEST:
            return None
        mean, sd = _moments(mixture, torch.zeros(len(mixture.location), dtype=torch.long))
        scores = ((z - mean[0]).abs() / sd[0]).double()
        kept = torch.linspace(0, len(z) - 1, min(len(z), MOST)).long()
        return cls(scores[kept], fold[kept], torch.empty(0, dtype=torch.long))

    def of(self, member: Tensor) -> "ConformalIntervals":
        """The same for draws of these members, which leave out the folds in turn. member: (S,), places in a group."""
        return replace(self, draw_fold=member % self._folds)

    def holds(self, level: float) -> bool:
        """Whether there are rows and draws enough for an interval of this level."""
        known = torch.bincount(self.draw_fold, minlength=self._folds)
        return self._rank(level) <= len(self.scores) and int(known.min()) >= _DRAWS

    def interval(self, draws: Distribution, level: float) -> tuple[Tensor, Tensor]:
        """The interval of z. draws: (S, N, J) in units. Returns lower and upper, (N, J)."""
        mean, sd = (part.movedim(0, -1)[..., self.fold] for part in _moments(draws, self.draw_fold))
        reach, rank = self.scores.T * sd, self._rank(level)  # (N, J, M)
        lower = _ordered(mean - reach)[..., len(self.scores) - rank]
        upper = _ordered(mean + reach)[..., rank - 1]
        return torch.minimum(lower, upper), torch.maximum(lower, upper)

    @property
    def method(self) -> str:
        """What it is called."""
        return "CV+" if self._folds > 1 else "split conformal"

    def least(self, level: float) -> float:
        """The coverage that is proven: for CV+ 1 - 2 alpha - sqrt(2 / M) (theorem 4), for one fold 1 - alpha."""
        return level if self._folds == 1 else 2 * level - 1 - math.sqrt(2 / len(self.scores))

    def expected(self, level: float) -> Tensor:
        """The share of left-out rows that the other folds' scores, or the rest of the only fold's, cover. (J,)."""

        def reach(others: Tensor) -> Tensor:
            rank = math.ceil(level * (len(others) + 1))
            return others.kthvalue(rank, 0).values if rank <= len(others) else torch.full_like(others[0], math.inf)

        return covered_by_others(self.scores, reach, self.fold if self._folds > 1 else None)

    @property
    def _folds(self) -> int:
        return int(self.fold.max()) + 1

    def _rank(self, level: float) -> int:
        return math.ceil(level * (len(self.scores) + 1) - 1e-9)


def covered_by_others(scores: Tensor, reach: Callable[[Tensor], Tensor], part: Tensor | None = None) -> Tensor:
    """The share of the scores (M, J) that are at most the `reach` (J,) of those of all other parts.

    part: (M,); None for ten of which each takes every tenth row.
    """
    part = torch.arange(len(scores)) % _PARTS if part is None else part
    numbers = part.unique().tolist()
    return torch.cat([scores[part == n] <= reach(scores[part != n]) for n in numbers]).double().mean(0)


def _ordered(values: Tensor) -> Tensor:
    """Sort along the last axis: NumPy does it several times faster than torch finds the one value that is wanted."""
    return torch.from_numpy(np.sort(values.numpy(), axis=-1))


def _moments(draws: Distribution, fold: Tensor) -> tuple[Tensor, Tensor]:
    """Each fold's mean and standard deviation of z, of the mixture of its draws. (S, N, J) -> (F, N, J)."""
    means = draws.mean
    members = torch.nn.functional.one_hot(fold).to(means.dtype)
    share = (members / members.sum(0)).T
    mean = torch.einsum("fs,snj->fnj", share, means)
    square = torch.einsum("fs,snj->fnj", share, (means - means.mean(0)).square() + draws.variance)
    return mean, (square - (mean - means.mean(0)).square()).clamp(min=0).sqrt()
