"""The predictive distribution of a row: q(z|x), or its mixture over training rows' cells where one is unknown."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.data.layout import STAND_INS
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.data.unknown import UnknownCells
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.mixture import Mixture, Predictor

COMPONENTS = STAND_INS
"""Of the mixture where cells are unknown: each sees other cells in their place."""


def of_members(guarantee: ConformalIntervals | None) -> ConformalIntervals | None:
    """A guarantee, whose folds are the members that left them out, one for each."""
    return guarantee and replace(guarantee, draw_fold=torch.arange(guarantee.folds))


def predictor(
    unknown: UnknownCells,
    features: Scaling,
    posteriors: Callable[[Tensor], Distribution],
    recalibration: Recalibration,
    guarantee: ConformalIntervals | None,
) -> Predictor:
    """q(z|x) of the first member as a mixture of one component; where cells are unknown, of COMPONENTS.

    posteriors: of every member for rows x (N, D) in units, (K, N, J). For unknown cells there is no guarantee.
    """

    def known(x: Tensor) -> Mixture:
        q = posteriors(x)
        blind = Mixture(q.map(lambda each: each[1:])) if guarantee else None
        return Mixture(q.map(lambda each: each[:1]), CalibratedIntervals(recalibration, guarantee, blind))

    def marginal(x: Tensor) -> Mixture:
        new, gaps, filling = unknown.new(x), unknown.gaps(x), unknown.drawn(COMPONENTS)
        filled = (
            torch.where(new, word, torch.where(gaps, cell, x))
            for word, cell in zip(filling.words, features.restore(filling.cells), strict=True)
        )
        first, *others = (posteriors(rows).map(lambda each: each[0]) for rows in filled)
        q = first.combined(others, torch.stack)
        of_known, of_new = unknown.effects(q.location, x, filling)
        return Mixture(q.at(q.location - of_known + of_new), CalibratedIntervals(recalibration, widest=True))

    return Predictor(known, marginal, unknown.rows)
