"""Scores to expect of new rows, from held-out rows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.calibration.stacking import Stacking, mixed
from aevb_cli.core.classes import Classes
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.mixture import Mixture

LEVELS = (0.5, 0.9)

PROBABILITIES = (0.005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.995)
"""Of the quantiles of held-out rows that a model file has, for pictures."""

_LARGEST = 1e300
"""A quantile far out in a heavy tail may be infinite."""

_LARGEST_GAIN = math.log(2)
"""The largest gain of the ensemble over the members blind to a row, in nats per row. Half of these members have at most
twice the density of all; near that limit the halves differ too much to extrapolate from."""


@dataclass(frozen=True)
class HeldOut:
    """Predictions of held-out rows, as mixtures (S, M, J).

    blind: by the members that have not seen the row, with a stacking that has not seen it either; compared: by all of
    these members and by either half of them, stacked alike; gain: of the ensemble's scores over those of the members
    that have not seen a row, as a multiple of the gain of these over a half.
    """

    blind: Distribution
    compared: tuple[Distribution, ...] = ()
    gain: float = 0.0

    @classmethod
    def of(cls, draws: Distribution, blind: Distribution, stacking: Stacking, used: int) -> "HeldOut":
        """From draws of the members that have not seen a row, and their mixture by `stacking.cross_fitted`.

        draws: (C, S, m, M, J); blind: (S', M, J); used: how many times m members the ensemble has.

        A mixture of m members has the expected score a + c/m, up to terms of 1/m^2; the halves determine c (as in the
        jackknife: Quenouille 1956).
        """
        members = draws.coordinates.shape[2]
        if used < 2 or members < 2:
            return cls(blind)
        half = members // 2
        parts = draws, draws.map(lambda each: each[:, :, :half]), draws.map(lambda each: each[:, :, -half:])
        gain = (1 - 1 / used) / (members / half - 1)
        return cls(blind, tuple(mixed(part, stacking) for part in parts), gain)

    def map(self, change: Callable[[Distribution], Distribution]) -> "HeldOut":
        """Change every mixture, say to other units."""
        return HeldOut(change(self.blind), tuple(map(change, self.compared)), self.gain)

    def scores(self, z: Tensor, group: Tensor | None = None) -> tuple[np.ndarray, dict[str, Any] | None]:
        """Scores to expect of new rows.

        z: (M, J), NaN where unknown; group: (M,), whole numbers: rows of the same one tell no more than a single row;
        None: all rows are independent.

        Returns the probability integral transforms of the rows with all z known, (H, J), and each target's scores over
        them: RMSE and log-likelihood in nats per row with their standard errors (None where there is a single group),
        and coverage of the mixture's equal-tailed intervals. None where these are not finite, as in a training that is
        about to diverge.
        """
        known = ~z.isnan().any(1)
        if not known.any():
            return np.empty((0, z.shape[1])), None
        number = torch.arange(len(z)) if group is None else group
        units, places = number[known].unique(return_inverse=True)
        seen, z = self.map(lambda p: p.map(lambda each: each[:, known])), z[known]  # a class has no code NaN
        blind, gains = _scores(seen.blind, z), torch.zeros(2, *z.shape, dtype=z.dtype)
        if seen.compared:
            whole, *halves = (_scores(each, z) for each in seen.compared)
            gains = self.gain * (whole - sum(halves) / len(halves))
        gains[0].clamp_(max=_LARGEST_GAIN)
        gains[1, :, self.classes] = 0  # which class is first changes by jumps
        of_rows = blind + gains
        scores, errors = of_rows.mean(1), standard_errors(of_rows, places, len(units))
        if not all(each.isfinite().all() for each in (scores, errors) if each is not None):
            return np.empty((0, z.shape[1])), None
        pit = Mixture(seen.blind).pit(z)
        needed = (2 * pit - 1).abs()
        return pit.numpy(), {
            "rows": len(z),
            "groups": len(units),
            **_with_errors(scores, errors, self.classes),
            "coverage": {str(level): (needed <= level).double().mean(0).tolist() for level in LEVELS},
        }

    @property
    def classes(self) -> list[int]:
        """The places of the targets that are classes."""
        return [place for place, part in enumerate(_columns(self.blind)) if part.kind == "class"]

    def of_classes(self, z: Tensor) -> np.ndarray:
        """Of each target that is a class the observed code and the probabilities, (H, sum of 1 + W), where z is known.

        z: (M, J), NaN where unknown.
        """
        known, mixture = ~z.isnan().any(1), Mixture(self.blind)
        each = [(z[:, place, None], Classes.of(mixture, place).probability) for place in self.classes]
        return torch.cat([torch.empty(len(z), 0), *(part for pair in each for part in pair)], 1)[known].double().numpy()

    def of_numbers(self, z: Tensor) -> np.ndarray:
        """Of each target that is no class the observed value, the mean, and the quantiles, where z is known.

        z: (M, J), NaN where unknown. Returns (H, J', 2 + Q), of the J' such targets.
        """
        known = (~z.isnan().any(1)).nonzero()[:, 0]
        numbers = [place for place in range(z.shape[1]) if place not in self.classes]
        if not len(known) or not numbers:
            return np.empty((0, len(numbers), 2 + len(PROBABILITIES)))
        mixture = Mixture(self.blind.map(lambda each: each[:, known]))
        parts = [z[known], mixture.mean, *(mixture.quantile(each) for each in PROBABILITIES)]
        return torch.stack([part.double() for part in parts], -1)[:, numbers].clamp(-_LARGEST, _LARGEST).numpy()


def standard_errors(values: Tensor, place: Tensor, groups: int) -> Tensor | None:
    """The standard errors of means over rows, from the sums over independent groups (Liang & Zeger 1986).

    values: (..., M, J); place: (M,), each row's group, below `groups`. Returns (..., J); None for a single group.
    """
    if groups < 2:
        return None
    residuals = values - values.mean(-2, keepdim=True)
    shape = (*values.shape[:-2], groups, values.shape[-1])
    sums = torch.zeros(shape, dtype=values.dtype).index_add_(-2, place, residuals)
    return (sums.square().sum(-2) * groups / (groups - 1)).sqrt() / len(place)


def _with_errors(scores: Tensor, errors: Tensor | None, classes: Sequence[int]) -> dict[str, Any]:
    """The scores and their errors for the model file: of classes an accuracy, of others an RMSE.

    scores, errors: log-likelihoods, and squared errors or shares of right classes, (2, J).
    """
    log_likelihood, second = scores[0], scores[1].clamp(min=0)
    rmse = second.sqrt()
    found: dict[str, Any] = {"rmse": rmse.tolist(), "log_likelihood": log_likelihood.tolist()}
    found["accuracy"] = [float(share) if place in classes else None for place, share in enumerate(second)]
    if errors is None:
        found |= {"rmse_error": None, "log_likelihood_error": None}
    else:  # the delta method: d sqrt(s) = ds / (2 sqrt(s)). Where all errors are 0, that of their mean is 0.
        rmse_error = torch.where(rmse > 0, errors[1] / (2 * rmse), 0)
        found |= {"rmse_error": rmse_error.tolist(), "log_likelihood_error": errors[0].tolist()}
    for place in classes:
        found["rmse"][place] = None
        if found["rmse_error"]:
            found["rmse_error"][place] = None
    return found


def _scores(mixture: Distribution, z: Tensor) -> Tensor:
    """The log-density or -probability of each row, and its squared error or whether its class is right, (2, M, J)."""
    p = Mixture(mixture)
    second = (p.mean - z).square()
    for place, part in enumerate(_columns(mixture)):
        if part.kind == "class":
            second[:, place] = (Classes.of(p, place).predicted == z[:, place]).to(z.dtype)
    return torch.stack([p.log_prob(z), second])


def _columns(mixture: Distribution) -> list[Distribution]:
    """The family's distribution of each target, in the order of the targets."""
    found: dict[int, Distribution] = {}
    targets = mixture.mean.shape[-1]
    for part, index in mixture.parts_by_column():
        places = range(targets)[index] if isinstance(index, slice) else index.tolist()
        found |= dict.fromkeys(places, part)
    return [found[place] for place in range(targets)]
