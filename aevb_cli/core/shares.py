"""Shares from 0 to 1, whose ends have a logit only when they are moved inside."""

from torch import Tensor

EDGE = 1e-3
"""How far 0 and 1 lie inside the range of the logit: as if shares were known to a thousandth."""


def squeezed(share: Tensor) -> Tensor:
    """Shares in [0, 1], those at the ends moved inside."""
    return EDGE + (1 - 2 * EDGE) * share


def stretched(inside: Tensor) -> Tensor:
    """The inverse of `squeezed`."""
    return (inside - EDGE) / (1 - 2 * EDGE)
