"""A mixture of three Gaussians: numbers whose noise is skewed, heavy-tailed or has several peaks."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.base import SMALLEST_SCALE, Distribution, Family, Support, positive
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.gaussian_rows import GaussianRows
from aevb_cli.core.families.likeliest import likeliest_factor
from aevb_cli.core.families.mixtures import Curve, Parts, Tails

_WEIGHTS, _SHIFT = (0.25, 0.25, 0.5), 0.9
"""Where training starts: the outer two components on either side of the third. Their variance is that of all rows."""


@dataclass(frozen=True)
class GaussianMixture(Distribution):
    """sum_k w_k N(location + shift_k, scale_k^2), elementwise; sum_k w_k shift_k = 0, so that location is the mean."""

    location: Tensor
    log_weights: tuple[Tensor, ...]
    shifts: tuple[Tensor, ...]
    scales: tuple[Tensor, ...]

    @property
    def components(self) -> list[tuple[Tensor, Normal]]:
        """The log-weight of each component, and the component."""
        each = zip(self.log_weights, self.shifts, self.scales, strict=True)
        return [(weight, Normal(self.location + shift, scale)) for weight, shift, scale in each]

    @property
    def mean(self) -> Tensor:
        """E(Z)."""
        return self.location

    @property
    def variance(self) -> Tensor:
        """sum_k w_k (shift_k^2 + scale_k^2)."""
        each = zip(self.log_weights, self.shifts, self.scales, strict=True)
        return _sum(weight.exp() * (shift.square() + scale.square()) for weight, shift, scale in each)

    def at(self, location: Tensor, noise: Tensor | float = 1.0) -> Self:
        """The distribution with the mean `location`, its shifts and scales multiplied by `noise`."""
        tensors = [each * noise for each in (*self.shifts, *self.scales)]
        location, *rest = torch.broadcast_tensors(location, *self.log_weights, *tensors)
        return type(self)(location, *(tuple(rest[start : start + 3]) for start in (0, 3, 6)))

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density of each element, in nats."""
        return torch.stack([weight + p.log_prob(z) for weight, p in self.components]).logsumexp(0)

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""
        return _sum(weight.exp() * p.cdf(z) for weight, p in self.components)

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z)."""
        return _sum(weight.exp() * p.survival(z) for weight, p in self.components)

    def sample(self, generator: Generator) -> Tensor:
        """One draw of each element."""
        left = torch.rand(self.location.shape, generator=generator, dtype=self.location.dtype)
        drawn = self.components[-1][1].sample(generator)
        for weight, p in self.components[:-1]:
            taken, left = (left >= 0) & (left < weight.exp()), left - weight.exp()
            drawn = torch.where(taken, p.sample(generator), drawn)
        return drawn

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The record with every tensor changed."""
        parts = (tuple(map(change, each)) for each in (self.log_weights, self.shifts, self.scales))
        return type(self)(change(self.location), *parts)

    def combined(self, others: Sequence[Self], join: Callable[[list[Tensor]], Tensor]) -> Self:
        """The record with its tensors joined to those of others."""
        every = [self, *others]
        parts = (
            tuple(join(list(each)) for each in zip(*(getattr(one, name) for one in every), strict=True))
            for name in ("log_weights", "shifts", "scales")
        )
        return type(self)(join([one.location for one in every]), *parts)

    def pooled(self) -> Self:
        """Three Gaussians with the mixture's mean and variance; weights, shifts and scales are averaged."""
        one = self.map(lambda each: each.mean(0))
        weights = torch.stack([weight.exp().mean(0) for weight in self.log_weights])
        shifts = torch.stack(one.shifts)
        centred = (shifts - (weights * shifts).sum(0)).unbind(0)
        one = replace(one, log_weights=weights.log().unbind(0), shifts=centred)
        variance = ((self.location - one.location).square() + self.variance).mean(0)
        return one.at(one.location, (variance / one.variance).sqrt())

    def noise_factor(self, z: Tensor, known: Tensor) -> Tensor:
        """The likeliest factor on shifts and scales."""
        return likeliest_factor(self, z, known)

    @property
    def resolution(self) -> Tensor:
        """The narrowest component's scale."""
        return torch.stack([scale.amin(0) for scale in self.scales]).amin(0)

    @cached_property
    def _together(self) -> tuple[Tensor, Tensor, Tensor]:
        """Locations, scales and weights of the components of all draws of each row, (3 S, ...)."""
        weights, parts = zip(*self.components, strict=True)
        each = [p.location for p in parts], list(self.scales), [len(parts) * weight.exp() for weight in weights]
        location, scale, weight = map(torch.cat, each)
        return location, scale, weight

    @cached_property
    def _rows(self) -> GaussianRows:
        """These, laid out once for all quantiles."""
        return GaussianRows(*self._together)

    def curve(self, *, rough: bool = False) -> tuple[Curve, float]:
        """The mixture over the first dimension, with c = sqrt(pi)."""
        return self._rows.curve(rough=rough), math.sqrt(math.pi)

    def tails(self, number: Tensor) -> Tails:
        """Mixtures over the first dimension."""
        parts = Parts.of(number.repeat(len(self.scales)))
        return GaussianRows(*(each[parts.order] for each in self._together)).tails(parts)


