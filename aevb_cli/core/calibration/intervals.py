"""The interval of a row: conformal where there are enough held-out rows, else the mixture's own, recalibrated."""

from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.mixture import Mixture


@dataclass(frozen=True)
class CalibratedIntervals:
    """Intervals of an observation z, as `mixture.Intervals`.

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

    def _calibrated(self, mixture: Mixture, level: float) -> tuple[Tensor, Tensor]:
        if self.guarantee:
            return self.guarantee.interval(self.blind or mixture, level)
        return mixture.equal_tailed(self.recalibration.level(level))
