"""Scores that no single row rules."""

from torch import Tensor

FLOOR = 50.0
"""In nats below the median row: the density of a Gaussian at ten standard deviations. Rows at five are the tails that a
column may have, and a score that is blind to them is too sure."""


def floored(log_density: Tensor) -> Tensor:
    """The log-densities of rows, at most FLOOR below their median.

    One gross error, and its -u^2 / 2, would else decide which weights are best and how wide every interval is.
    log_density: (M,).
    """
    if not log_density.numel():
        return log_density
    return log_density.clamp(min=float(log_density.detach().median()) - FLOOR)