class MixtureFamily(Family):
    """Numbers with any noise.

    Raw values: the mean; two log-weights and two shifts, the third's being 0, of which the mean shift is taken off; and
    three scales before `positive`.
    """

    name = "mixture"
    start = (
        0.0,
        *(math.log(each / _WEIGHTS[2]) for each in _WEIGHTS[:2]),
        *(-_SHIFT, _SHIFT),
        *[math.log(math.expm1(math.sqrt(1 - (_WEIGHTS[0] + _WEIGHTS[1]) * _SHIFT**2) - SMALLEST_SCALE))] * 3,
    )

    @property
    def outputs(self) -> int:
        """The mean, two log-weights, two shifts and three scales."""
        return 8

    def __call__(self, *raw: Tensor) -> GaussianMixture:
        """The distribution of these raw values."""
        location, log_weights, shifts, scales = self._parts(raw)
        return GaussianMixture(location, log_weights.unbind(0), shifts.unbind(0), scales.unbind(0))

    def refuse(self, support: Support) -> str | None:
        """Words."""
        return "it holds words, which are categorical" if support.words else None

    def gradient(self, raw: Sequence[Tensor], z: Tensor) -> list[Tensor]:
        """With responsibilities r_k and residuals u_k: by the mean sum_k g_k, g_k = r_k u_k / scale_k.

        By the log-weights r_k - w_k - w_k shift_k sum_k g_k; by the shifts g_k - w_k sum_k g_k; by the scales
        r_k (u_k^2 - 1) / scale_k.
        """
        *raw, z = torch.broadcast_tensors(*raw, z)
        location, log_weights, shifts, scales = self._parts(raw)
        u = (z - location - shifts) / scales
        shares = (log_weights - 0.5 * u.square() - scales.log()).softmax(0)
        weights, pull = log_weights.exp(), shares * u / scales
        whole = pull.sum(0)
        by_weights = shares - weights - weights * shifts * whole
        by_shifts = pull - weights * whole
        by_spreads = shares * (u.square() - 1) / scales * torch.stack(list(raw[5:])).sigmoid()
        return [whole, *by_weights[:2].unbind(0), *by_shifts[:2].unbind(0), *by_spreads.unbind(0)]

    def _parts(self, raw: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The mean, and of the three components log-weights, shifts and scales, (3, ...) each."""
        location, first, second, left, right, *spreads = torch.broadcast_tensors(*raw)
        third = torch.zeros_like(first)
        log_weights = torch.stack([first, second, third]).log_softmax(0)
        shifts = torch.stack([left, right, third])
        return location, log_weights, shifts - (log_weights.exp() * shifts).sum(0), positive(torch.stack(spreads))


FAMILY = MixtureFamily()


def _sum(each: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(each)).sum(0)
