"""Stacking: a weight for each group of members and scale factors for its uncertainty, fitted to held-out rows.

There is a group for each KL weight. The stacked density is the groups' weighted mixture, with their noise and epistemic
spread multiplied by factors. Weights and factors maximise the likelihood of held-out rows (Yao et al. 2018, eq. 4).
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from aevb_cli.core.calibration.quasi_newton import maximised
from aevb_cli.core.calibration.robust import floored
from aevb_cli.core.families.base import Distribution

_EVALUATIONS = 60
FEW = 30
"""Evaluations that do where scores are compared, and no stacking is kept."""

_PENALTY = 3e-3
"""On the logarithms of weights and factors, in nats per row. It leaves weakly identified factors at 1: single rows
barely tell noise from epistemic spread."""

_NARROWER = 0.02
"""The same for factors below 1 on a spread of means. Single rows hardly tell less epistemic spread from less noise, and
would often have the mean known better than it is: 0.71 of x within its 90 % interval on the report's process."""

_FEW_ROWS = 20
"""Rows below which a half of them tells too little to fit a stacking to."""

_SMALLEST_ERROR = 0.36  # of the ensemble, squared, as a share of the blind members'
_PEAKED = 0.3  # nats per row
_ONE_GROUP = 0.9  # the weights' sum of squares above which the groups say too little of the variance among members


