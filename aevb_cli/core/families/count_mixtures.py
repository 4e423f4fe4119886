"""Quantiles and the CRPS of an equal mixture of distributions of counts.

Small counts are summed up one by one. From SMALL on the distribution function is continued between whole numbers.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Protocol, Self

import torch
from torch import Tensor

from aevb_cli.core.families import mixtures
from aevb_cli.core.families.mixtures import Curve

SMALL = 128
"""Probabilities of counts below are summed up one by one."""

_ONE = 1 - 1e-12
"""A probability that counts as 1: what is left are roundings."""

_ENOUGH, _REST = 1e-6, 1e-6
"""The error of a probability that a search ends with; and a tail whose squares add nothing to the CRPS."""

_NODES, _REACH, _TAIL = 24, 10.0, 20.0
"""Of the CRPS's quadrature: nodes on either side of z, standard deviations from the mean, and lengths over which the
tail of a negative binomial falls by e."""


class Draws(Protocol):
    """The mixture's components, (S, N, J): `counts.Counts`."""

    @property
    def table(self) -> Tensor:
        """P(Z <= k) of the mixture for k below SMALL, (SMALL, N, J)."""

    @property
    def mean(self) -> Tensor:
        """E(Z)."""

    @property
    def variance(self) -> Tensor:
        """Var(Z)."""

    def upper(self, count: Tensor) -> Tensor:
        """P(Z > count), smooth."""

    def log_ratio(self, count: Tensor) -> Tensor:
        """log P(Z = count + 1) - log P(Z = count)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """log P(Z = z)."""

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The components with every tensor changed."""

    def picked(self, which: Tensor) -> Self:
        """Some rows and columns. which: (N, J) of bool. Returns (S, n)."""


def table(first: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """P(Z <= k) of the mixture for k below SMALL, (SMALL, N, J), from P(Z = k + 1) = P(Z = k) (a + b k) / (k + 1).

    first: P(Z = 0); all: (S, N, J).
    """
    term, ratio = first.clone(), a.clone()  # the factorial is divided by at the end
    total, found = torch.zeros_like(first[0]), []
    for k in range(SMALL):
        total = total + term.mean(0) / float(math.factorial(k))
        found.append(torch.where(total > _ONE, 1, total))
        if bool((total > _ONE).all()):
            break
        term.mul_(ratio)
        ratio.add_(b)
    return torch.stack(found + [torch.ones_like(total)] * (SMALL - len(found)))


def quantile(p: Draws, probability: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """The smallest k with P(Z <= k) >= probability. probability: a number, or (J,); mean, sd: (N, J)."""
    wanted = probability.expand_as(mean)
    found = (p.table < wanted).sum(0).to(mean.dtype)
    large = found == SMALL
    if large.any():
        found[large] = _searched(p.picked(large), wanted[large], mean[large], sd[large]).exp().sub(0.5).ceil()
    return found


def _searched(p: Draws, probability: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """u = log(z + 1/2) of real z from SMALL - 1 on with P(Z <= z) = probability. p: (S, n); the others: (n,)."""

    def curves(rows: Tensor | None) -> tuple[Curve, float]:
        return partial(_curve, p if rows is None else p.map(lambda each: each[:, rows])), 1.0

    low = torch.full_like(mean, math.log(SMALL - 0.5))
    high = (mean + sd * (probability / (1 - probability)).sqrt() + 1).log().maximum(low)  # Cantelli's inequality
    spread = torch.log1p((sd / mean).square())
    first = mean.log() - spread / 2 + spread.sqrt() * math.sqrt(2) * torch.erfinv(2 * probability - 1)
    resolution = (p.variance.sqrt() / p.mean).clamp(max=1).amin(0)
    return mixtures.solved(curves, resolution, probability, (low, high), first.clamp(low, high), _ENOUGH)


def _curve(p: Draws, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """P(Z <= z) at u = log(z + 1/2), between whole numbers too, and its slopes. p: (S, n); u: (n,)."""
    at = u.exp()  # the slope of P(Z <= z) is nearly P(Z = z + 1/2)
    density = p.log_prob(at).exp() * at
    slope = density * (1 + at * p.log_ratio(at - 0.5))
    return 1 - p.upper(at - 0.5).mean(0), density.mean(0), slope.mean(0)


def crps(p: Draws, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """The sum over whole k from 0 on of (P(Z <= k) - [k >= z])^2. z, mean, sd: (N, J)."""
    k = torch.arange(SMALL, dtype=z.dtype)[:, None, None]
    exact = (p.table - (k >= z).to(z.dtype)).square().sum(0)
    large = (p.table[-1] < 1 - _REST) | (z >= SMALL)
    return torch.where(large, exact + _integral(p, z, mean, sd), exact) if large.any() else exact


def _integral(p: Draws, z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """The sum from SMALL on as an integral over log(z + 1/2), with Euler's and Maclaurin's correction at its ends."""
    start = torch.full_like(z, SMALL - 0.5)
    middle = (z - 0.5).maximum(start)
    tail = _TAIL * (p.variance / p.mean).amax(0)
    ends = (mean - _REACH * sd).maximum(start), (mean + _REACH * sd + tail).maximum(start)

    def cdf(at: Tensor) -> Tensor:
        return 1 - p.upper(at).mean(0)

    def value(u: Tensor) -> tuple[Tensor, Tensor]:
        at = u.exp()
        return at - 0.5, at

    logarithms = [(each + 0.5).log() for each in (middle, *ends)]
    whole = mixtures.integrated(cdf, value, logarithms[0], (logarithms[1], logarithms[2]), _NODES)
    at_middle, at_start = (p.log_prob(each + 0.5).exp().mean(0) for each in (middle, start))
    return whole + (cdf(start) * at_start - at_middle) / 12
