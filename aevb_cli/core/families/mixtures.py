"""Quantiles and the CRPS of an equal mixture, from its distribution function, row by row."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.families.searches import Search, Step, settled, steps

Index = slice | Tensor
"""Indices along a dimension; a matrix of them for columns of words, -1 for none."""

Curve = Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
"""z (N, J) -> F(z), c f(z) and c f'(z), (N, J) each, with a constant c."""

Curves = Callable[[Tensor | None], tuple[Curve, float]]
"""The curve of some rows, given by their indices, (M,), and its constant; None: of all."""

_NODES, _REACH = 48, 10.0
"""Nodes of the quadrature on either side of z, and standard deviations from the mean to which it extends."""

_NEAR = 5e-4
"""In units of the narrowest component's scale. After a Halley step this short the error is a few of its cubes, 1e-9."""

_ROUGH, _TOGETHER, _MOST = 4, 4, 100
"""Rough steps, after which one more is enough for nearly all rows; without them, steps that all rows take; and the most
that a row takes."""


class Tails(Protocol):
    """Both tails of K mixtures."""

    def __call__(self, z: Tensor, *, rough: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """P(Z <= z), P(Z > z), and the density, (K, N, J) each. z: (N, J)."""


class Parts(NamedTuple):
    """S draws in K mixtures. order: (S,), in which those of a mixture follow one another; parts: where they lie then.

    Averages are sums over the first dimension, and no matrix products: the last bit of these depends on the column.
    """

    order: Tensor
    parts: list[slice]

    @classmethod
    def of(cls, number: Tensor) -> "Parts":
        """Of mixtures, (S,), from 0."""
        ends = [0, *torch.bincount(number).cumsum(0).tolist()]
        return cls(number.argsort(stable=True), [slice(*each) for each in pairwise(ends)])

    def averages(self, values: Tensor) -> Tensor:
        """Of values of the draws in their order, (S, ...). Returns (K, ...)."""
        return torch.stack([values[part].mean(0) for part in self.parts])


class Mixed(Protocol):
    """What is asked of a mixture over the first dimension so that its quantiles can be found: `Distribution`.

    rough: it may save time at the cost of digits.
    """

    @property
    def mean(self) -> Tensor:
        """Of each draw, (S, N, J)."""

    @property
    def variance(self) -> Tensor:
        """Of each draw, (S, N, J)."""

    @property
    def resolution(self) -> Tensor:
        """The narrowest component's scale, (N, J)."""

    def curve(self, *, rough: bool = False) -> tuple[Curve, float]:
        """F, c f and c f', and c."""

    def tails(self, number: Tensor) -> Tails:
        """K mixtures. number: (S,), from 0, of the one that each draw is in."""

    def map(self, change: Callable[[Tensor], Tensor]) -> "Mixed":
        """The mixture with every tensor changed."""


class Component(Protocol):
    """What `tails` asks of a mixture's components, (S, N, J): `Distribution`."""

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The components with every tensor changed."""

    def cdf(self, z: Tensor) -> Tensor:
        """P(Z <= z)."""

    def survival(self, z: Tensor) -> Tensor:
        """P(Z > z)."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Log-density, in nats."""


def moments(mixed: Mixed) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the equal mixture, (N, J) each."""
    means = mixed.mean
    mean = means.mean(0)
    return mean, ((means - mean).square() + mixed.variance).mean(0).sqrt()


def tails(components: Component, number: Tensor) -> Tails:
    """K mixtures, summed up component by component. number: (S,), from 0, of the one that each is in."""
    parts = Parts.of(number)
    ordered = components.map(lambda each: each[parts.order])

    def at(z: Tensor, *, rough: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        del rough
        below, above, density = ordered.cdf(z), ordered.survival(z), ordered.log_prob(z).exp()
        return parts.averages(below), parts.averages(above), parts.averages(density)

    return at


def quantile(mixed: Mixed, p: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """Solve F(z) = p. p: a number, or (J,); mean, sd: of the mixture, (N, J)."""

    def curves(rows: Tensor | None) -> tuple[Curve, float]:
        return (mixed if rows is None else mixed.map(lambda each: each[:, rows])).curve()

    odds = (p / (1 - p)).sqrt()
    low, high = mean - sd / odds, mean + sd * odds  # Cantelli's inequality
    normal = math.sqrt(2) * torch.erfinv(2 * p - 1)
    first = Search.between(low, high, (mean + sd * normal).clamp(low, high))
    rough = steps(_halley(mixed.curve(rough=True), p.expand_as(mean), _NEAR * mixed.resolution), first, _ROUGH)
    return solved(curves, mixed.resolution, p, (low, high), rough.z, together=1)


def solved(
    curves: Curves,
    resolution: Tensor,
    p: Tensor,
    bracket: tuple[Tensor, Tensor],
    z: Tensor,
    enough: float = 0.0,
    together: int = _TOGETHER,
) -> Tensor:
    """Solve F(z) = p by Halley's method, each row by itself, from z on. bracket: of which one end is below, one above.

    enough: an error of F that will do; together: steps that all rows take.
    """
    every = p.expand_as(z), _NEAR * resolution

    def stepping(rows: Tensor | None) -> Step:
        wanted, near = every if rows is None else (each[rows] for each in every)
        return _halley(curves(rows), wanted, near, enough)

    return settled(stepping, Search.between(*bracket, z), together=together, most=_MOST)


def _halley(curve: tuple[Curve, float], p: Tensor, near: Tensor, enough: float = 0.0) -> Step:
    """A step of Halley's method. p, near: (N, J)."""
    at, unit = curve

    def step(search: Search) -> Search:
        cumulative, density, slope = at(search.z)
        error = cumulative - p
        newton = error * unit / density
        length = -newton / (1 - newton * slope / (2 * density)).clamp(0.5, 2)
        found = search.moved(length, below=error < 0, near=near)
        return found._replace(done=found.done | (error.abs() < enough))

    return step


def crps(cdf: Callable[[Tensor], Tensor], z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """The continuous ranked probability score (Gneiting & Raftery 2007, eq. 20), in units. z, mean, sd: (N, J).

    The integral of (F(t) - [t >= z])^2, by Gauss-Legendre quadrature on either side of z. cdf: F of (..., N, J).
    """
    return integrated(cdf, lambda t: (t, torch.ones_like(t)), z, reach(mean, sd))


def reach(mean: Tensor, sd: Tensor) -> tuple[Tensor, Tensor]:
    """The ends beyond which the quadrature sees nothing."""
    return mean - _REACH * sd, mean + _REACH * sd


def integrated(
    cdf: Callable[[Tensor], Tensor],
    value: Callable[[Tensor], tuple[Tensor, Tensor]],
    u: Tensor,
    ends: tuple[Tensor, Tensor],
    count: int = _NODES,
) -> Tensor:
    """The CRPS, integrated over another variable u. value: u -> z and dz/du; ends: of u; all (N, J).

    count: of nodes on either side.
    """
    nodes, weights = (torch.from_numpy(a)[:, None, None] for a in np.polynomial.legendre.leggauss(count))
    total = torch.zeros_like(u)
    for low, high, complement in ((torch.minimum(ends[0], u), u, False), (u, torch.maximum(ends[1], u), True)):
        half = (high - low) / 2
        z, slope = value(torch.stack([low + half * (1 + node) for node in nodes]))
        f = torch.stack([cdf(each) for each in z])
        total = total + half * (weights * slope * ((1 - f) if complement else f).square()).sum(0)
    return total
