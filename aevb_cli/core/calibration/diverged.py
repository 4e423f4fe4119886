"""Networks that no prediction shall be made by: they have diverged in training, or lost what others have learned."""

from typing import NamedTuple

import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.of_classes import ClassDistribution

_RATIO = 4.0
"""The squared error of numbers, in those of a constant prediction, beyond which a network has diverged.

The value of any other row would err by 2 times as much: noise that is learned by heart is no worse. Twice that is for
what networks do between rows; one that has diverged errs by 10^3 to 10^12 times as much."""

_LOG_LOSS = 20.0
"""The log-loss of classes, in nats per row beyond that of their shares, of a network that has diverged: it is sure of
classes at random, by logits of hundreds. Noise that is learned by heart has a few nats."""

_TRIMMED = 0.1
"""The share of rows whose errors do not count, the largest of each network: few rows far outside do not tell that one
has diverged."""

_LEARNED, _LOST, _FEW_ROWS = 0.2, 0.5, 20
"""Shares of a constant prediction's squared error that others explain at least, and of what they explain, that it lacks
at least, where a network is said to have lost it; and rows below which that is not said."""


class Errors(NamedTuple):
    """Mean squared errors of numbers, and Brier scores (Brier 1950) of classes.

    of_networks: (K, J), inf where a prediction is not finite; of_constant: (J,), counted like these; far: (K, J) of
    bool, whether a network has diverged.
    """

    of_networks: Tensor
    of_constant: Tensor
    far: Tensor

    @classmethod
    def of(cls, p: Distribution, z: Tensor) -> "Errors":
        """Of predictions p of rows, (K, M, J), whose values are z, (M, J), standardised."""
        parts = []
        for part, index in p.parts_by_column():
            own = z[:, index]
            parts.append(_of_classes(part, own) if isinstance(part, ClassDistribution) else _of_numbers(part, own))
        networks, constant, far = (torch.cat(each, -1) for each in zip(*parts, strict=True))
        return cls(torch.where(_finite(p)[:, None], networks, torch.inf), constant, far)


def diverged(p: Distribution, z: Tensor) -> Tensor:
    """Whether each of K networks is far more wrong about some target than a constant is. (K,) of bool.

    p, z: as in `Errors.of`. One row tells only whether predictions are finite.
    """
    wrong = ~_finite(p)
    return wrong | Errors.of(p, z).far.any(1) if len(z) > 1 else wrong


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


def _of_numbers(p: Distribution, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The three of `Errors`. A constant errs by 1 at least, the variance of all rows: held-out ones may be alike."""
    constant = (z - z.mean(0)).double().square()
    errors = _trimmed((p.mean - z).double().square().nan_to_num(torch.inf, torch.inf))
    return errors, _trimmed(constant), ~(errors <= _RATIO * constant.mean(0).clamp(min=1))


def _of_classes(p: ClassDistribution, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    probabilities = p.probabilities.double()
    observed = (z.long()[..., None] == torch.arange(probabilities.shape[-1])).double()
    shares = observed.mean(0)
    entropy = torch.special.entr(shares).sum(-1)
    far = ~(_trimmed(-p.log_prob(z).double()) <= entropy + _LOG_LOSS)
    brier = (probabilities - observed).square().sum(-1).mean(1)
    return brier, (shares - observed).square().sum(-1).mean(0), far


def _trimmed(errors: Tensor) -> Tensor:
    """The means over the rows, but for the largest errors. errors: (..., M, J)."""
    kept = errors.shape[-2] - int(_TRIMMED * errors.shape[-2])
    return errors.sort(-2).values[..., :kept, :].mean(-2)
