"""Quantiles and the CRPS of an equal mixture, from its distribution function, row by row."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Index = slice | Tensor
"""Indices along a dimension; a matrix of them for columns of words, -1 for none."""

Curve = Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
"""z (N, J) -> F(z), c f(z) and c f'(z), (N, J) each, with a constant c."""

_NODES, _REACH = 48, 10.0
"""Nodes of the quadrature on either side of z, and standard deviations from the mean to which it extends."""

_NEAR = 2e-3
"""In units of the narrowest component's scale. After a Halley step this short the error is less than its cube, 1e-8."""


def quantile(curve: tuple[Curve, float], resolution: Tensor, p: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """Solve F(z) = p by Halley's method, each row by itself.

    curve, resolution: as `Distribution` has them; p: a number, or one for each column, (J,); mean, sd: (N, J).
    Where a step would leave the bracket, or is more than half as long as the one before, the bracket is bisected.
    """
    odds = (p / (1 - p)).sqrt()
    low, high = mean - sd / odds, mean + sd * odds  # Cantelli's inequality
    normal = math.sqrt(2) * torch.erfinv(2 * p - 1)
    z = (mean + sd * normal).clamp(low, high)
    (at, unit), near, before = curve, _NEAR * resolution, high - low
    done = torch.zeros_like(z, dtype=torch.bool)  # z stays then: its bits must not depend on slower rows
    for _ in range(100):
        cumulative, density, slope = at(z)
        error = cumulative - p
        low, high = torch.where(error < 0, z, low), torch.where(error < 0, high, z)
        newton = error * unit / density
        step = newton / (1 - newton * slope / (2 * density)).clamp(0.5, 2)
        moved, length = z - step, step.abs()
        steps = (moved >= low) & (moved <= high) & (length <= before / 2)
        z = torch.where(done, z, torch.where(steps, moved, (low + high) / 2))
        before = torch.where(steps, length, high - low)
        done |= ((length < near) & steps) | (high - low <= near * _NEAR**2)
        if done.all():
            break
    return z


def crps(cdf: Callable[[Tensor], Tensor], z: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """The continuous ranked probability score (Gneiting & Raftery 2007, eq. 20), in units. z, mean, sd: (N, J).

    The integral of (F(t) - [t >= z])^2, by Gauss-Legendre quadrature on either side of z. cdf: F of (..., N, J).
    """
    return integrated(cdf, lambda t: (t, torch.ones_like(t)), z, mean, sd)


def integrated(
    cdf: Callable[[Tensor], Tensor],
    value: Callable[[Tensor], tuple[Tensor, Tensor]],
    u: Tensor,
    mean: Tensor,
    sd: Tensor,
    *,
    lowest: float = -math.inf,
) -> Tensor:
    """The CRPS, integrated over another variable u. value: u -> z and dz/du; mean, sd: of u, (N, J); lowest: of all u."""
    reach = _REACH * sd
    nodes, weights = (torch.from_numpy(a)[:, None, None] for a in np.polynomial.legendre.leggauss(_NODES))
    total = torch.zeros_like(u)
    for low, high, complement in (
        (torch.minimum(mean - reach, u).clamp(min=lowest), u, False),
        (u, torch.maximum(mean + reach, u), True),
    ):
        half = (high - low) / 2
        z, slope = value(torch.stack([low + half * (1 + node) for node in nodes]))
        f = torch.stack([cdf(each) for each in z])
        total = total + half * (weights * slope * ((1 - f) if complement else f).square()).sum(0)
    return total
