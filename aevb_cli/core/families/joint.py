"""Columns of several families side by side, as one distribution."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

from torch import Generator, Tensor

from aevb_cli.core.families.base import Curve, Distribution
from aevb_cli.core.families.location_scale import LocationScale

Index = slice | Tensor
"""Indices along a dimension; a matrix of them for columns of words, -1 for none."""


@dataclass(frozen=True)
class Joint(Distribution):
    """Columns of several families side by side. parts: one for each family; columns: the indices of each part's."""

    parts: tuple[Distribution, ...]
    columns: tuple[Index, ...]

    @property
    def location(self) -> Tensor:  # type: ignore[override]
        """Every column's location."""
        return self._joined([part.location for part in self.parts])

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

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z) of every column."""
        return self._of_each(z, lambda part, values: part.survival(values))

    def pit(self, z: Tensor) -> Tensor:
        """The probability integral transform of every column."""
        return self._of_each(z, lambda part, values: part.pit(values))

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

    def curve(self) -> tuple[Curve, float]:
        """The parts' curves side by side, with c = 1."""
        curves = [part.curve() for part in self.parts]

        def at(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            found = [(curve(z[..., each]), c) for (curve, c), each in zip(curves, self.columns, strict=True)]
            return (
                self._joined([cumulative for (cumulative, _, _), _ in found]),
                self._joined([density / c for (_, density, _), c in found]),
                self._joined([slope / c for (_, _, slope), c in found]),
            )

        return at, 1.0

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
    if index.dim() == 1:
        return values.index_select(dim, index)
    return values[..., index.clamp(min=0)].masked_fill(index < 0, -math.inf)
