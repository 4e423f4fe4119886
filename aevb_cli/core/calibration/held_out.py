"""What to expect of new rows, as rows say it that some members have not seen."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.calibration.stacking import Stacking, mixed
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.mixture import Predictive

LEVELS = (0.5, 0.9)

_MOST_GAINED = math.log(2)
"""Nats that many members may have over the few on a row. A half's density is never more than twice that of the few:
where more is to be gained, the halves differ by too much to tell it."""


@dataclass(frozen=True)
class HeldOut:
    """What is said of rows by members that have not seen them, as mixtures of (S, M, J).

    whole: as all members would say it; few: by those that there are; halves: by either half of these; gain: what the
    scores of all have over the few's, in what these have over a half's.
    """

    whole: Distribution
    few: Distribution
    halves: tuple[Distribution, ...] = ()
    gain: float = 0.0

    @classmethod
    def of(cls, draws: Distribution, expected: Distribution, stacking: Stacking, used: int) -> "HeldOut":
        """From draws of members that have not seen the rows, and what `calibration.stack` expects of all.

        draws, expected: (C, S, m, M, J); used: how many times as many members there are.

        A mixture of m members scores a + c/m, but for terms of 1/m^2, and the halves tell c (as in the jackknife:
        Quenouille 1956).
        """
        whole, few, members = mixed(expected, stacking), mixed(draws, stacking), draws.location.shape[2]
        if used < 2 or members < 2:
            return cls(whole, few)
        half = members // 2
        parts = draws.map(lambda each: each[:, :, :half]), draws.map(lambda each: each[:, :, -half:])
        return cls(whole, few, tuple(mixed(part, stacking) for part in parts), (1 - 1 / used) / (members / half - 1))

    def map(self, change: Callable[[Distribution], Distribution]) -> "HeldOut":
        """The same in other units."""
        return HeldOut(change(self.whole), change(self.few), tuple(map(change, self.halves)), self.gain)

    def scores(self, z: Tensor) -> tuple[np.ndarray, dict[str, Any] | None]:
        """How new rows are to fare. z: (M, J), NaN where unknown.

        Returns the probability integral transforms of the known rows (H, J), and each target's scores over them, the
        coverage being that of the mixture's equal-tailed intervals; nothing where these are not finite, as in a
        training that is about to diverge.
        """
        known = ~z.isnan().any(1)
        if not known.any():
            return np.empty((0, z.shape[1])), None
        few, halves = _scores(self.few, z), [_scores(half, z) for half in self.halves]
        gains = self.gain * (few - sum(halves) / len(halves)) if halves else torch.zeros_like(few)
        gains[0].clamp_(max=_MOST_GAINED)
        scores = (few + gains)[:, known].mean(1)
        if not scores.isfinite().all():
            return np.empty((0, z.shape[1])), None
        log_likelihood, squares = scores
        pit = Predictive(self.whole).pit(z)[known]
        needed = (2 * pit - 1).abs()
        return pit.numpy(), {
            "rows": int(known.sum()),
            "rmse": squares.clamp(min=0).sqrt().tolist(),
            "log_likelihood": log_likelihood.tolist(),
            "coverage": {str(level): (needed <= level).double().mean(0).tolist() for level in LEVELS},
        }


def _scores(mixture: Distribution, z: Tensor) -> Tensor:
    """Of each row its log-density and squared error. (2, M, J)."""
    p = Predictive(mixture)
    return torch.stack([p.log_prob(z), (p.mean - z).square()])
