"""scipy's distribution for every family, and raw values and points at which families are compared.

A family is one line in REFERENCES; all tests of test_families.py, test_draws.py and test_mixtures.py run for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats
from torch import Generator, Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Distribution, Family
from aevb_cli.core.families.counts import CountsFamily
from aevb_cli.core.families.location_scale import LocationScaleFamily
from aevb_cli.settings import Likelihood


def softplus(raw: Any) -> Any:
    return np.logaddexp(0, raw)


def scale(raw: Any) -> Any:
    return softplus(raw) + 1e-3


class ThreeGaussians:
    """What scipy has no name for, in the words of its distributions."""

    def __init__(self, location: Any, *raw: Any) -> None:
        first, second, left, right, *spreads = raw
        self.weights = special.softmax(np.stack(np.broadcast_arrays(first, second, 0 * first)), 0)
        shifts = np.stack(np.broadcast_arrays(left, right, 0 * left))
        self.locations = location + shifts - (self.weights * shifts).sum(0)
        self.scales = scale(np.stack(np.broadcast_arrays(*spreads)))

    def _sum(self, value: Callable[..., Any], z: Any) -> Any:
        each = zip(self.weights, self.locations, self.scales, strict=True)
        return sum(weight * value(z, location, width) for weight, location, width in each)

    def logpdf(self, z: Any) -> Any:
        each = zip(self.weights, self.locations, self.scales, strict=True)
        return special.logsumexp([np.log(weight) + stats.norm.logpdf(z, *rest) for weight, *rest in each], axis=0)

    def pdf(self, z: Any) -> Any:
        return np.exp(self.logpdf(z))

    def cdf(self, z: Any) -> Any:
        return self._sum(stats.norm.cdf, z)

    def sf(self, z: Any) -> Any:
        return self._sum(stats.norm.sf, z)

    def mean(self) -> Any:
        return (self.weights * self.locations).sum(0)

    def var(self) -> Any:
        return (self.weights * (self.scales**2 + (self.locations - self.mean()) ** 2)).sum(0)

    def std(self) -> Any:
        return np.sqrt(self.var())


@dataclass(frozen=True)
class Reference:
    """scipy: raw values -> scipy's frozen distribution; cdf: how far the distribution function may be off.

    raw: of distributions that are compared, where the family is none of location and scale.
    """

    scipy: Callable[..., Any]
    cdf: float = 1e-12  # a handful of operations on doubles; softplus is cut off at 20, 1e-12 of a scale of 25
    raw: Sequence[Sequence[float]] = ()


def negative_binomial(location: Any, log_size: Any) -> Any:
    return stats.nbinom(np.exp(log_size), 1 / (1 + np.exp(location - log_size)))


def beta_binomial(location: Any, log_concentration: Any) -> Any:
    a, b = (np.exp(log_concentration) * special.expit(sign * location) for sign in (1, -1))
    return stats.betabinom(LEVELS - 1, a, b)


LEVELS = 10
MIXTURES = [
    (0.0, -0.7, -0.7, -0.9, 0.9, 0.2, 0.2, 0.2),
    (-3.0, 2.0, -4.0, 3.0, -8.0, -1.5, 4.0, 0.0),
    (50.0, 0.0, 6.0, 0.3, 0.0, 25.0, -1.0, 1.0),
]
LOGARITHMS = [(0.0, 0.0), (-4.0, 2.0), (0.7, -2.0), (3.0, 6.0), (7.0, 1.0)]


REFERENCES: dict[Likelihood, Reference] = {
    "gaussian": Reference(lambda location, raw: stats.norm(location, scale(raw))),
    # Whose log-density does not go through the density, unlike that of scipy.stats.laplace.
    "laplace": Reference(lambda location, raw: stats.gennorm(1, location, scale(raw))),
    "logistic": Reference(lambda location, raw: stats.logistic(location, scale(raw))),
    # Tabulated, and flat beyond 8e4 scales: each errs by less than 1e-9.
    "student-t": Reference(lambda location, raw, df: stats.t(2.05 + softplus(df), location, scale(raw)), cdf=1e-9),
    "mixture": Reference(ThreeGaussians, raw=MIXTURES),
    "log-normal": Reference(lambda location, raw: stats.norm(location, scale(raw))),  # of the standardised logarithm
    "gamma": Reference(
        lambda location, log_shape: stats.gamma(np.exp(log_shape), scale=np.exp(location - log_shape)),
        1e-10,
        LOGARITHMS,
    ),
    "logit-normal": Reference(lambda location, raw: stats.norm(location, scale(raw))),
    "poisson": Reference(
        lambda location: stats.poisson(np.exp(location)), 2e-6, [(-4.0,), (0.0,), (2.3,), (4.9,), (8.0,), (13.8,)]
    ),
    "negative-binomial": Reference(negative_binomial, 2e-5, [*LOGARITHMS, (13.8, 5.0), (5.0, -3.0), (6.0, 12.0)]),
    # Whose own log-density errs by 2e-10 where a + b is large.
    "beta-binomial": Reference(beta_binomial, raw=[(0.0, 0.0), (-4.0, 2.0), (1.3, -2.0), (0.3, 6.0), (5.0, 1.0)]),
    "bernoulli": Reference(lambda logit: stats.bernoulli(special.expit(logit))),
    "categorical": Reference(
        lambda logits: stats.rv_discrete(values=(range(len(logits)), special.softmax(logits))), cdf=1e-12
    ),
}
NUMBERS = [name for name, family in FAMILIES.items() if family.kind == "number" and name != "gamma"]
"""Of which every number is a value."""
COUNTS = [name for name, family in FAMILIES.items() if isinstance(family, CountsFamily)]
"""Without a highest one."""
WHOLE = [name for name, family in FAMILIES.items() if family.kind == "count"]
OTHERS = [name for name, family in FAMILIES.items() if family.kind == "class"]
LOCATION_SCALE = [name for name, family in FAMILIES.items() if isinstance(family, LocationScaleFamily)]
WORDS = 4
every = pytest.mark.parametrize("name", FAMILIES)
numbers = pytest.mark.parametrize("name", NUMBERS)
counts = pytest.mark.parametrize("name", COUNTS)
whole = pytest.mark.parametrize("name", WHOLE)
others = pytest.mark.parametrize("name", OTHERS)
location_scale = pytest.mark.parametrize("name", LOCATION_SCALE)
Raw = tuple[Tensor, ...]


def doubles(*values: Any) -> Raw:
    return tuple(torch.as_tensor(value, dtype=torch.float64) for value in values)


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def family_of(name: str) -> Family:
    return FAMILIES[name].of({"categorical": WORDS, "beta-binomial": LEVELS}.get(name, 0))


def cases(name: str, *, constants: tuple[float, ...] = (-6.0, 1.0, 30.0)) -> list[Raw]:
    """Raw values of one distribution each. Scales from 1e-3 to 25; logits at which scipy's 1 - p has digits enough."""
    family = family_of(name)
    if special_cases := REFERENCES[name].raw:  # type: ignore[index]
        return [doubles(*each) for each in special_cases]
    if family.kind == "number":
        rest = product((0.0, -3.0, 50.0), (-9.0, 0.0, 3.0, 25.0), *[constants] * family.constants)
        return [doubles(*each) for each in rest]
    if family.outputs == 1:
        return [doubles(logit) for logit in (-12.0, -1.0, 0.0, 0.3, 12.0)]
    return [doubles(logits) for logits in ([0.0, 0, 0, 0], [1.0, -2, 0.5, 3], [-9.0, 2, 5, -1], [30.0, 0, 20, 10])]


