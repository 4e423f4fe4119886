"""scipy's distribution for every family, and raw values and points at which families are compared.

A family is one line in REFERENCES; all tests of test_families.py, test_draws.py and test_mixtures.py run for it.
"""

from collections.abc import Callable
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
from aevb_cli.core.families.location_scale import LocationScaleFamily
from aevb_cli.settings import Likelihood


def softplus(raw: Any) -> Any:
    return np.logaddexp(0, raw)


def scale(raw: Any) -> Any:
    return softplus(raw) + 1e-3


@dataclass(frozen=True)
class Reference:
    """scipy: raw values -> scipy's frozen distribution; cdf: how far the distribution function may be off."""

    scipy: Callable[..., Any]
    cdf: float = 1e-12  # a handful of operations on doubles; softplus is cut off at 20, 1e-12 of a scale of 25


REFERENCES: dict[Likelihood, Reference] = {
    "gaussian": Reference(lambda location, raw: stats.norm(location, scale(raw))),
    # Whose log-density does not go through the density, unlike that of scipy.stats.laplace.
    "laplace": Reference(lambda location, raw: stats.gennorm(1, location, scale(raw))),
    "logistic": Reference(lambda location, raw: stats.logistic(location, scale(raw))),
    # Tabulated, and flat beyond 8e4 scales: each errs by less than 1e-9.
    "student-t": Reference(lambda location, raw, df: stats.t(2.05 + softplus(df), location, scale(raw)), cdf=1e-9),
    "bernoulli": Reference(lambda logit: stats.bernoulli(special.expit(logit))),
    "categorical": Reference(
        lambda logits: stats.rv_discrete(values=(range(len(logits)), special.softmax(logits))), cdf=1e-12
    ),
}
NUMBERS = [name for name, family in FAMILIES.items() if family.kind == "number"]
OTHERS = [name for name in FAMILIES if name not in NUMBERS]
LOCATION_SCALE = [name for name, family in FAMILIES.items() if isinstance(family, LocationScaleFamily)]
WORDS = 4
every = pytest.mark.parametrize("name", FAMILIES)
numbers = pytest.mark.parametrize("name", NUMBERS)
others = pytest.mark.parametrize("name", OTHERS)
location_scale = pytest.mark.parametrize("name", LOCATION_SCALE)
Raw = tuple[Tensor, ...]


def doubles(*values: Any) -> Raw:
    return tuple(torch.as_tensor(value, dtype=torch.float64) for value in values)


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def family_of(name: str) -> Family:
    return FAMILIES[name].of(WORDS if name == "categorical" else 0)


def cases(name: str, *, constants: tuple[float, ...] = (-6.0, 1.0, 30.0)) -> list[Raw]:
    """Raw values of one distribution each. Scales from 1e-3 to 25; logits at which scipy's 1 - p has digits enough."""
    family = family_of(name)
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
    if family.kind == "number":
        return np.asarray(float(raw[0]) + scale(float(raw[1])) * np.concatenate([-SIZES[::-1], [0.0], SIZES]))
    return np.arange(max(family.outputs, 2), dtype=float)


def nodes(raw: Raw, reach: float = 40.0) -> tuple[np.ndarray, np.ndarray]:
    """z, and dz/dt, where z = location + scale sinh t: even the heaviest tails fall off exponentially in t."""
    t = np.linspace(-reach, reach, 40_001)
    size = scale(float(raw[1]))
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
    if FAMILIES[name].kind == "number":
        return 3 * torch.randn(shape, generator=bits(seed), dtype=torch.float64)
    return torch.randint(WORDS if name == "categorical" else 2, shape, generator=bits(seed)).double()


def some(name: str, *shape: int, seed: int) -> Distribution:
    return family_of(name)(*random_raw(name, *shape, seed=seed))
