"""Rising factorials x (x + 1) ... (x + k - 1) = Gamma(x + k) / Gamma(x), which probabilities of counts are made of.

torch's digamma takes longer than ten logarithms. Here value and derivative share their reciprocals, and both are exact
in the precision of what is given: where x is large, no large numbers are subtracted.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from aevb_cli.core.families.remainders import STIRLING

_STEPS = {torch.float64: (10, 6)}
"""How far Gamma's recurrence is followed before Stirling's series, and how many of its terms err by less than 1e-15."""

_FEWER = (4, 3)
"""The same in single precision, whose roundings are as large as what is left."""


class Rise(NamedTuple):
    """A rising factorial (x)_k. Its logarithm is rest - log factor + k log base.

    slope: the derivative of the logarithm by x, psi(x + k) - psi(x); None where it is not wanted.
    """

    rest: Tensor
    factor: Tensor
    base: Tensor
    slope: Tensor | None


def rise(x: Tensor, k: Tensor, *, slope: bool) -> Rise:
    """(x)_k, elementwise. x: above 0; k: real, from 0 on, of x's shape; slope: whether the derivative is wanted.

    With m steps of the recurrence, y = x + m and S what Stirling's formula leaves of log Gamma (DLMF 5.5.1, 5.11.1):

        log (x)_k = (y + k - 1/2) log(1 + k / y) - k + S(y + k) - S(y) - log prod_(j < m) (1 + k / (x + j)) + k log y
    """
    steps, terms = _STEPS.get(x.dtype, _FEWER)
    factor, fall = torch.ones_like(x), torch.zeros_like(x)
    for step in range(steps):
        low = x + step
        part = k / low
        if slope:
            fall.add_(part / (low + k))  # 1 / (x + j) - 1 / (x + j + k)
        factor.mul_(part.add_(1))
    low = x + steps
    high, log = low + k, torch.log1p(k / low)
    rest = (high - 0.5).mul_(log).sub_(k)
    if slope:
        fall.add_(log)
    for sign, y in ((1, high), (-1, low)):
        inverse = y.reciprocal()
        square = inverse.square()
        rest.add_(_series(STIRLING[:terms], square).mul_(inverse), alpha=sign)
        if slope:
            by_y = [-(2 * place + 1) * each for place, each in enumerate(STIRLING[:terms])]
            fall.add_(_series(by_y, square).mul_(square).add_(inverse, alpha=-0.5), alpha=sign)
    return Rise(rest, factor, low, fall if slope else None)


def _series(coefficients: "list[float] | tuple[float, ...]", x: Tensor) -> Tensor:
    value = torch.full_like(x, coefficients[-1])
    for each in reversed(coefficients[:-1]):
        value.mul_(x).add_(each)
    return value
