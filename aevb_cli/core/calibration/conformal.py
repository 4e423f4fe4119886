"""Conformal intervals from the mixture's distribution function: guaranteed, and of the mixture's own shape.

The score of a held-out row is the log odds of its probability integral transform F_k(z|x), where F_k is the mixture of
the members that left out its fold k (distributional conformal prediction: Chernozhukov et al. 2021). A z of a new row x
has a rank: the number of held-out rows whose score is at most that of z under F_k(.|x). An interval reaches from one
rank to another. So the intervals of all levels are nested, and miss as often below as above. With several folds either
end is one of CV+ (Barber et al. 2021, section 3); with one, it is split conformal prediction.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from aevb_cli.core.calibration.ends import Ends, log_odds
from aevb_cli.core.calibration.ranks import Ranks
from aevb_cli.core.calibration.sets import cross_conformal
from aevb_cli.core.classes import Classes
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.mixtures import Index, Parts
from aevb_cli.core.mixture import Mixture

FEWEST, MOST = 50, 1000
"""Held-out rows: the fewest for conformal intervals, and the most of which the scores are kept."""

_DRAWS = 10
"""The fewest draws per fold from which its distribution function is estimated."""

_PARTS = 10
"""Parts of the held-out rows for cross-validated coverage, where there are no folds to use."""

_WHOLE = 1e-7
"""What a number of rows beyond an end may lack of a whole one, by rounding."""


@dataclass(frozen=True)
class ConformalIntervals:
    """Conformal intervals from the scores of held-out rows.

    For new rows from the distribution of the training rows, intervals of level 1 - alpha have at least the coverage
    `least`, on average over tables, and in practice 1 - alpha or slightly more. One approximation: the scores are by
    stackings fitted to half of the rows, the intervals by the one fitted to all.

    scores: (M, J), of held-out rows, predicted by members that left them out: of classes 1 - p, of counts none, 0;
    fold: (M,), of each row; draw_fold: (S,), the fold left out by the member behind each draw.
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
        kept = torch.linspace(0, len(z) - 1, min(len(z), MOST)).long()
        scores = torch.zeros_like(z, dtype=torch.float64)
        for part, index in mixture.parts_by_column():
            own = z[:, index]
            if part.kind == "number":
                scores[:, index] = log_odds(part.cdf(own).double().mean(0), part.survival(own).double().mean(0))
            elif part.kind == "class":
                scores[:, index] = 1 - part.log_prob(own).double().exp().mean(0)
        return cls(scores[kept], fold[kept], torch.empty(0, dtype=torch.long))

    def of_columns(self, index: Index) -> "ConformalIntervals":
        """The intervals of some targets."""
        return replace(self, scores=self.scores[:, index])

    def classes(self, p: Classes, place: int, level: float) -> Tensor:
        """The sets of a target's classes, (N, W) of bool."""
        parts = Parts.of(self.draw_fold)
        of_folds = parts.averages(p.draws[parts.order])
        return cross_conformal(of_folds, p.probability, self.scores[:, place], self.fold, level)

    def of(self, fold: Tensor) -> "ConformalIntervals | None":
        """The intervals for draws of members that left out these folds, (S,); None with too few draws of a fold."""
        if int(torch.bincount(fold, minlength=self.folds).min()) < _DRAWS:
            return None
        return replace(self, draw_fold=fold)

    @property
    def folds(self) -> int:
        """The number of folds (K)."""
        return int(self.fold.max()) + 1

    @property
    def method(self) -> str:
        """The method's name."""
        return "CV+" if self.folds > 1 else "split conformal"

    def least(self, level: float) -> float:
        """The guaranteed coverage: for one fold 1 - alpha.

        With K folds each end is one of CV+ at alpha / 2 (theorem 4), but for (K - 1) / 2 ranks: what the interpolation
        between the scores of the K - 1 other folds may err by.
        """
        rows, folds = len(self.scores), self.folds
        if folds == 1:
            return level
        excess = min(2 * (1 - 1 / folds) / (rows / folds + 1), (1 - folds / rows) / (folds + 1))
        return 1 - 2 * (1 - level + excess + (folds - 1) / (rows + 1))

    def interval(self, mixture: Mixture, level: float) -> tuple[Tensor, Tensor]:
        """The interval of z. mixture: of the draws, N rows, in units. Returns lower and upper, (N, J)."""
        below, above = _ends(level, len(self.scores))
        draws, back = mixture.draws.untransformed()
        ends = Ends(draws, self.draw_fold, self._ranks)
        return back(ends.at(below)), back(ends.at(above))

    def above(self, mixture: Mixture, limit: Tensor) -> Tensor:
        """P(Z > limit), (N, J): the level's share beyond an interval that ends there. mixture: as there; limit: (N, J).

        With r of the held-out rows below and s above it is (s + 1/2) / (r + s + 1), as `_ends` has it.
        """
        parts = Parts.of(self.draw_fold)
        below, above = (
            parts.averages(of_draws[parts.order])
            for of_draws in (mixture.draws.cdf(limit), mixture.draws.survival(limit))
        )
        odds, count = log_odds(below, above), len(self.scores)
        each = [ranks.of(of_target).sum(0) for ranks, of_target in zip(self._ranks, odds.unbind(-1), strict=True)]
        rank = torch.stack(each, -1)
        return torch.where(2 * rank > count, _beyond(count - rank, count), 1 - _beyond(rank, count))

    def expected(self, level: float) -> Tensor:
        """The cross-validated coverage: each fold's, or each part's, by the scores of all others. Returns (J,)."""

        def held(own: Tensor, others: Tensor) -> Tensor:
            ranks = Ranks.among(list(others.T)).of(own.T).T
            below, above = _ends(level, len(others))
            return (ranks >= below) & (ranks <= above)

        return covered_by_others(self.scores, held, self.fold if self.folds > 1 else None)

    @cached_property
    def _ranks(self) -> list[Ranks]:
        """For each target the ranks among the scores of each fold."""
        return [Ranks.among([scores[self.fold == k] for k in range(self.folds)]) for scores in self.scores.T]


def _ends(level: float, scores: int) -> tuple[float, float]:
    """The ranks of an interval's ends among so many scores.

    A whole number of scores lies beyond each, at most (1 - level) / 2 of scores + 1. Where that is less than one, the
    ends lie between the extreme scores and those of a level of 1; so intervals are nested there, too.
    """
    beyond = (1 - level) / 2 * (scores + 1)
    rank = math.floor(beyond + _WHOLE) - 0.5 if beyond >= 1 - _WHOLE else beyond / 2
    return rank, scores - rank


def _beyond(rank: Tensor, scores: int) -> Tensor:
    """The share of a level that lies beyond an end of this rank, counted from without: the inverse of `_ends`."""
    return torch.minimum(rank + 0.5, 2 * rank) / (scores + 1)


def covered_by_others(scores: Tensor, held: Callable[[Tensor, Tensor], Tensor], part: Tensor | None = None) -> Tensor:
    """The share of scores (M, J) that are `held`: own (m, J), the scores of all other parts -> (m, J) of bool.

    part: (M,), of each row; None: every tenth row goes to the same of ten parts. Returns (J,).
    """
    part = torch.arange(len(scores)) % _PARTS if part is None else part
    numbers = part.unique().tolist()
    return torch.cat([held(scores[part == n], scores[part != n]) for n in numbers]).double().mean(0)
