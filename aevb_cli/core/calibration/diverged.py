"""Networks that no prediction shall be made by: they have diverged in training, or lost what others have learned."""

from typing import NamedTuple

import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.of_classes import ClassDistribution

_RATIO, _RATIO_OF_CLASSES = 4.0, 1.5
"""The squared error of a network, in those of a constant prediction, from which on it has diverged.

The value of any other row would err by 2 times as much as the mean: noise that is learned by heart is no worse. Numbers
get twice that, for what networks do between rows; what has diverged errs by 10^3 to 10^12 times as much. A Brier score
is 2 times as large where a network is sure of classes at random: midway between that and the shares of the classes."""

_TRIMMED = 0.1
"""The share of rows whose errors of numbers do not count, the largest of each network: few rows far outside do not tell
that it has diverged."""

_LEARNED, _LOST, _FEW_ROWS = 0.2, 0.5, 20
"""Shares of a constant prediction's squared error that others explain at least, and of what they explain, that it lacks
at least, where a network is said to have lost it; and rows below which that is not said."""


class Errors(NamedTuple):
    """Mean squared errors of numbers, and Brier scores (Brier 1950) of classes.

    of_networks: (K, J), inf where a prediction is not finite; of_constant: (J,), counted like these; limit: (J,), of
    what has not diverged.
    """

    of_networks: Tensor
    of_constant: Tensor
    limit: Tensor

    @classmethod
    def of(cls, p: Distribution, z: Tensor) -> "Errors":
        """Of predictions p of rows, (K, M, J), whose values are z, (M, J), standardised."""
        parts = []
        for part, index in p.parts_by_column():
            own = z[:, index]
            parts.append(_brier(part, own) if isinstance(part, ClassDistribution) else _squared(part, own))
        networks, *constants = (torch.cat(each, -1) for each in zip(*parts, strict=True))
        return cls(torch.where(_finite(p)[:, None], networks, torch.inf), *constants)


def diverged(p: Distribution, z: Tensor) -> Tensor:
    """Whether each of K networks errs on some target far more than a constant does. (K,) of bool.

    p, z: as in `Errors.of`. One row tells only whether predictions are finite.
    """
    if len(z) <= 1:
        return ~_finite(p)
    errors = Errors.of(p, z)
    return ~(errors.of_networks < errors.limit).all(1)


def lost(p: Distribution, others: Distribution, z: Tensor) -> Tensor:
    """Whether each of K networks lacks, on some target, half of what another one explains of rows. (K,) of bool.

    Then what the other one's predictions of the rows are worth says nothing of the network. p, others, z: as in
    `Errors.of`.
    """
    own, theirs = Errors.of(p, z), Errors.of(others, z)
    explained = own.of_constant - theirs.of_networks
    lacking = own.of_networks - theirs.of_networks > _LOST * explained
    return (lacking & (explained > _LEARNED * own.of_constant)).any(1) & (len(z) >= _FEW_ROWS)


def _finite(p: Distribution) -> Tensor:
    """Whether each network's predictions of all rows are finite, (K,)."""
    return p.coordinates.isfinite().flatten(1).all(1)


def _squared(p: Distribution, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of numbers. The limit's constant errs by 1 at least, the variance of all rows: held-out ones may be alike."""
    constant = (z - z.mean(0)).double().square()
    errors = (p.mean - z).double().square().nan_to_num(torch.inf, torch.inf)
    return _trimmed(errors), _trimmed(constant), _RATIO * constant.mean(0).clamp(min=1)


def _trimmed(errors: Tensor) -> Tensor:
    """The means over the rows, but for the largest errors. errors: (..., M, J)."""
    kept = errors.shape[-2] - int(_TRIMMED * errors.shape[-2])
    return errors.sort(-2).values[..., :kept, :].mean(-2)


def _brier(p: ClassDistribution, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    probabilities = p.probabilities.double()
    observed = (z.long()[..., None] == torch.arange(probabilities.shape[-1])).double()
    constant = (observed.mean(0) - observed).square().sum(-1).mean(0)
    return (probabilities - observed).square().sum(-1).mean(1), constant, _RATIO_OF_CLASSES * constant
