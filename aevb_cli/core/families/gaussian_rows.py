"""Mixtures of Gaussians, row by row: where a prediction spends most of its time.

The draws of 32 rows at a time lie together in a block that stays in the processor's cache. Passes over the draws of all
rows would wait for memory, several times as long.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor

from aevb_cli.core.families.mixtures import Curve, Parts, Tails

_ROWS = 32
"""Rows of a block; with several columns, rows and columns together."""

_ABOVE = 7.0
"""By how much the least exponent is above that of the smallest number, so that products are no smaller either:
processors take many times as long for such."""


class _Block(NamedTuple):
    """Some rows' draws, (S, n): their locations, from the row's mean in its mean scale; 1 / (sqrt(2) scale) in that.

    weight: of each draw, None where all count alike.
    """

    location: Tensor
    inverse: Tensor
    weight: Tensor | None

    def single(self) -> "_Block":
        """In single precision, which is enough for numbers in these units."""
        return _Block(*(None if each is None else each.float() for each in self))  # type: ignore[arg-type]

    def weighted(self, values: Tensor) -> Tensor:
        """Values of each draw by its weight, in place."""
        return values if self.weight is None else values.mul_(self.weight)

    def height(self, u: Tensor) -> Tensor:
        """sqrt(pi) times the densities at u, weighted."""
        least = math.log(torch.finfo(u.dtype).tiny) + _ABOVE
        return self.weighted(u.square().neg_().clamp_(min=least).exp_().mul_(self.inverse))

    def tail(self, u: Tensor) -> Tensor:
        """The probabilities beyond u, twice and weighted, in its place."""
        return self.weighted(torch.erfc(u, out=u))


class GaussianRows:
    """The components N(location, scale^2) of N rows and J columns, (S, N, J), for sums over the first dimension.

    What is rough is computed in single precision, which takes a third of the time.
    """

    def __init__(self, location: Tensor, scale: Tensor, weight: Tensor | None = None) -> None:
        """Lay the components out in blocks. weight: of each, of mean 1 over a row's; None where all count alike."""
        self._mean, self._unit = location.mean(0).double(), scale.mean(0).double()
        parts = location.flatten(1), scale.flatten(1), self._mean.flatten(), self._unit.flatten()
        laid_out = zip(*(each.split(_ROWS, -1) for each in parts), strict=True)
        weights = repeat(None) if weight is None else weight.flatten(1).split(_ROWS, -1)
        self._exact = [
            _Block((place - mean).div_(unit), unit / (width * math.sqrt(2)), own)
            for (place, width, mean, unit), own in zip(laid_out, weights)  # noqa: B905 - None is repeated forever
        ]
        self._rough = [block.single() for block in self._exact]

    def curve(self, *, rough: bool) -> Curve:
        """The equal mixture, with c = sqrt(pi). Density and slope are rough anyway: they are for a step."""

        def at(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            found = []
            for single, (block, _, u) in zip(self._rough, self._at(z, rough=rough), strict=True):
                low = u.float()
                height = single.height(low)
                slope = 2 * (height * single.inverse).mul_(low).mean(0)
                found.append((block.tail(u).mean(0) / 2, height.mean(0), slope))
            cumulative, density, slope = _joined(found, z)
            return cumulative, density / self._unit, slope / self._unit.square()

        return at

    def tails(self, parts: Parts) -> Tails:
        """Mixtures of the draws, which lie in their order.

        The tail on z's side of the mixture's mean is summed up, so that it keeps its digits where it is small; the
        other one is what is left.
        """
        mixture = torch.cat([torch.full((part.stop - part.start,), k) for k, part in enumerate(parts.parts)])
        means = [parts.averages(block.weighted(block.location.clone())) for block in self._exact]

        def at(z: Tensor, *, rough: bool = False) -> tuple[Tensor, Tensor, Tensor]:
            found = []
            for (block, place, u), mean in zip(self._at(z, rough=rough), means, strict=True):
                above = place >= mean
                density = parts.averages(block.height(u))
                u.mul_(torch.where(above, -1, 1).to(u.dtype).index_select(0, mixture))
                found.append((above, parts.averages(block.tail(u)) / 2, density))
            beyond, near, density = _joined(found, z)
            above, left = beyond > 0, 1 - near
            density /= math.sqrt(math.pi) * self._unit
            return torch.where(above, left, near), torch.where(above, near, left), density

        return at

    def _at(self, z: Tensor, *, rough: bool) -> Iterator[tuple[_Block, Tensor, Tensor]]:
        """Each block, its z in its units, (n,), and (location - z) / (sqrt(2) scale), (S, n). z: (N, J)."""
        places = ((z - self._mean) / self._unit).flatten().split(_ROWS)
        for block, place in zip(self._rough if rough else self._exact, places, strict=True):
            own = place.to(block.location.dtype)
            yield block, own, (block.location - own).mul_(block.inverse)


def _joined(found: Iterable[tuple[Tensor, ...]], z: Tensor) -> Iterator[Tensor]:
    """What blocks have found, (..., n) each, side by side: (..., N, J) in the precision of z, (N, J)."""
    for each in zip(*found, strict=True):
        whole = torch.cat(each, -1)
        yield whole.reshape(*whole.shape[:-1], *z.shape).to(z.dtype)
