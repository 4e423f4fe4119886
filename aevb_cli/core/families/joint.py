"""Columns of several families side by side, as one distribution."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.location_scale import LocationScale
from aevb_cli.core.families.mixtures import Index


@dataclass(frozen=True)
class Joint(Distribution):
    """Columns of several families side by side. parts: one for each family; columns: the indices of each part's."""

    parts: tuple[Distribution, ...]
    columns: tuple[Index, ...]

    @property
    def location(self) -> Tensor:  # type: ignore[override]
        """Every column's location, of columns of numbers."""
        return self._joined([part.location for part in self.parts])

    @property
    def coordinates(self) -> Tensor:
        """Every part's coordinates, part by part."""
        return torch.cat([part.coordinates for part in self.parts], -1)

    def of_coordinates(self, of_columns: Tensor) -> Tensor:
        """What columns have, for each coordinate, part by part."""
        each = zip(self.parts, self.columns, strict=True)
        return torch.cat([part.of_coordinates(taken(of_columns, index, -1)) for part, index in each], -1)

    def moved(self, coordinates: Tensor, noise: Tensor | float = 1.0) -> Self:
        """Each part moved, with its noise scaled."""
        widths = [part.coordinates.shape[-1] for part in self.parts]
        return self._with(
            part.moved(own, noise[..., index] if isinstance(noise, Tensor) else noise)
            for part, own, index in zip(self.parts, coordinates.split(widths, -1), self.columns, strict=True)
        )

    def parts_by_column(self) -> list[tuple[Distribution, Index]]:
        """The parts, with the indices of their columns."""
        return list(zip(self.parts, self.columns, strict=True))

    def column(self, place: int) -> Distribution:
        """The distribution of one column."""
        for part, index in self.parts_by_column():
            places = range(self.width)[index] if isinstance(index, slice) else index.tolist()
            if place in places:
                return part.column(places.index(place))
        raise IndexError(place)

    @property
    def width(self) -> int:
        """The number of columns."""
        return sum(
            len(range(*index.indices(1 << 31))) if isinstance(index, slice) else len(index) for index in self.columns
        )

    @property
    def mean(self) -> Tensor:
        """Every column's mean."""
        return self._joined([part.mean for part in self.parts])

    @property
    def variance(self) -> Tensor:
        """Every column's variance."""
        return self._joined([part.variance for part in self.parts])

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """Each part moved, with its noise scaled. location, noise: (..., D), or noise a number."""
        return self._with(
            part.at(location[..., each], noise[..., each] if isinstance(noise, Tensor) else noise)
            for part, each in zip(self.parts, self.columns, strict=True)
        )

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density or log-probability of every column, in nats."""
        return self._of_each(z, lambda part, values: part.log_prob(values))

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z) of every column."""
        return self._of_each(z, lambda part, values: part.cdf(values))

    def below(self, z: Tensor) -> Tensor:
        """P(Z < z) of every column."""
        return self._of_each(z, lambda part, values: part.below(values))

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z) of every column."""
        return self._of_each(z, lambda part, values: part.survival(values))

    def sample(self, generator: Generator) -> Tensor:
        """One draw of every element, part by part."""
        return self._joined([part.sample(generator) for part in self.parts])

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """Change every part's tensors; the last dimension, the columns, must stay."""
        return self._with(part.map(change) for part in self.parts)

    def combined(self, others: Sequence[Self], join: Callable[[list[Tensor]], Tensor]) -> Self:
        """Join every part's tensors to those of others."""
        return self._with(
            part.combined([each.parts[place] for each in others], join) for place, part in enumerate(self.parts)
        )

    def pooled(self) -> Self:
        """Each part pooled."""
        return self._with(part.pooled() for part in self.parts)

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """Each column's factor, (D,)."""
        return self._joined(
            [
                part.noise_factor(z[..., each], known[..., each])
                for part, each in zip(self.parts, self.columns, strict=True)
            ]
        )

    @property
    def resolution(self) -> Tensor:
        """Each column's resolution."""
        return self._joined([part.resolution for part in self.parts])

    def within(self, low: Tensor, high: Tensor) -> Self:
        """Each part by itself."""
        return self._with(part.within(low[..., index], high[..., index]) for part, index in self.parts_by_column())

    def affine(self, shift: Tensor, scale: Tensor) -> Self:
        """Each part by itself."""
        return self._with(part.affine(shift[..., index], scale[..., index]) for part, index in self.parts_by_column())

    def quantile(self, probability: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """Each part's quantiles."""
        p = probability.expand(mean.shape[-1])
        each = self.parts_by_column()
        return self._joined([part.quantile(p[index], mean[..., index], sd[..., index]) for part, index in each])

    def crps(self, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
        """Each part's score."""
        each = self.parts_by_column()
        return self._joined([part.crps(z[..., index], mean[..., index], sd[..., index]) for part, index in each])

    def _of_each(self, z: Tensor, value: Callable[[Distribution, Tensor], Tensor]) -> Tensor:
        return self._joined(
            [value(part, taken(z, each, -1)) for part, each in zip(self.parts, self.columns, strict=True)]
        )

    def _joined(self, values: Sequence[Tensor]) -> Tensor:
        width = sum(each.shape[-1] for each in values)
        joined = values[0].new_empty(*values[0].shape[:-1], width)
        for each, index in zip(values, self.columns, strict=True):
            joined[..., index] = each
        return joined

    def _with(self, parts: Iterable[Distribution]) -> Self:
        return replace(self, parts=tuple(parts))


@dataclass(frozen=True)
class JointLocationScale(Joint):
    """Columns of numbers of several location-scale families, with the draws and the KL that q(z|x) needs."""

    parts: tuple[LocationScale, ...]

    def rsample(self, samples: int, generator: Generator) -> Tensor:
        """Reparameterised draws, (samples, ..., D)."""
        return self._joined([part.rsample(samples, generator) for part in self.parts])

    def noise(self, samples: int, generator: Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Draws of the noise, (samples, ..., D), without their derivatives by constants."""
        return self._joined([part.noise(samples, generator)[0] for part in self.parts]), ()

    def from_noise(self, eps: Tensor) -> Tensor:
        """location + scale eps."""
        return self._of_each(eps, lambda part, values: cast(LocationScale, part).from_noise(values))

    def kl_to_standard(self) -> Tensor:
        """KL(q || N(0, 1)) of every column, in nats."""
        return self._joined([part.kl_to_standard() for part in self.parts])


def taken(values: Tensor, index: Index, dim: int) -> Tensor:
    """The values at an index along a dimension; for a matrix of indices, a matrix with -inf where there is none."""
    if isinstance(index, slice):
        return values.narrow(dim, index.start or 0, (index.stop or values.shape[dim]) - (index.start or 0))
    index = index.to(values.device)
    if index.dim() == 1:
        return values.index_select(dim, index)
    return values[..., index.clamp(min=0)].masked_fill(index < 0, -math.inf)
