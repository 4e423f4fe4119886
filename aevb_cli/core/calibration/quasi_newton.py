"""The maximum of a smooth function of a few variables, by BFGS (Nocedal & Wright 2006, algorithm 6.1)."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

_FIRST, _LONGEST = 0.5, 1.0
"""How far a variable may go in the first step and in others: far off, a quadratic tells nothing of a logarithm."""

_SHORTER, _SHORTEST, _ENOUGH = 0.3, 1e-4, 1e-4
"""A step that does not rise by _ENOUGH of what its slope promises (Armijo) becomes shorter, down to a share of it."""

_LEAST, _STILL = 1e-6, 2
"""A gain that is none, in single precision, and after how many of these the search ends."""

Function = Callable[[Tensor], Tensor]


class _Point(NamedTuple):
    """Variables, (n,), the function's value there, and its gradient, (n,), in double precision."""

    x: Tensor
    value: float
    gradient: Tensor


def maximised(function: Function, start: Tensor, most: int) -> Tensor:
    """Where a function is largest, from `start` on, (n,), by so many evaluations at most. Returns (n,), float32.

    function: of float32 variables, differentiable. It is `start` where the function has no finite slope there.
    """
    here, left, still = _evaluated(function, start.double()), most - 1, 0
    inverse: Tensor | None = None  # of the Hessian of minus the function
    while left > 0 and still < _STILL and here.gradient.isfinite().all():
        direction = here.gradient if inverse is None else inverse @ here.gradient
        if inverse is not None and float(direction @ here.gradient) <= 0:
            inverse, direction = None, here.gradient
        longest = float(direction.abs().max()) / (_FIRST if inverse is None else _LONGEST)
        there, left = _along(function, here, direction / max(1.0, longest), left)
        if there is None:
            break
        still = 0 if there.value - here.value >= _LEAST else still + 1
        inverse = _updated(inverse, there.x - here.x, here.gradient - there.gradient)
        here = there
    return here.x.float()


def _along(function: Function, here: _Point, step: Tensor, left: int) -> tuple[_Point | None, int]:
    """The first point along a step that is high enough, and how many evaluations are left. None where there is none."""
    slope, share = float(step @ here.gradient), 1.0
    while left > 0 and share >= _SHORTEST:
        there, left = _evaluated(function, here.x + share * step), left - 1
        if there.value >= here.value + _ENOUGH * share * slope:
            return there, left
        share *= _SHORTER
    return None, left


def _updated(inverse: Tensor | None, step: Tensor, change: Tensor) -> Tensor | None:
    """The inverse Hessian after a step, over which minus the gradient changed so; as it was where that bends up."""
    along = float(step @ change)
    if along <= 0:
        return inverse
    one = torch.eye(len(step), dtype=step.dtype)
    if inverse is None:
        inverse = one * along / float(change @ change)
    turned = one - torch.outer(step, change) / along
    return turned @ inverse @ turned.T + torch.outer(step, step) / along


def _evaluated(function: Function, x: Tensor) -> _Point:
    variables = x.float().requires_grad_()
    value = function(variables)
    (gradient,) = torch.autograd.grad(value, variables)
    number = float(value.detach())
    return _Point(x, number if math.isfinite(number) else -math.inf, gradient.double())