@dataclass(frozen=True)
class Stacking:
    """Stacking weights, and scale factors for each of C groups and J targets.

    weights: (C,), sum 1; noise_factor: (C, J), on the noise; epistemic_factor: (C, J), on the draws' distances from
    their member's mean (all groups alike, except in files of earlier versions); member_factor: (J,), on the members'
    distances from the mean of all.
    """

    weights: Tensor
    noise_factor: Tensor
    epistemic_factor: Tensor
    member_factor: Tensor

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be weights and factors."""
        groups, shape = len(self.weights), self.noise_factor.shape
        factors = torch.cat([each.flatten() for each in (self.noise_factor, self.epistemic_factor, self.member_factor)])
        if self.weights.shape != (groups,) or shape != self.epistemic_factor.shape or len(self.noise_factor) != groups:
            raise ValueError("the groups' weights and factors differ in number")
        if self.member_factor.shape != shape[1:]:
            raise ValueError("the factors between the members are not one for each target")
        if not (factors.isfinite().all() and (factors >= 0).all() and (self.weights >= 0).all()):
            raise ValueError("a group's weight or factor is not finite and positive")
        if abs(float(self.weights.sum()) - 1) > 1e-3:
            raise ValueError("the groups' weights do not add up to 1")

    @classmethod
    def none(cls, groups: int, targets: int) -> "Stacking":
        """Equal weights, and all factors 1."""
        ones = torch.ones(groups, targets)
        return cls(torch.full((groups,), 1 / groups), ones, ones.clone(), torch.ones(targets))

    def widened(self, sound: Tensor) -> "Stacking":
        """The same for further groups, which get no weight, and factors of 1. sound: (C',) of bool, C of them true."""
        if sound.all():
            return self
        wide = Stacking.none(len(sound), self.noise_factor.shape[1])
        wide.weights.zero_()
        for into, own in zip(
            (wide.weights, wide.noise_factor, wide.epistemic_factor),
            (self.weights, self.noise_factor, self.epistemic_factor),
            strict=True,
        ):
            into[sound] = own
        return replace(wide, member_factor=self.member_factor)

    def spread(self, draws: int) -> Tensor:
        """Share out draws among the groups by their weights. Returns (C,), whole numbers whose sum is `draws`."""
        exact = self.weights.double() * draws
        counts = exact.floor()
        short = draws - int(counts.sum())
        counts[(exact - counts).argsort(descending=True, stable=True)[:short]] += 1
        return counts.long()


def stack(draws: Distribution, z: Tensor, used: int) -> tuple[Stacking, Distribution]:
    """Fit a stacking to held-out rows. Returns it, and the draws to expect of the whole ensemble for them.

    draws: (C, S, m, M, J), S draws of each of the m members of each group that have not seen the row; z: (M, J);
    used: how many times m members the ensemble has.

    The mean of m members errs more than the ensemble's, so factors fitted to their draws make the ensemble's intervals
    too wide. Hence a second fit, to the draws to expect of the ensemble. It is left out where the mixture has peaks
    at z (whole numbers, say), which moving the draws would blur.
    """
    if any(part.kind != "number" for part, _ in draws.parts_by_column()):  # nothing else is nearer to z when moved
        return _fit(draws, z, robust=True), draws
    first = _fit(draws, z)
    mixture = mixed(draws, first)
    pooled = mixture.pooled()
    if _peaked(mixture, pooled, z):
        return first, draws
    expected = _expected(draws, z, first.weights, pooled.sd, used)
    return _fit(expected, z, robust=True), expected


def cross_fitted(draws: Distribution, z: Tensor, most: int = _EVALUATIONS) -> Distribution:
    """The stacked mixture for held-out rows, each half of them by a stacking that is fitted to the other half.

    What is fitted to a row knows it a little, and more so the fewer rows there are. draws, z: as in `stack`. Returns
    (S', M, J).
    """
    if len(z) < _FEW_ROWS:
        return mixed(draws, _fit(draws, z, robust=True, most=most))
    rows = torch.arange(len(z))
    even, odd = draws.map(lambda each: each[:, :, :, 0::2]), draws.map(lambda each: each[:, :, :, 1::2])
    first = mixed(even, _fit(odd, z[1::2], robust=True, most=most))
    second = mixed(odd, _fit(even, z[0::2], robust=True, most=most))
    order = torch.cat([rows[0::2], rows[1::2]]).argsort()
    return first.combined([second], lambda parts: torch.cat(parts, 1)[:, order])


def stacked_score(draws: Distribution, z: Tensor) -> float:
    """The mean log-density of held-out rows under the stacking that is fitted to them, in nats per row.

    draws, z: as in `stack`.
    """
    density = mixed(draws, _fit(draws, z, most=FEW)).log_prob(z).sum(-1)
    return float(floored(density.logsumexp(0) - math.log(len(density))).mean())


def mixed(draws: Distribution, stacking: Stacking) -> Distribution:
    """The stacked mixture of equally weighted components, as many of each group as its weight asks for.

    draws: (C, S, m, M, J). Returns (S', M, J).
    """
    groups, draws_each, members = draws.coordinates.shape[:3]
    count = draws_each * members
    shares = stacking.spread(groups * count)
    place = torch.cat([group * count + torch.arange(int(n)) % count for group, n in enumerate(shares)])
    factors = stacking.noise_factor, stacking.epistemic_factor, stacking.member_factor
    p = _scaled(draws, stacking.weights, *factors)
    return p.map(lambda each: each.flatten(0, 2)[place])


def _fit(draws: Distribution, z: Tensor, *, robust: bool = False, most: int = _EVALUATIONS) -> Stacking:
    """Maximise the mean log-density of held-out rows, less a penalty on extremes.

    Each group has a weight and a noise factor for each target; the other factors are common to all groups. robust: so
    that no row rules it; not where a mixture may have peaks, and its density between them tells that they are wrong.
    most: evaluations.
    """
    groups, targets = draws.coordinates.shape[0], z.shape[1]

    def objective(parameters: Tensor) -> Tensor:
        logits, *factors = _parts(parameters, groups, targets)
        log_weights = logits.log_softmax(0)
        p = _scaled(draws, log_weights.exp(), *(factor.exp() for factor in factors))
        density = p.log_prob(z).sum(-1) + log_weights[:, None, None, None]
        narrower = parameters[-2 * targets :].clamp(max=0).square().sum()
        penalty = _PENALTY * (parameters[groups:].square().sum() - log_weights.mean()) + _NARROWER * narrower
        of_rows = density.flatten(0, 2).logsumexp(0)
        return (floored(of_rows) if robust else of_rows).mean() - penalty

    # equal weights and factors of 1 where predictions are so far off that no density tells anything
    found = maximised(objective, torch.zeros(groups * (1 + targets) + 2 * targets), most)
    logits, *factors = _parts(found, groups, targets)
    return Stacking(logits.softmax(0), *(factor.exp() for factor in factors))


def _parts(parameters: Tensor, groups: int, targets: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The weights' logits, and the logarithms of the noise, epistemic and member factors."""
    logits, noise, epistemic, member = parameters.split([groups, groups * targets, targets, targets])
    return logits, noise.view(groups, targets), epistemic.expand(groups, targets), member


def _scaled(draws: Distribution, weights: Tensor, noise: Tensor, epistemic: Tensor, member: Tensor) -> Distribution:
    """Scale the noise, the draws about their member's mean, and the means about that of all. draws: (C, S, m, M, J)."""
    epistemic, member = draws.of_coordinates(epistemic), draws.of_coordinates(member)
    location = draws.coordinates
    centre = location.mean(1, keepdim=True)
    common = _weighted_sum(centre.mean((1, 2)), weights)
    location = common + member * (centre - common) + epistemic[:, None, None, None] * (location - centre)
    return draws.moved(location, noise[:, None, None, None])


def _weighted_sum(each: Tensor, weights: Tensor) -> Tensor:
    """The weighted sum over the groups. each: (C, M, J). Returns (M, J)."""
    return torch.einsum("c,cmj->mj", weights, each)


def _peaked(mixture: Distribution, pooled: Distribution, z: Tensor) -> bool:
    """Whether z has a much higher density under the mixture than under one component with its mean and variance."""
    density = mixture.log_prob(z).logsumexp(0) - math.log(len(mixture.location))
    return float((density - pooled.log_prob(z)).mean()) > _PEAKED


def _expected(draws: Distribution, z: Tensor, weights: Tensor, sd: Tensor, used: int) -> Distribution:
    """The draws to expect of `used` times as many members. draws: (C, S, m, M, J); sd: (M, J), the unit of errors.

    Let V be the variance among members. The mean of m members has a squared error that is larger by V/m than that of
    infinitely many, and a sample variance of V (1 - 1/m). So members are moved apart, and all of them nearer to z.
    V is estimated within groups. Where only one member of each has not seen a row, it is estimated among the groups,
    whose effective number is 1 / sum of weights^2.
    """
    means = draws.location.mean(1)  # (C, m, M, J)
    members, concentration = means.shape[1], float(weights.square().sum())
    centre = _weighted_sum(means.mean(1), weights)
    if used < 2 or (members == 1 and concentration > _ONE_GROUP):
        return draws
    excess = concentration / members  # the squared error of the mean of all that is due to V, in V
    if members > 1:
        middle, spread = means.mean(1, keepdim=True), 1 - 1 / members
        variance = _weighted_sum(means.var(1) / members, weights.square())
    else:
        middle, spread = centre, 1 - concentration
        variance = _weighted_sum((means[:, 0] - centre).square(), weights) * concentration / (1 - concentration)
    due_to_v, error = (float((part / sd.square()).mean()) for part in (variance, (z - centre).square()))
    gain = due_to_v / max(error, 1e-12) * (1 - 1 / used)
    nearer = 1 - math.sqrt(max(_SMALLEST_ERROR, 1 - gain))
    apart = math.sqrt(1 + excess * (1 - 1 / used) / spread) - 1
    moved = apart * (means - middle) + nearer * (z - centre)
    return draws.at(draws.location + moved[:, None])
