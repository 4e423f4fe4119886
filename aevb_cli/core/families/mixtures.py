"""Quantiles and the CRPS of an equal mixture, from its distribution function, row by row."""

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from aevb_cli.core.families.searches import Search, Step, settled

Index = slice | Tensor
"""Indices along a dimension; a matrix of them for columns of words, -1 for none."""

Curve = Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
"""z (N, J) -> F(z), c f(z) and c f'(z), (N, J) each, with a constant c."""

Curves = Callable[[Tensor | None], tuple[Curve, float]]
"""The curve of some rows, given by their indices, (M,), and its constant; None: of all."""

_NODES, _REACH = 48, 10.0
"""Nodes of the quadrature on either side of z, and standard deviations from the mean to which it extends."""

_NEAR = 2e-3
"""In units of the narrowest component's scale. After a Halley step this short the error is less than its cube, 1e-8."""


class Mixed(Protocol):
    """What `quantile` asks of a mixture over the first dimension: `Distribution`."""

    @property
    def resolution(self) -> Tensor:
        """The narrowest component's scale, (N, J)."""

    def curve(self) -> tuple[Curve, float]:
        """F, c f and c f', and c."""

    def map(self, change: Callable[[Tensor], Tensor]) -> "Mixed":
        """The mixture with every tensor changed."""


def quantile(mixed: Mixed, p: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """Solve F(z) = p. p: a number, or (J,); mean, sd: of the mixture, (N, J)."""

    def curves(rows: Tensor | None) -> tuple[Curve, float]:
        return (mixed if rows is None else mixed.map(lambda each: each[:, rows])).curve()

    odds = (p / (1 - p)).sqrt()
    low, high = mean - sd / odds, mean + sd * odds  # Cantelli's inequality
    normal = math.sqrt(2) * torch.erfinv(2 * p - 1)
    return solved(curves, mixed.resolution, p, (low, high), (mean + sd * normal).clamp(low, high))


def solved(
    curves: Curves,
    resolution: Tensor,
    p: Tensor,
    bracket: tuple[Tensor, Tensor],
    z: Tensor,
    enough: float = 0.0,
) -> Tensor:
    """Solve F(z) = p by Halley's method, each row by itself, from z on. bracket: of which one end is below, one above.

    Where a step would leave the bracket, or is more than half as long as the one before, the bracket is bisected.
    enough: an error of F that will do.
    """
    every = p.expand_as(z), _NEAR * resolution

    def stepping(rows: Tensor | None) -> Step:
        wanted, near = every if rows is None else (each[rows] for each in every)
        at, unit = curves(rows)

        def step(search: Search) -> Search:
            cumulative, density, slope = at(search.z)
            error = cumulative - wanted
            low, high = torch.where(error < 0, search.z, search.low), torch.where(error < 0, search.high, search.z)
            newton = error * unit / density
            length = -newton / (1 - newton * slope / (2 * density)).clamp(0.5, 2)
            safe = (search.z + length >= low) & (search.z + length <= high)
            found = search._replace(low=low, high=high).moved(length, safe=safe, near=near)
            return found._replace(done=found.done | (error.abs() < enough) | (high - low <= near * _NEAR**2))

        return step

    return settled(stepping, Search.between(*bracket, z), 100)


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
