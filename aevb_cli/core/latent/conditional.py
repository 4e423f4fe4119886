"""p(missing cells | present cells) of rows, by importance sampling from q(z|x) (KW appendix D; Mattei & Frellsen 2019).

A draw z of q(z|present) counts with the weight p(present, z) / q(z|present), normalised over the draws.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.of_classes import ClassDistribution
from aevb_cli.core.latent.importance import joint
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.latent.proposal import drawn
from aevb_cli.core.latent.sampling import draw_at
from aevb_cli.core.mixture import Mixture

ROWS = 32
"""Rows whose draws are weighted at once, always exactly so many: a row's last bit must not depend on those around it.
Of wide tables it is a share of that."""

_AT_ONCE, _OF_BANDS = 1 << 23, 200
"""Cells of p(x|z), of all draws and rows, that are held at once; and draws, taken by weight, that make up a band."""


@dataclass(frozen=True)
class _Part:
    """Some rows. x: (n, D) in units; z: (S, n, J); weight: (S, n), of sum 1 over the draws."""

    x: Tensor
    z: Tensor
    weight: Tensor


@dataclass(frozen=True)
class Conditional:
    """The distribution of the missing cells of N rows. Results are in units, and hold the present cells as they are."""

    vae: LatentVae
    rows: int
    parts: tuple[_Part, ...]

    @property
    def size(self) -> Tensor:
        """The effective number of draws, 1 / sum of the squared weights (Kong 1992). (N,)."""
        return self._joined(lambda part: part.weight.square().sum(0).reciprocal())

    def mean(self) -> Tensor:
        """E(x_d | present cells) of missing numbers, and the code of the most probable word. (N, D), float64."""
        return self._joined(lambda part: torch.where(part.x.isnan(), self._means(part), part.x))

    def probability(self) -> Tensor:
        """The probability of the most probable value of missing words, and of 0 and 1; NaN elsewhere. (N, D)."""

        def of_part(part: _Part) -> Tensor:
            found = torch.full_like(part.x, torch.nan)
            for own, index in self.vae.decode(part.z).parts_by_column():
                if own.kind == "class":
                    found[:, index] = _probabilities(own, part.weight).amax(-1)
            return found.where(part.x.isnan(), torch.nan)

        return self._joined(of_part)

    def draws(self, count: int, generator: Generator) -> Tensor:
        """Multiple imputations: draws of all missing cells of a row together. Returns (count, N, D), float64."""

        def of_part(part: _Part) -> Tensor:
            drawn = draw_at(self.vae, _chosen(part, torch.rand(count, len(part.x), generator=generator)), generator)
            return torch.where(part.x.isnan(), drawn, part.x)

        return self._joined(of_part, 1)

    def interval(self, level: float) -> tuple[Tensor, Tensor]:
        """The recalibrated equal-tailed band of each missing number; NaN elsewhere. (N, D) each, float64."""
        lower, upper = self._joined(lambda part: torch.stack(self._mixture(part).interval(level)), 1) + self.vae.lowest
        gaps = self._joined(lambda part: part.x.isnan())
        return lower.where(gaps, torch.nan), upper.where(gaps, torch.nan)

    def pit(self, x: Tensor) -> Tensor:
        """The probability integral transforms of the true cells x, (N, D), in units; of NaN any number. (N, D)."""
        places = iter(self._padded(x))
        return self._joined(lambda part: self._mixture(part).pit((next(places) - self.vae.lowest).nan_to_num()))

    def _means(self, part: _Part) -> Tensor:
        p = self.vae.in_units(self.vae.decode(part.z))
        mean = (p.mean.double() * part.weight[..., None]).sum(0) + self.vae.lowest
        for own, index in p.parts_by_column():
            if isinstance(own, Categorical):  # its mean is the most probable word of each draw
                mean[:, index] = _probabilities(own, part.weight).argmax(-1).double()
        return mean

    def _mixture(self, part: _Part) -> Mixture:
        """The predictive distribution of the rows' cells, of draws of equal weight, in units above the lowest level."""
        count = min(_OF_BANDS, len(part.z))
        even = ((torch.arange(count) + 0.5) / count)[:, None].expand(-1, len(part.x))
        p = self.vae.in_units(self.vae.decode(_chosen(part, even)))
        needed = self.vae.recalibration.needed.expand(-1, part.x.shape[1])
        return Mixture(p, CalibratedIntervals(Recalibration(needed)))

    def _joined(self, of_part: Callable[[_Part], Tensor], dim: int = 0) -> Tensor:
        return torch.cat([of_part(part) for part in self.parts], dim).narrow(dim, 0, self.rows)

    def _padded(self, x: Tensor) -> Iterator[Tensor]:
        return _in_parts(x, len(self.parts[0].x))


def conditional(vae: LatentVae, x: Tensor, samples: int, generator: Generator) -> Conditional:
    """The distribution of the cells that rows lack. x: (N, D) in units, NaN where missing; samples: draws of z (S).

    All rows have the same random numbers: what is said of one must not depend on its place in the table.
    """
    eps = torch.randn(max(2, samples), 1, vae.settings.latent, generator=generator)
    parts = tuple(_weighted(vae, rows, eps) for rows in _in_parts(x, _rows(vae, samples)))
    return Conditional(vae, len(x), parts)


def _rows(vae: LatentVae, samples: int) -> int:
    """How many rows are weighted at once."""
    wanted, rows = _AT_ONCE // (samples * vae.likelihoods.width), ROWS
    while rows > max(1, wanted) and rows % 2 == 0:
        rows //= 2
    return rows


def _weighted(vae: LatentVae, x: Tensor, eps: Tensor) -> _Part:
    own = vae.binarised(vae.own(x))
    z, log_density = drawn(vae, own, eps)
    return _Part(x, z, (joint(vae, own, z) - log_density).double().softmax(0))


def _chosen(part: _Part, place: Tensor) -> Tensor:
    """Draws of z by their weights. place: (R, n), between 0 and 1, in the cumulative weights. Returns (R, n, J)."""
    cumulative = part.weight.cumsum(0).T.contiguous()
    number = torch.searchsorted(cumulative, place.T.contiguous().double()).clamp(max=len(part.z) - 1).T
    return part.z.gather(0, number[..., None].expand(-1, -1, part.z.shape[-1]))


def _probabilities(p: Distribution, weight: Tensor) -> Tensor:
    """The mixture's probabilities of classes, (n, d, W). p: (S, n, d); weight: (S, n)."""
    of_draws = cast(ClassDistribution, p).probabilities.double()
    return (of_draws * weight[..., None, None]).sum(0)


def _in_parts(x: Tensor, rows: int) -> Iterator[Tensor]:
    """Parts of exactly so many rows, the last one filled up with copies of its first; without rows, one of gaps."""
    for part in x.split(rows) if len(x) else (x.new_full((1, x.shape[1]), torch.nan),):
        yield torch.cat([part, part[:1].expand(rows - len(part), -1)])
