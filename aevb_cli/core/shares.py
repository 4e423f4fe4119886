"""Shares from 0 to 1, moved inside the ends, where their logit is finite."""

import math

from torch import Tensor

_EDGE = 1e-3
"""How far 0 and 1 lie inside: as if shares were known to a thousandth."""

LOG_SLOPE = math.log(1 - 2 * _EDGE)
"""Of `squeezed`."""


def squeezed(share: Tensor) -> Tensor:
    """Shares in [0, 1], those at the ends moved inside."""
    return _EDGE + (1 - 2 * _EDGE) * share


def stretched(inside: Tensor) -> Tensor:
    """The inverse of `squeezed`."""
    return (inside - _EDGE) / (1 - 2 * _EDGE)
