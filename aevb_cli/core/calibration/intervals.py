"""The interval of a row: conformal where there are enough held-out rows, else the mixture's own, recalibrated."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.calibration import sets
from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.classes import Classes
from aevb_cli.core.families.mixtures import Index
from aevb_cli.core.mixture import Mixture


@dataclass(frozen=True)
class CalibratedIntervals:
    """Intervals of an observation z and sets of classes, as `mixture.Calibrated`.

    blind: of the same rows, the mixture of the members that left out a fold; None: all members of the mixture did.
    widest: no end lies inside the mixture's own interval. So it is for rows with unknown cells: that held-out rows,
    which have all cells, found mixtures too wide says nothing of how wide unknown ones make them.
    """

    recalibration: Recalibration
    guarantee: ConformalIntervals | None = None
    blind: Mixture | None = None
    widest: bool = False

    def __call__(self, mixture: Mixture, level: float) -> tuple[Tensor, Tensor]:
        """The lower and upper ends, (N, J)."""
        lower, upper = self._calibrated(mixture, level)
        if self.widest:
            lowest, highest = mixture.equal_tailed(level)
            lower, upper = torch.minimum(lower, lowest), torch.maximum(upper, highest)
        return lower, upper

    def above(self, mixture: Mixture, limit: Tensor) -> Tensor:
        """P(Z > limit), (N, J): what lies beyond an interval that ends there. limit: (N, J)."""
        below, own = mixture.draws.cdf(limit).mean(0), mixture.draws.survival(limit).mean(0)
        found = torch.where(own <= below, self.recalibration.tail(own), 1 - self.recalibration.tail(below))
        for guarantee, blind, index in self._conformal(mixture):
            found[:, index] = guarantee.above(blind, limit[:, index])
        if self.widest:
            found = torch.full_like(own, 0.5).clamp(torch.minimum(own, found), torch.maximum(own, found))
        return found

    def classes(self, mixture: Mixture, place: int, level: float, observed: Tensor | None) -> Tensor:
        """The set of classes of a target, (N, W) of bool. observed: (M,), as `sets.least_ambiguous` has it."""
        p, scores = Classes.of(mixture, place), self.recalibration.needed[:, place]
        if self.guarantee and observed is None:
            return self.guarantee.classes(p, place, level)
        if not len(scores):
            return sets.by_mass(p.probability, level)
        return sets.least_ambiguous(p.probability, scores, level, observed)

    def _calibrated(self, mixture: Mixture, level: float) -> tuple[Tensor, Tensor]:
        """Conformal where there are scores and z is no count, whose intervals end at whole numbers."""
        conformal = self._conformal(mixture)
        if any(index == slice(None) for _, _, index in conformal if isinstance(index, slice)):
            ((guarantee, blind, _),) = conformal
            return guarantee.interval(blind, level)
        lower, upper = mixture.equal_tailed(self.recalibration.level(level))
        for guarantee, blind, index in conformal:
            lower[:, index], upper[:, index] = guarantee.interval(blind, level)
        return lower, upper

    def _conformal(self, mixture: Mixture) -> list[tuple[ConformalIntervals, Mixture, Index]]:
        """What is conformal: of the targets at an index, the intervals and the mixture that they are of."""
        if not self.guarantee:
            return []
        parts = mixture.draws.parts_by_column()
        if all(part.kind == "number" for part, _ in parts):
            return [(self.guarantee, self.blind or mixture, slice(None))]
        numbers = [(part, index) for part, index in parts if part.kind == "number"]
        return [(self.guarantee.of_columns(index), Mixture(part), index) for part, index in numbers]
