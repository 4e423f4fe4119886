"""The ends of conformal intervals: where a row's z has a wanted rank among the scores of held-out rows."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from aevb_cli.core.calibration.ranks import Ranks
from aevb_cli.core.families.mixtures import Mixed, Parts
from aevb_cli.core.families.searches import Search, Step, settled, steps

_SMALLEST = 1e-300
"""The smallest probability of a tail: that of a Gaussian's from 37 standard deviations on."""

_NEAR, _ROUGH, _MOST = 1e-4, 4, 400
"""A step after which the error is about its square, in units of the narrowest component's scale; rough steps at first,
after which one more is enough for nearly all rows; and the most that a row takes then: bisections of a bracket that
wild scores make wide."""

_FURTHEST = 60.0
"""Log odds of which single precision still has the tail."""

_EXACT, _PIECES = 1e-3, 200
"""The error of a step's length, in steps that end the search; and the most pieces of the ranks that are looked at."""


_Tails = Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
"""z (N, J) -> P(Z <= z), P(Z > z) and the density of each fold's mixture, (K, N, J) each."""


class Ends:
    """The z of ranks, for N rows and J targets: a z's log odds under a fold's mixture have ranks among its scores.

    fold: (S,), whose mixture each draw is in; ranks: for each target, among the scores of each fold.
    """

    def __init__(self, draws: Mixed, fold: Tensor, ranks: Sequence[Ranks]) -> None:
        """Compute what the ends have in common. draws: (S, N, J)."""
        self._draws, self._fold, self._ranks, parts = draws, fold, ranks, Parts.of(fold)
        self._near, self._tails = _NEAR * draws.resolution, draws.tails(fold)
        means = draws.mean[parts.order]
        self._mean, centre = parts.averages(means), means.mean(0)
        square = parts.averages((means - centre).square_().add_(draws.variance[parts.order]))
        self._sd = (square - (self._mean - centre).square()).clamp(min=0).sqrt()

    def at(self, rank: float) -> Tensor:
        """The z of this rank, (N, J): Newton's method on every fold's log odds, from those of Gaussians."""
        wanted = self._shares(rank)
        furthest = self._sd * (wanted.abs() / 2).exp()  # by Cantelli's inequality
        low, high = (self._mean - furthest).amin(0), (self._mean + furthest).amax(0)
        first = (self._mean + self._sd * _gaussian_quantile(wanted)).mean(0)
        rough = self._step(partial(self._tails, rough=True), wanted, rank, self._near)
        start = steps(rough, Search.between(low, high, first), _ROUGH).z
        start = torch.where(wanted.abs().amax(0) < _FURTHEST, start, first)

        def stepping(rows: Tensor | None) -> Step:
            if rows is None:
                return self._step(self._tails, wanted, rank, self._near)
            tails = self._draws.map(lambda each: each[:, rows]).tails(self._fold)
            return self._step(tails, wanted, rank, self._near[rows])

        return settled(stepping, Search.between(low, high, start), together=1, most=_MOST)

    def _step(self, tails: _Tails, wanted: Tensor, rank: float, near: Tensor) -> Step:
        """A step to where the rank would be the wanted one if log odds changed by their slopes here."""

        def step(search: Search) -> Search:
            below, above, density = (each.clamp(min=_SMALLEST) for each in tails(search.z))
            odds, slope = log_odds(below, above), density / (below * above).clamp(min=_SMALLEST)
            each = ((wanted - odds) / slope).clamp(search.low - search.z, search.high - search.z)
            length = self._length(odds, slope, each, rank, _EXACT * near)
            return search.moved(length, below=length > 0, near=near)

        return step

    def _length(self, odds: Tensor, slope: Tensor, each: Tensor, rank: float, near: Tensor) -> Tensor:
        """How far it is until the ranks of odds + slope length sum up to the wanted one, (N, J).

        odds, slope, each: (K, N, J); the last is how far it is until each fold has its share of the rank, between which
        the length lies.
        """

        def step(search: Search) -> Search:
            found, rise = self._rank(odds + slope * search.z)
            error = found - rank
            return search.moved(-error / (rise * slope).sum(0), below=error < 0, near=near, closed=1.0)

        low, high = each.amin(0), each.amax(0)
        return steps(step, Search.between(low, high, torch.zeros_like(low).clamp(low, high)), _PIECES).z

    def _shares(self, rank: float) -> Tensor:
        """Where the share of each fold in a rank lies among its own scores, (K, 1, J)."""
        found = [ranks.at(ranks.count * rank / ranks.count.sum())[:, 0] for ranks in self._ranks]
        return torch.stack(found, -1)[:, None]

    def _rank(self, odds: Tensor) -> tuple[Tensor, Tensor]:
        """How many held-out rows have scores below, and each fold's slope of that. (K, N, J) -> (N, J), (K, N, J)."""
        each = [ranks.line(of_target) for ranks, of_target in zip(self._ranks, odds.unbind(-1), strict=True)]
        rank, slope = (torch.stack(part, -1) for part in zip(*each, strict=True))
        return rank.sum(0), slope


def log_odds(below: Tensor, above: Tensor) -> Tensor:
    """log P(Z <= z) - log P(Z > z): exact in both tails, where a probability near 1 would not be."""
    return below.clamp(min=_SMALLEST).log() - above.clamp(min=_SMALLEST).log()


def _gaussian_quantile(log_odds: Tensor) -> Tensor:
    """The standard Gaussian's quantile of a probability whose log odds these are."""
    return -log_odds.sign() * torch.special.ndtri((-log_odds.abs()).sigmoid())
