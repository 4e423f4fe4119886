"""What rows that a member has not seen say of its predictions: how far its scales are off, and what its group is worth.

Groups of members (one for each KL weight) are stacked: their predictive densities are mixed with the weights, and
their noise and epistemic spread scaled by the factors, that make the left-out rows likeliest (Yao et al. 2018, eq. 4).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from aevb_cli.core.families.base import Distribution

_STEPS, _RATE, _BETA = 150, 0.1, 0.9
_PENALTY = 3e-3
"""On the logarithms of weights and factors, in nats per row. The likelihood of single rows hardly tells noise from
epistemic spread, however many they are: where it does not, the members' own word counts.
"""

_SMALLEST_SHRINKAGE = 0.36
_PEAKED = 0.3  # nats per row
_ALONE = 0.9  # the concentration of the weights from which on one group says too little of how members vary


@dataclass(frozen=True)
class Stacking:
    """What is applied to each of C groups.

    weights: (C,), sum 1; noise, epistemic: (C, J), factors on the noise and on the draws' distances from their member's
    mean (one for all groups, but for files of earlier versions); between: (J,), the factor on the members' distances
    from the mean of all.
    """

    weights: Tensor
    noise: Tensor
    epistemic: Tensor
    between: Tensor

    def __post_init__(self) -> None:
        """Refuse with ValueError what cannot be factors and shares."""
        groups = len(self.weights)
        factors = torch.cat([self.noise.flatten(), self.epistemic.flatten(), self.between.flatten()])
        if self.weights.shape != (groups,) or self.noise.shape != self.epistemic.shape or len(self.noise) != groups:
            raise ValueError("the groups' weights and factors differ in number")
        if self.between.shape != self.noise.shape[1:]:
            raise ValueError("the factors between the members are not one for each target")
        if not (factors.isfinite().all() and (factors >= 0).all() and (self.weights >= 0).all()):
            raise ValueError("a group's weight or factor is not finite and positive")
        if abs(float(self.weights.sum()) - 1) > 1e-3:
            raise ValueError("the groups' weights do not add up to 1")

    @classmethod
    def none(cls, groups: int, targets: int) -> "Stacking":
        """Equal weights, scales as they are."""
        ones = torch.ones(groups, targets)
        return cls(torch.full((groups,), 1 / groups), ones, ones.clone(), torch.ones(targets))

    def spread(self, draws: int) -> Tensor:
        """Share out draws among the groups by their weights. Returns (C,), whole numbers that add up."""
        exact = self.weights.double() * draws
        counts = exact.floor()
        short = draws - int(counts.sum())
        counts[(exact - counts).argsort(descending=True, stable=True)[:short]] += 1
        return counts.long()


def stack(draws: Distribution, z: Tensor, used: int) -> tuple[Stacking, Distribution]:
    """Fit a stacking to left-out rows. Returns it, and the draws that the whole ensemble would have made for them.

    draws: (C, S, m, M, J), S draws of each of m members of each group that have not seen the row; z: (M, J);
    used: how many times as many members will predict. What is fitted to the few would be too wide for the many, so it
    is fitted again to what those would have said; but not where the mixture's peaks foretell z (whole numbers, say),
    which moving blurs.
    """
    first = _fit(draws, z)
    mixture = mixed(draws, first)
    pooled = mixture.pooled()
    if _peaked(mixture, pooled, z):
        return first, draws
    expected = _of_all(draws, z, first.weights, pooled.sd, used)
    return _fit(expected, z), expected


def mixed(draws: Distribution, stacking: Stacking) -> Distribution:
    """The stacked mixture as one of equally weighted components: groups take turns by weight. Returns (S', M, J)."""
    groups, draws_each, members = draws.location.shape[:3]
    count = draws_each * members
    shares = stacking.spread(groups * count)
    place = torch.cat([group * count + torch.arange(int(n)) % count for group, n in enumerate(shares)])
    factors = stacking.noise, stacking.epistemic, stacking.between
    p = _scaled(draws, stacking.weights, *factors)
    return p.map(lambda each: each.flatten(0, 2)[place])


def _fit(draws: Distribution, z: Tensor) -> Stacking:
    """Maximise the mean log-density of the left-out rows by Adam, with light penalties against extremes.

    Each group has a weight and a factor on its noise; the factors on the spreads are common to all.
    """
    groups, targets = draws.location.shape[0], z.shape[1]
    parameters = torch.zeros(groups * (1 + targets) + 2 * targets, requires_grad=True)
    first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
    for step in range(_STEPS):
        logits, *factors = _parts(parameters, groups, targets)
        log_weights = logits.log_softmax(0)
        p = _scaled(draws, log_weights.exp().detach(), *(factor.exp() for factor in factors))
        density = p.log_prob(z).sum(-1) + log_weights[:, None, None, None]
        penalty = _PENALTY * (parameters[groups:].square().sum() - log_weights.mean())
        objective = density.flatten(0, 2).logsumexp(0).mean() - penalty
        (gradient,) = torch.autograd.grad(-objective, parameters)
        with torch.no_grad():
            first.lerp_(gradient, 1 - _BETA)
            second.lerp_(gradient.square(), 1 - _BETA)
            correction = 1 - _BETA ** (step + 1)
            rate = _RATE * (1 - step / _STEPS) + 0.002
            parameters -= rate * (first / correction) / ((second / correction).sqrt() + 1e-8)
    logits, *factors = _parts(parameters.detach(), groups, targets)
    return Stacking(logits.softmax(0), *(factor.exp() for factor in factors))


def _parts(parameters: Tensor, groups: int, targets: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The weights' logits, and the logarithms of the factors on noise, draws, and members."""
    logits, noise, epistemic, between = parameters.split([groups, groups * targets, targets, targets])
    return logits, noise.view(groups, targets), epistemic.expand(groups, targets), between


def _scaled(draws: Distribution, weights: Tensor, noise: Tensor, epistemic: Tensor, between: Tensor) -> Distribution:
    """Scale the noise, the draws about their member's mean, and the means about that of all. draws: (C, S, m, M, J)."""
    centre = draws.location.mean(1, keepdim=True)
    common = _of_groups(centre.mean((1, 2)), weights)
    location = common + between * (centre - common) + epistemic[:, None, None, None] * (draws.location - centre)
    return draws.at(location, noise[:, None, None, None])


def _of_groups(each: Tensor, weights: Tensor) -> Tensor:
    """The weighted sum over the groups. each: (C, M, J). Returns (M, J)."""
    return torch.einsum("c,cmj->mj", weights, each)


def _peaked(mixture: Distribution, pooled: Distribution, z: Tensor) -> bool:
    """Whether the mixture knows much more of z than one of its family with its mean and variance would."""
    density = mixture.log_prob(z).logsumexp(0) - math.log(len(mixture.location))
    return float((density - pooled.log_prob(z)).mean()) > _PEAKED


def _of_all(draws: Distribution, z: Tensor, weights: Tensor, sd: Tensor, used: int) -> Distribution:
    """What `used` times as many members would have said of the rows. sd: (M, J), predicted, in which errors are told.

    The mean of m members errs by V/m more, in the square, than that of infinitely many, where V is how much members
    vary; they show V (1 - 1/m) of it as their spread. So members are moved apart, and all of them nearer to z. V is
    told by the members of a group; where only one of each is left out, by the groups, whose number m is then
    1 / sum of weights^2.
    """
    means = draws.location.mean(1)  # (C, m, M, J)
    members, concentration = means.shape[1], float(weights.square().sum())
    centre = _of_groups(means.mean(1), weights)
    if used < 2 or (members == 1 and concentration > _ALONE):
        return draws
    alone = concentration / members  # the share of V by which the mean of all errs
    if members > 1:
        inner, shown = means.mean(1, keepdim=True), 1 - 1 / members
        variance = _of_groups(means.var(1) / members, weights.square())
    else:
        inner, shown = centre, 1 - concentration
        variance = _of_groups((means[:, 0] - centre).square(), weights) * concentration / (1 - concentration)
    varied, erred = (float((part / sd.square()).mean()) for part in (variance, (z - centre).square()))
    gain = varied / max(erred, 1e-12) * (1 - 1 / used)
    nearer = 1 - math.sqrt(max(_SMALLEST_SHRINKAGE, 1 - gain))
    apart = math.sqrt(1 + alone * (1 - 1 / used) / shown) - 1
    moved = apart * (means - inner) + nearer * (z - centre)
    return draws.at(draws.location + moved[:, None])
