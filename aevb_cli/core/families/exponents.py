"""Logarithms of means: how far off a network may put them, in training and in what is predicted."""

from torch import Tensor

LARGEST = 40.0
"""The largest size of a raw value that is a logarithm. One draw of the weights can say e^800 of one wild row: what
follows from it must be finite, in single precision too, for a gradient that is not cannot be clipped."""

_BEYOND = 1.0
"""How far beyond the logarithm of the largest value of the training rows that of a mean may be. At the end of a small
table's range a mean may well be larger than what was drawn there; one draw that says e^20 of a row of which it knows
nothing would make the mean of a thousand."""


def exponent(raw: Tensor) -> Tensor:
    """A logarithm from a network's output, which stays as it is unless its exponential has no meaning any more."""
    return raw.clamp(-LARGEST, LARGEST)


def drawn_in(log_mean: Tensor, high: Tensor) -> Tensor:
    """The logarithm of a predicted mean, drawn in to what training rows make possible. high: their largest value."""
    return log_mean.clamp(max=high.log() + _BEYOND)
