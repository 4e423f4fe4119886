"""Student's t distribution: heavy tails, whose weight is learned.

The degrees of freedom are 2.05 + softplus(raw), so that the variance is finite: a constant of each member and column.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Generator, Tensor

from aevb_cli.core.families.location_scale import LocationScale, LocationScaleFamily

FEWEST, FIRST = 2.05, 5.0
"""The fewest degrees of freedom, and those that training starts from."""

_REACH, _NODES = 12.0, 2048
"""The cdf is tabulated over asinh(u) from -_REACH to _REACH, in _NODES intervals. Cubics through its values and slopes
have errors below 1e-9, and the tails beyond have probabilities below 1e-9."""

_TERMS, _TINY = 300, 1e-300


@dataclass(frozen=True)
class StudentT(LocationScale):
    """f(u) = (1 + u^2 / df)^(-(df + 1) / 2) / (sqrt(df) B(df / 2, 1 / 2)), elementwise. df: of location's shape."""

    df: Tensor

    def log_density(self, u: Tensor) -> Tensor:
        """Log-density of the noise."""
        df = _compact(self.df)
        norm = (0.5 * df + 0.5).lgamma() - (0.5 * df).lgamma() - 0.5 * (math.pi * df).log()
        return norm - 0.5 * (df + 1) * torch.log1p(u.square() / df)

    def score(self, u: Tensor) -> Tensor:
        """-f'(u) / f(u) = (df + 1) u / (df + u^2)."""
        return (self.df + 1) * u / (self.df + u.square())

    def noise_cdf(self, u: Tensor) -> Tensor:
        """By cubic interpolation of the tabulated `student_t_cdf`."""
        values, which = _compact(self.df).double().unique(return_inverse=True)
        table = _table(values.contiguous().numpy().tobytes())
        place = ((u.double().asinh() + _REACH) * (_NODES / (2 * _REACH))).clamp(0, _NODES)
        below = place.floor().clamp(max=_NODES - 1).nan_to_num()
        cubic = which * _NODES + below.long()
        a, b, c, d = table.index_select(0, cubic.flatten()).view(*cubic.shape, 4).unbind(-1)
        t = place - below
        return (a + t * (b + t * (c + t * d))).to(u.dtype)

    def noise(self, samples: int, generator: Generator) -> tuple[Tensor, tuple[Tensor, ...]]:
        """sqrt(df (U^(-2/df) - 1)) cos(2 pi V), and its derivative by df (Bailey 1994)."""
        like = self.location
        u, v = torch.rand((2, samples, *like.shape), generator=generator, dtype=like.dtype).to(like.device)
        a = -2 / self.df * u.clamp(min=torch.finfo(like.dtype).eps / 4).log()
        eps = (self.df * a.expm1()).sqrt() * (2 * math.pi * v).cos()
        # With r the root, d log r / d df = (1 - a e^a / (e^a - 1)) / (2 df); the bracket is -a / 2 + ... for small a.
        bracket = torch.where(a < 1e-4, -0.5 * a, 1 - a / -(-a).expm1())
        return eps, (eps * bracket / (2 * self.df),)

    @property
    def noise_variance(self) -> Tensor:
        """df / (df - 2)."""
        return self.df / (self.df - 2)

    @property
    def noise_entropy(self) -> Tensor:
        """(df + 1) / 2 (psi((df + 1) / 2) - psi(df / 2)) + log(sqrt(df) B(df / 2, 1 / 2))."""
        half = 0.5 * self.df
        beta = half.lgamma() + math.lgamma(0.5) - (half + 0.5).lgamma()
        return (half + 0.5) * ((half + 0.5).digamma() - half.digamma()) + 0.5 * self.df.log() + beta

    def constants_score(self, u: Tensor) -> tuple[Tensor, ...]:
        """The derivative of log f(u) by df."""
        df, square = _compact(self.df), u.square()
        norm = 0.5 * ((0.5 * df + 0.5).digamma() - (0.5 * df).digamma() - 1 / df)
        return (norm - 0.5 * torch.log1p(square / df) + 0.5 * (df + 1) * square / (df * (df + square)),)

    def kl_by_constants(self) -> tuple[Tensor, ...]:
        """The derivative of the KL by df: that of half the variance, less that of the entropy."""
        half = 0.5 * self.df
        entropy = 0.5 * (half + 0.5) * (torch.polygamma(1, half + 0.5) - torch.polygamma(1, half)) + 0.5 / self.df
        return (-self.scale.square() / (self.df - 2).square() - entropy,)


