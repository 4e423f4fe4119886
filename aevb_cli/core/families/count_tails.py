"""The tails of Poisson and negative binomial distributions whose counts are large, by uniform expansions.

With a = count + 1, P(Z > count) is the incomplete beta function I_x(a, r) at x = m / (m + r), and the incomplete gamma
function P(a, m) in the Poisson's limit. R below is the signed root of the deviance, which is nearly Gaussian.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from aevb_cli.core.families.remainders import log1p_rest, log_gamma_rest

LARGE_SIZE = 30.0
"""The size from which the Gaussian of R will do."""

_AT_ONCE = 1 << 15

_MIDDLE = 1e-6
"""Of R, within which differences of reciprocals lose more than their limit errs."""


def poisson_tail(count: Tensor, mean: Tensor) -> Tensor:
    """P(Z > count) of the Poisson, in double precision (Temme 1979; DLMF 8.12.3). count: real, from 63 on.

    Measured against scipy with any mean: the error is below 2e-6 at a count of 63, and falls with its power -3/2.
    """
    return in_parts(_of_poisson, count + 1, mean)


def negative_binomial_tail(count: Tensor, mean: Tensor, size: Tensor) -> Tensor:
    """P(Z > count) of the negative binomial, in double precision, elementwise. count: real, from 63 on.

    Measured against scipy with sizes from 1e-3 to 1e8 and any mean: the error is below 2e-5, and below 8e-6 from a
    count of 1,000 on.
    """
    return in_parts(_of_any_size, count + 1, mean, size)


def summed_up(count: Tensor, first: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """P(Z <= count), elementwise, from P(Z = k + 1) = P(Z = k) (a + b k) / (k + 1). count: below 170, negative: 0.

    first: P(Z = 0).
    """
    total, term, ratio = torch.zeros_like(a), first.clone(), a.clone()
    for k in range(int(count.max()) + 1 if len(count) else 0):
        total.addcmul_(term, (count >= k).to(term.dtype), value=1 / math.factorial(k))
        term.mul_(ratio)
        ratio.add_(b)
    return total.clamp(max=1)


def in_parts(tail: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """tail(*tensors), elementwise, of so many elements at once that the processor's cache holds them."""
    each = torch.broadcast_tensors(*tensors)
    parts = zip(*(one.flatten().split(_AT_ONCE) for one in each), strict=True)
    return torch.cat([tail(*part) for part in parts]).view(each[0].shape)


def _of_poisson(a: Tensor, m: Tensor) -> Tensor:
    deviance = (-a * log1p_rest((m - a) / a)).clamp(min=0)
    return _gaussian(deviance, a - m, a.sqrt(), 1 / (3 * a.sqrt()))


def _of_any_size(a: Tensor, m: Tensor, r: Tensor) -> Tensor:
    large, found = r >= LARGE_SIZE, torch.empty_like(m)
    for which, tail in ((large, _of_large_size), (~large, _of_small_size)):
        if which.all():
            return tail(a, m, r)
        found[which] = tail(a[which], m[which], r[which])
    return found


def _of_large_size(a: Tensor, m: Tensor, r: Tensor) -> Tensor:
    """The Gaussian tail of R with a first correction (Lugannani & Rice 1980)."""
    e, deviance = _deviance(a, m, r)
    both = a + r
    return _gaussian(deviance, e, (m + r) * (a / (both * r)).sqrt(), (r - a) / (3 * (a * r * both).sqrt()))


def _of_small_size(a: Tensor, m: Tensor, r: Tensor) -> Tensor:
    """By I_x(a, r) = I_x(a, r + 1) - x^a (1 - x)^r / (r B(a, r)) until the size is large (DLMF 8.17.21)."""
    _, deviance = _deviance(a, m, r)
    rest = log_gamma_rest(a + r) - log_gamma_rest(a) - log_gamma_rest(r)
    first = (rest - deviance).exp() * (a / ((a + r) * r * (2 * math.pi))).sqrt()
    y, total, one = r / (m + r), torch.ones_like(a), torch.ones((), dtype=a.dtype)
    share, below, ratio = y * (a - 1), r + LARGE_SIZE, torch.empty_like(a)
    for _ in range(int(LARGE_SIZE) - 1):  # the terms' sum, from within
        below -= 1
        torch.addcdiv(y, share, below, out=ratio)  # of a term and the one before
        torch.addcmul(one, total, ratio, out=total)
    larger = r + LARGE_SIZE
    return (_of_large_size(a, m / r * larger, larger) - (first * total).nan_to_num(0)).clamp(0, 1)


def _deviance(a: Tensor, m: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
    """a - m and a log(a / m) - (a + r) log((a + r) / (m + r)), whose terms of first order are taken together."""
    e = a - m
    linear, relative = r * e / (m * (a + r)), e / (m + r)
    deviance = r * linear * relative + a * log1p_rest(linear) - r * log1p_rest(relative)
    return e, deviance.clamp(min=0)


def _gaussian(deviance: Tensor, e: Tensor, slope: Tensor, limit: Tensor) -> Tensor:
    """The upper tail of R, sqrt(2 deviance) with the sign of e, and phi(R) (slope / e - 1 / R), or its limit at 0."""
    root = (2 * deviance).sqrt() * e.sign()
    near = root.abs() < _MIDDLE
    correction = torch.where(near, limit, slope / torch.where(near, 1, e) - 1 / torch.where(near, 1, root))
    tail = 0.5 * torch.erfc(root * math.sqrt(0.5))
    return (tail + (-deviance).exp() * correction / math.sqrt(2 * math.pi)).clamp(0, 1)