def at_points(name: str, raw: Raw, z: np.ndarray) -> Distribution:
    """The distribution, as often as there are values where these do not broadcast."""
    return family_of(name)(*(each.expand(len(z), -1) for each in raw) if name == "categorical" else raw)


def scipy_of(name: str, raw: Raw) -> Any:
    reference: Any = REFERENCES[name].scipy  # type: ignore[index]
    return reference(*(each.numpy() for each in raw))


def log_density(name: str, raw: Raw, z: np.ndarray) -> np.ndarray:
    p = scipy_of(name, raw)
    return np.asarray(p.logpdf(z) if family_of(name).kind == "number" else p.logpmf(z))


SIZES = np.concatenate([np.logspace(-8, 6, 113), np.linspace(0.05, 40, 200)])


def points(name: str, raw: Raw) -> np.ndarray:
    """Where a distribution is compared: a million scales to either side, or every value."""
    family = family_of(name)
    if name == "gamma":
        return np.asarray(np.exp(float(raw[0])) * np.logspace(-30, 4, 300))
    if family.kind == "count":
        p = scipy_of(name, raw)
        whole = np.floor(p.mean() + p.std() * np.linspace(-8, 30, 300))
        return np.unique(np.concatenate([np.arange(140.0), whole[whole >= 0]]))
    if family.kind == "number":
        return np.asarray(
            float(raw[0])
            + scale(float(raw[-1 if name == "mixture" else 1])) * np.concatenate([-SIZES[::-1], [0.0], SIZES])
        )
    return np.arange(max(family.outputs, 2), dtype=float)


def nodes(name: str, raw: Raw, reach: float = 40.0) -> tuple[np.ndarray, np.ndarray]:
    """z, and dz/dt, where z = location + scale sinh t: even the heaviest tails fall off exponentially in t."""
    t = np.linspace(-reach, reach, 40_001)
    if name == "gamma":  # whose density falls off exponentially in log z towards 0
        z = np.exp(float(raw[0]) + 10 * t)
        return z, 10 * z * (t[1] - t[0])
    size = scale(float(raw[-1 if name == "mixture" else 1]))
    return float(raw[0]) + size * np.sinh(t), size * np.cosh(t) * (t[1] - t[0])


def total(values: np.ndarray) -> float:
    return float(integrate.simpson(values))  # a kink at the location is at a node


def random_raw(name: str, *lead: int, seed: int, words: int = WORDS) -> list[Tensor]:
    """Raw values of any shape, (..., words) for words."""
    family, some = family_of(name), bits(seed)
    count = 1 if family.kind == "class" else family.outputs + family.constants
    shape = (*lead, words) if name == "categorical" else lead
    return [torch.randn(shape, generator=some, dtype=torch.float64) for _ in range(count)]


def random_values(name: str, *shape: int, seed: int) -> Tensor:
    if name == "gamma":
        return torch.randn(shape, generator=bits(seed), dtype=torch.float64).exp()
    if FAMILIES[name].kind == "count":
        return torch.randint(9, shape, generator=bits(seed)).double()
    if FAMILIES[name].kind == "number":
        return 3 * torch.randn(shape, generator=bits(seed), dtype=torch.float64)
    return torch.randint(WORDS if name == "categorical" else 2, shape, generator=bits(seed)).double()


def some(name: str, *shape: int, seed: int) -> Distribution:
    return family_of(name)(*random_raw(name, *shape, seed=seed))
