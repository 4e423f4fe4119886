"""What rows that a member has not seen say of its predictions: how far its scales are off, and what its group is worth.

Groups of members (one for each KL weight) are stacked: their predictive densities are mixed with the weights, and
their noise and epistemic spread scaled by the factors, that make the left-out rows likeliest (Yao et al. 2018, eq. 4).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.distributions import Normal

_STEPS, _RATE, _BETA = 150, 0.1, 0.9
_WEIGHT_PENALTY, _FACTOR_PENALTY = 3e-3, 3e-4
_SMALLEST_SHRINKAGE = 0.36


@dataclass(frozen=True)
class Stacking:
    """What is applied to each of C groups. weights: (C,), sum 1; noise, epistemic: (C, J), factors on the scales."""

    weights: Tensor
    noise: Tensor
    epistemic: Tensor

    def __post_init__(self) -> None:
        """Refuse with ValueError what cannot be factors and shares."""
        groups = len(self.weights)
        factors = torch.cat([self.noise.flatten(), self.epistemic.flatten()])
        if self.weights.shape != (groups,) or self.noise.shape != self.epistemic.shape or len(self.noise) != groups:
            raise ValueError("the groups' weights and factors differ in number")
        if not (factors.isfinite().all() and (factors >= 0).all() and (self.weights >= 0).all()):
            raise ValueError("a group's weight or factor is not finite and positive")
        if abs(float(self.weights.sum()) - 1) > 1e-3:
            raise ValueError("the groups' weights do not add up to 1")

    @classmethod
    def none(cls, groups: int, targets: int) -> "Stacking":
        """Equal weights, scales as they are."""
        return cls(torch.full((groups,), 1 / groups), torch.ones(groups, targets), torch.ones(groups, targets))

    def spread(self, draws: int) -> Tensor:
        """Share out draws among the groups by their weights. Returns (C,), whole numbers that add up."""
        exact = self.weights.double() * draws
        counts = exact.floor()
        short = draws - int(counts.sum())
        counts[(exact - counts).argsort(descending=True, stable=True)[:short]] += 1
        return counts.long()


def stack(draws: Normal, z: Tensor, used: int) -> Stacking:
    """Fit a stacking to left-out rows.

    draws: loc, scale (C, S, M, J) of the one member of each group that has not seen the row; z: (M, J); used: members
    of a group that will predict. A prediction by all of them errs less than one by a single member, so the residuals
    are shrunk by what the groups' spread says the ensemble gains, and the factors are fitted again.
    """
    first = _fit(draws, z, 1.0)
    shrinkage = _shrinkage(draws, z, first.weights, used)
    return first if shrinkage == 1 else _fit(draws, z, shrinkage)


def mixed(draws: Normal, stacking: Stacking) -> Normal:
    """The stacked mixture as one of equally weighted components: groups take turns by weight. Returns (S', M, J)."""
    groups, count = draws.loc.shape[:2]
    shares = stacking.spread(groups * count)
    place = torch.cat([group * count + torch.arange(int(n)) % count for group, n in enumerate(shares)])
    loc, scale = _scaled(draws, stacking.noise.log(), stacking.epistemic.log())
    return Normal(loc.flatten(0, 1)[place], scale.flatten(0, 1)[place])


def judge(left_out: Tensor) -> tuple[Tensor, Tensor]:
    """Rows that a member has not seen, and the first such member of each. left_out: (K, N). Returns two (M,)."""
    rows = left_out.any(0).nonzero()[:, 0]
    return rows, left_out[:, rows].float().argmax(0)


def _fit(draws: Normal, z: Tensor, shrinkage: float) -> Stacking:
    """Maximise the mean log-density of the left-out rows by Adam, with light penalties against extremes."""
    groups, targets = draws.loc.shape[0], z.shape[1]
    means = draws.loc.mean(1)
    parameters = torch.zeros(groups * (1 + 2 * targets), requires_grad=True)
    first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
    for step in range(_STEPS):
        logits, noise, epistemic = _parts(parameters, groups, targets)
        log_weights = logits.log_softmax(0)
        centre = (log_weights.exp()[:, None, None] * means).sum(0).detach()
        loc, scale = _scaled(draws, noise, epistemic)
        density = Normal(loc, scale).log_prob(centre + shrinkage * (z - centre)).sum(-1) + log_weights[:, None, None]
        objective = (
            density.flatten(0, 1).logsumexp(0).mean()
            + _WEIGHT_PENALTY * log_weights.mean()
            - _FACTOR_PENALTY * noise.square().sum()
        )
        (gradient,) = torch.autograd.grad(-objective, parameters)
        with torch.no_grad():
            first.lerp_(gradient, 1 - _BETA)
            second.lerp_(gradient.square(), 1 - _BETA)
            correction = 1 - _BETA ** (step + 1)
            rate = _RATE * (1 - step / _STEPS) + 0.002
            parameters -= rate * (first / correction) / ((second / correction).sqrt() + 1e-8)
    logits, noise, epistemic = _parts(parameters.detach(), groups, targets)
    return Stacking(logits.softmax(0), noise.exp(), epistemic.exp())


def _parts(parameters: Tensor, groups: int, targets: int) -> tuple[Tensor, Tensor, Tensor]:
    logits, noise, epistemic = parameters.split([groups, groups * targets, groups * targets])
    return logits, noise.view(groups, targets), epistemic.view(groups, targets)


def _scaled(draws: Normal, log_noise: Tensor, log_epistemic: Tensor) -> tuple[Tensor, Tensor]:
    """Scale the noise, and the draws about their mean. draws: (C, S, M, J); factors' logarithms: (C, J)."""
    centre = draws.loc.mean(1, keepdim=True)
    loc = centre + log_epistemic.exp()[:, None, None] * (draws.loc - centre)
    return loc, draws.scale * log_noise.exp()[:, None, None]


def _shrinkage(draws: Normal, z: Tensor, weights: Tensor, used: int) -> float:
    """How much smaller the residuals of the whole ensemble are than those of one member per group (at most 1)."""
    concentration = float(weights.square().sum())
    if used < 2 or concentration > 0.99:
        return 1.0
    means, share = draws.loc.mean(1), weights[:, None, None]
    centre = (share * means).sum(0)
    variance = (share * (means - centre).square()).sum(0) * concentration / (1 - concentration)
    gain = float(variance.median() / (z - centre).square().median().clamp(min=1e-12)) * (1 - 1 / used)
    return math.sqrt(max(_SMALLEST_SHRINKAGE, 1 - gain))
