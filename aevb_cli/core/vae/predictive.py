"""The predictive distribution of a row: q(z|x), or its mixture over known words where one is unknown."""

from collections.abc import Callable

import torch
from torch import Tensor

from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.words import UnseenWords, effects
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.mixture import Mixture, Predictor

COMPONENTS = 64
"""Known words that stand in for an unknown one; of several columns, combinations."""


def predictor(
    inputs: Inputs,
    posteriors: Callable[[Tensor], Distribution],
    recalibration: Recalibration,
    guarantee: ConformalIntervals | None,
) -> Predictor:
    """q(z|x) of the first member as a mixture of one component; where words are unknown, of COMPONENTS.

    posteriors: of every member for rows x (N, D) in units, (K, N, J). For unknown words there is no guarantee.
    """
    unseen = UnseenWords(inputs)

    def known(x: Tensor) -> Mixture:
        q = posteriors(x)
        blind = Mixture(q.map(lambda each: each[1:])) if guarantee else None
        return Mixture(q.map(lambda each: each[:1]), CalibratedIntervals(recalibration, guarantee, blind))

    def marginal(x: Tensor) -> Mixture:
        cells, words = unseen.cells(x), unseen.drawn(COMPONENTS)
        first, *others = (posteriors(torch.where(cells, word, x)).map(lambda each: each[0]) for word in words)
        q = first.combined(others, torch.stack)
        of_known, new = effects(q.location, cells, words)
        return Mixture(q.at(q.location - of_known + new), CalibratedIntervals(recalibration))

    return Predictor(known, marginal, unseen.rows)