class StudentTFamily(LocationScaleFamily):
    """Numbers with symmetric noise and outliers. Constant: the degrees of freedom before softplus."""

    name = "student-t"
    distribution = StudentT
    constants = 1
    start = (0.0, 0.0, math.log(math.expm1(FIRST - FEWEST)))

    def constant(self, raw: Tensor) -> Tensor:
        """The degrees of freedom."""
        return FEWEST + torch.nn.functional.softplus(raw)

    def constant_slope(self, raw: Tensor) -> Tensor:
        """The derivative of the degrees of freedom by their raw value."""
        return raw.sigmoid()


FAMILY = StudentTFamily()


def _compact(values: Tensor) -> Tensor:
    """Undo `expand`: keep one value along each expanded dimension, so that functions of df are computed once."""
    return values[tuple(slice(None, 1) if step == 0 else slice(None) for step in values.stride())]


@lru_cache(maxsize=8)
def _table(df: bytes) -> Tensor:
    """The cubics' coefficients, (degrees of freedom x intervals, 4). df: doubles, as bytes, which can be cached."""
    values = torch.frombuffer(bytearray(df), dtype=torch.float64)[:, None]
    step = 2 * _REACH / _NODES
    asinh = torch.linspace(-_REACH, _REACH, _NODES + 1, dtype=torch.float64).expand(len(values), -1)
    u = asinh.sinh()
    height = student_t_cdf(u, values)
    exact = StudentT(torch.zeros_like(u), torch.ones_like(u), values.expand_as(u))
    slope = exact.log_density(u).exp() * asinh.cosh() * step
    rise, first, last = height.diff(dim=1), slope[:, :-1], slope[:, 1:]
    cubics = torch.stack([height[:, :-1], first, 3 * rise - 2 * first - last, first + last - 2 * rise], -1)
    return cubics.flatten(0, 1)


def student_t_cdf(u: Tensor, df: Tensor) -> Tensor:
    """P(T <= u) in double precision: the regularised incomplete beta function as a continued fraction.

    The tail beyond |u| is half of I_x(df / 2, 1 / 2) with x = df / (df + u^2). Near u = 0, where its fraction converges
    slowly, I_x is computed as 1 - I_(1-x)(1 / 2, df / 2). df broadcasts (DLMF 8.17.22, by Lentz's method).
    """
    square = u.square()
    x, y = df / (df + square), square / (df + square)
    half, shape = torch.full_like(x, 0.5), (0.5 * df).expand_as(x)
    near = x > (shape + 1) / (shape + 2.5)
    a, b, at = torch.where(near, half, shape), torch.where(near, shape, half), torch.where(near, y, x)
    log_beta = a.lgamma() + b.lgamma() - (a + b).lgamma()
    front = (a * at.clamp(min=_TINY).log() + b * torch.log1p(-at) - log_beta).exp() / a
    part = front * _fraction(a, b, at)
    tail = 0.5 * torch.where(near, 1 - part, part)
    return torch.where(u < 0, tail, 1 - tail)


def _fraction(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """The continued fraction 1 / (1 + d_1 / (1 + d_2 / (1 + ...))) of I_x(a, b)."""
    c = torch.ones_like(x)
    d = 1 / (1 - (a + b) * x / (a + 1))
    value = d.clone()
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / (1 + term * d)
            c = 1 + term / c
            value = value * c * d
        if ((c * d - 1).abs() < 1e-15).all():
            break
    return value
