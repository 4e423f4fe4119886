"""Roots of increasing functions, element by element (Chandrupatla 1997)."""

from collections.abc import Callable

import torch
from torch import Tensor

_MOST = 200
"""Steps. Bisection alone needs as many bits as a double has, and no step is worse than two of bisection."""


def increasing_root(function: Callable[[Tensor], Tensor], low: Tensor, high: Tensor, tolerance: Tensor) -> Tensor:
    """Where functions of one variable are 0, between low, where they are at most 0, and high, where at least.

    Each element by itself, so its bits do not depend on the others. function: values for a tensor of low's shape.
    """
    new, other = low, high
    at_new, at_other = function(new), function(other)
    share = torch.full_like(low, 0.5)
    done, found = torch.zeros_like(low, dtype=torch.bool), (low + high) / 2
    for _ in range(_MOST):
        z = new + share * (other - new)
        value = function(z)
        same = (value < 0) == (at_new < 0)
        third, at_third = torch.where(same, new, other), torch.where(same, at_new, at_other)
        other, at_other = torch.where(same, other, new), torch.where(same, at_other, at_new)
        new, at_new = z, value
        best = torch.where(at_new.abs() < at_other.abs(), new, other)
        found = torch.where(done, found, best)
        width = (other - new).abs()
        done |= (width <= tolerance) | (value == 0)
        if done.all():
            break
        share = _next(new, at_new, other, at_other, third, at_third, tolerance / width.clamp(min=1e-300))
    return found


def _next(
    new: Tensor, at_new: Tensor, other: Tensor, at_other: Tensor, third: Tensor, at_third: Tensor, least: Tensor
) -> Tensor:
    """How far to go from `new` to `other`: by inverse quadratic interpolation where that is safe, else half way."""
    xi, phi = (new - other) / (third - other), (at_new - at_other) / (at_third - at_other)
    safe = (phi.square() < xi) & ((1 - phi).square() < 1 - xi)
    share = at_new / (at_other - at_new) * at_third / (at_other - at_third) + (third - new) / (other - new) * at_new / (
        at_third - at_new
    ) * at_other / (at_third - at_other)
    least = (least / 2).clamp(max=0.5)
    return torch.where(safe & share.isfinite(), share, 0.5).clamp(least, 1 - least)
