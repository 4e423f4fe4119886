"""What the first terms leave of a logarithm, and of the gamma function's: small differences of large numbers.

With them the probabilities of large counts and the densities of large shapes keep their digits.
"""

import math

import torch
from torch import Tensor

_LARGE = 10.0
"""From here on the series below err by less than 1e-13."""

STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
"""DLMF 5.11.1: the coefficients of 1/x, 1/x^3 and so on."""

_SLOPE = (-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760)
"""DLMF 5.11.2: the coefficients of 1/x^2, 1/x^4 and so on."""

_NEAR, _ARTANH = 0.1, (1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11)
"""Where log(1 + x) is too near x for their difference, and the coefficients of w^3, w^5 and so on of artanh w."""


def log_gamma_rest(x: Tensor) -> Tensor:
    """log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2, which falls to 0. x: above 0."""
    large, small = x.clamp(min=_LARGE), x.clamp(max=_LARGE)
    direct = small.lgamma() - (small - 0.5) * small.log() + small - 0.5 * math.log(2 * math.pi)
    return torch.where(x > _LARGE, _polynomial(STIRLING, large.square().reciprocal()) / large, direct)


def digamma_rest(x: Tensor) -> Tensor:
    """psi(x) - log x, about -1 / 2x. x: above 0."""
    large, small = x.clamp(min=_LARGE), x.clamp(max=_LARGE)
    inverse = large.square().reciprocal()
    series = _polynomial(_SLOPE, inverse) * inverse - 0.5 / large
    return torch.where(x > _LARGE, series, small.digamma() - small.log())


def log1p_rest(x: Tensor) -> Tensor:
    """log(1 + x) - x, about -x^2 / 2. x: above -1."""
    near = x.clamp(-_NEAR, _NEAR)
    w = near / (2 + near)  # log(1 + x) = 2 artanh w
    series = w * (2 * (square := w.square()) * _polynomial(_ARTANH, square) - near)
    return torch.where(x.abs() <= _NEAR, series, torch.log1p(x) - x)


def _polynomial(coefficients: tuple[float, ...], x: Tensor) -> Tensor:
    value = torch.full_like(x, coefficients[-1])
    for each in reversed(coefficients[:-1]):
        value = value * x + each
    return value
