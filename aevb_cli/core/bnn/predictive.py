"""Networks drawn from q(w), stacked: the predictive distribution of a row."""

from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.stacking import Stacking
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.data.unknown import UnknownCells
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.head import Head
from aevb_cli.core.mixture import Mixture
from aevb_cli.core.networks.mlp import VariationalMLP

_AT_ONCE = 1 << 23
"""Inputs that are laid out at once, where each network sees others."""


def drawn_weights(
    q: Normal, member: Tensor, trunk: int, sharing: int, generator: Generator
) -> tuple[Tensor, Tensor | None]:
    """Draws of the weights, (S, size), and their `leaders`, None where all draws are independent.

    Where `sharing` draws of a member have a trunk in common, each second set of so many mirrors the set before it:
    mu - sigma eps for mu + sigma eps (antithetic variates; Hammersley & Morton 1956). What is linear in eps cancels
    in their mean.
    q: (K, size); member: (S,), in order; trunk: the number of the parameters in common, which come first.
    """
    weights = torch.randn(len(member), q.location.shape[1], generator=generator)
    leader = None
    if sharing > 1:
        leader, mirrors = leaders(member, sharing)
        weights[mirrors] = -weights[mirrors - sharing]
        weights[:, :trunk] = weights[leader, :trunk]
    weights = weights.to(q.location.device).mul_(q.scale[member]).add_(q.location[member])  # may take a gigabyte each
    return weights, leader


def leaders(member: Tensor, sharing: int) -> tuple[Tensor, Tensor]:
    """For each draw the first of its set, whose trunk it has, (S,); and the draws of each member's even sets, in order.

    member: (S,), in order; sharing: the draws of a set, of which a member's last may have fewer.
    """
    place = torch.arange(len(member))
    start = torch.searchsorted(member, member)  # of the member's draws
    number = (place - start) // sharing
    return start + number * sharing, place[number % 2 == 1]


@dataclass(frozen=True)
class DrawnNetworks:
    """S networks of the members of C groups.

    unknown: the cells that they cannot see; network, head: of all; weights: (S, size); constants: (S, 1, C'), of the
    head; member, group: (S,), of each network; members: how many there are of each group; leader: (S,), for each
    network the first one with its trunk (`MLP.trunk`); None: none is shared.
    """

    unknown: UnknownCells
    features: Scaling
    targets: Scaling
    network: VariationalMLP
    head: Head
    weights: Tensor
    constants: Tensor
    member: Tensor
    group: Tensor
    members: int
    leader: Tensor | None
    stacking: Stacking
    intervals: CalibratedIntervals

    def known(self, x: Tensor) -> Mixture:
        """The mixture of p(z|x, w) over the networks. x: (N, D) in units."""
        seen = self.unknown.inputs(self.features.standardise(x))
        p = self.head(self.network(self.weights, seen[None], self.leader), self.constants)
        return self._mixture(p, self._stacked(p, p.coordinates), self.intervals)

    def marginal(self, x: Tensor) -> Mixture:
        """The same where unknown cells are marginalised: each network sees cells of training rows in their place.

        Stacking scales what members and draws disagree about, and not what these cells differ by.
        """
        seen, filling = self.unknown.inputs(self.features.standardise(x)), self.unknown.drawn(len(self.weights))
        step = max(1, _AT_ONCE // seen.numel())
        out = [
            self.network(self.weights[part], self.unknown.laid_out(x, seen, filling, part))
            for part in (slice(start, start + step) for start in range(0, len(self.weights), step))
        ]
        p = self.head(torch.cat(out), self.constants)
        known, new = self.unknown.effects(p.coordinates, x, filling)
        return self._mixture(p, self._stacked(p, p.coordinates - known) + new, replace(self.intervals, widest=True))

    def _stacked(self, p: Distribution, location: Tensor) -> Tensor:
        """The coordinates of p with members and draws moved apart as the stacking asks. (S, N, L)."""
        stacking, all_members = self.stacking, len(self.stacking.weights) * self.members
        count = torch.zeros(all_members, 1, 1).index_add_(0, self.member, torch.ones(len(self.member), 1, 1))
        total = torch.zeros(all_members, *location.shape[1:]).index_add_(0, self.member, location)
        centre = total / count.clamp(min=1)
        factor, member_factor = map(p.of_coordinates, (stacking.epistemic_factor, stacking.member_factor))
        of_member, epistemic = factor.repeat_interleave(self.members, 0)[:, None], factor[self.group][:, None]
        # common + member factor (centre - common) + epistemic factor (location - centre), one product for each draw
        fixed = torch.lerp(location.mean(0), centre, member_factor) - of_member * centre
        return torch.addcmul(fixed[self.member], epistemic, location)

    def _mixture(self, p: Distribution, location: Tensor, intervals: CalibratedIntervals) -> Mixture:
        restored = p.moved(location, self.stacking.noise_factor[self.group][:, None])
        return Mixture(self.targets.in_units(restored), intervals)
