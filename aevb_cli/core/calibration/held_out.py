"""Scores to expect of new rows, from held-out rows."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.calibration.stacking import Stacking, mixed
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.mixture import Mixture

LEVELS = (0.5, 0.9)

_LARGEST_GAIN = math.log(2)
"""The largest gain of the ensemble over the members blind to a row, in nats per row. Half of these members have at most
twice the density of all; near that limit the halves differ too much to extrapolate from."""


@dataclass(frozen=True)
class HeldOut:
    """Predictions of held-out rows, as mixtures (S, M, J).

    ensemble: as expected of the whole ensemble; blind: by the members that have not seen the row; half_blind: by either
    half of these; gain: of the ensemble's scores over those of `blind`, as a multiple of the gain of `blind` over a
    half.
    """

    ensemble: Distribution
    blind: Distribution
    half_blind: tuple[Distribution, ...] = ()
    gain: float = 0.0

    @classmethod
    def of(cls, draws: Distribution, expected: Distribution, stacking: Stacking, used: int) -> "HeldOut":
        """From draws of the blind members, and those that `stacking.stack` expects of the ensemble.

        draws, expected: (C, S, m, M, J); used: how many times m members the ensemble has.

        A mixture of m members has the expected score a + c/m, up to terms of 1/m^2; the halves determine c (as in the
        jackknife: Quenouille 1956).
        """
        ensemble, blind, members = mixed(expected, stacking), mixed(draws, stacking), draws.location.shape[2]
        if used < 2 or members < 2:
            return cls(ensemble, blind)
        half = members // 2
        parts = draws.map(lambda each: each[:, :, :half]), draws.map(lambda each: each[:, :, -half:])
        gain = (1 - 1 / used) / (members / half - 1)
        return cls(ensemble, blind, tuple(mixed(part, stacking) for part in parts), gain)

    def map(self, change: Callable[[Distribution], Distribution]) -> "HeldOut":
        """Change every mixture, say to other units."""
        return HeldOut(change(self.ensemble), change(self.blind), tuple(map(change, self.half_blind)), self.gain)

    def scores(self, z: Tensor) -> tuple[np.ndarray, dict[str, Any] | None]:
        """Scores to expect of new rows. z: (M, J), NaN where unknown.

        Returns the probability integral transforms of the rows with all z known, (H, J), and each target's scores over
        them: RMSE, log-likelihood in nats per row, and coverage of the mixture's equal-tailed intervals. None where
        these are not finite, as in a training that is about to diverge.
        """
        known = ~z.isnan().any(1)
        if not known.any():
            return np.empty((0, z.shape[1])), None
        blind, halves = _scores(self.blind, z), [_scores(half, z) for half in self.half_blind]
        gains = self.gain * (blind - sum(halves) / len(halves)) if halves else torch.zeros_like(blind)
        gains[0].clamp_(max=_LARGEST_GAIN)
        scores = (blind + gains)[:, known].mean(1)
        if not scores.isfinite().all():
            return np.empty((0, z.shape[1])), None
        log_likelihood, squares = scores
        pit = Mixture(self.ensemble).pit(z)[known]
        needed = (2 * pit - 1).abs()
        return pit.numpy(), {
            "rows": int(known.sum()),
            "rmse": squares.clamp(min=0).sqrt().tolist(),
            "log_likelihood": log_likelihood.tolist(),
            "coverage": {str(level): (needed <= level).double().mean(0).tolist() for level in LEVELS},
        }


def _scores(mixture: Distribution, z: Tensor) -> Tensor:
    """The log-density and the squared error of each row, (2, M, J)."""
    p = Mixture(mixture)
    return torch.stack([p.log_prob(z), (p.mean - z).square()])
