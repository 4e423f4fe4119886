"""Ranks among scores, as a continuous function of the score."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Ranks:
    """How many of some scores are at most so large: j - 1/2 at the j-th smallest, linear between.

    Beyond the extreme scores the rank nears its end exponentially, as tail probabilities do in their log odds.
    B lists of scores side by side, which may differ in length. score, rank: (B, n), ascending; count: (B, 1).
    """

    score: Tensor
    rank: Tensor
    count: Tensor

    @classmethod
    def among(cls, lists: list[Tensor]) -> "Ranks":
        """Of some lists of scores, (n,) each."""
        longest = max(map(len, lists))
        place = torch.arange(longest)
        ordered = [each.sort().values[place.clamp(max=len(each) - 1)] for each in lists]
        count = torch.tensor([[len(each)] for each in lists]).to(ordered[0].dtype)
        return cls(torch.stack(ordered), torch.minimum(place + 0.5, count - 0.5), count)

    def of(self, score: Tensor) -> Tensor:
        """The ranks of scores. score: (B, N)."""
        return self.line(score)[0]

    def line(self, score: Tensor) -> tuple[Tensor, Tensor]:
        """The ranks of scores and their slopes. score: (B, N)."""
        first, last = self.score[:, :1], self.score[:, -1:]
        below, above = 0.5 * (score - first).clamp(max=0).exp(), 0.5 * (last - score).clamp(max=0).exp()
        rank, slope = _interpolated(self.score, self.rank, score)
        before, after = score < first, score > last
        rank = torch.where(before, below, torch.where(after, self.count - above, rank))
        return rank, torch.where(before, below, torch.where(after, above, slope))

    def at(self, rank: Tensor) -> Tensor:
        """The scores of ranks, between 0 and the count, both excluded. rank: (B, N)."""
        below, above = (2 * rank).clamp(max=1).log(), (2 * (self.count - rank)).clamp(max=1).log()
        return _interpolated(self.rank, self.score, rank)[0] + below - above


def _interpolated(x: Tensor, y: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
    """Linear interpolation of y(x), constant beyond the ends, and its slope within; of several y of an x the last.

    x, y: (B, n), ascending; at: (B, N).
    """
    if x.shape[1] == 1:
        return y.expand_as(at), torch.zeros_like(at)
    after = torch.searchsorted(x, at.contiguous(), right=True).clamp(1, x.shape[1] - 1)
    (x0, x1), (y0, y1) = ((part.gather(1, after - 1), part.gather(1, after)) for part in (x, y))
    apart = x1 > x0
    share = torch.where(apart, (at - x0) / (x1 - x0), 1.0).clamp(0, 1)
    return torch.lerp(y0, y1, share), torch.where(apart, (y1 - y0) / (x1 - x0), 0.0)
