"""The family of each column of p(x|z) where z is hidden: the one that is given for it, or one that suits its cells.

Nothing is trained for it: how a column is spread over all rows decides.
"""

import math
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np

from aevb_cli.errors import UsageError
from aevb_cli.model_settings import LatentSettings
from aevb_cli.settings import MOST_LEVELS, ColumnFamilies, Levels, Likelihood, TrainingRequest
from aevb_cli.tables import Table
from aevb_cli.tables.space import FloatArray
from aevb_cli.tables.table import quoted
from aevb_cli.tasks import likelihoods
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.held_out import spaced
from aevb_cli.tasks.levels import Spread, skewness, spreads
from aevb_cli.tasks.taken import named

_ROWS, _DISTINCT, _LOOKED_AT = 20, 3, 10_000
"""Rows, and different numbers, below which numbers are Gaussian; and of larger tables, how many rows are looked at."""

_SKEWED, _COUNT_SKEWED = 1.0, 0.5
_UNDERDISPERSED, _NEAR_0, _COUNTED = 0.8, 0.25, 1000.0
"""Of counts: the least variance over the mean; how near 0 they begin, in means; and the largest median. Beyond these,
whole numbers are amounts that have been rounded, or ages, years, ids."""

_GAIN, _BEYOND_DOUBT, _ERRORS, _MOST_GAIN = 0.2, 0.1, 5.0, 5.0
"""By how many nats per row a log-normal or a Student's t must be likelier than a Gaussian, and in standard errors; and
what a row counts at most: one far off does not make a tail."""

_DF, _STEPS, _TIED = 4.0, 20, 0.05
"""Degrees of freedom of the t that stands for heavy tails, and steps of its fit; and the share of rows with one value
from which on that is no tail."""


def of_hidden(request: TrainingRequest, table: TrainingTable) -> ColumnFamilies:
    """`hidden_families` of a request for a model with a hidden z."""
    settings = cast(LatentSettings, request.settings)
    return hidden_families(table, request.likelihood, grey=settings.binarise)


def hidden_families(table: TrainingTable, given: Sequence[str] = (), *, grey: bool = False) -> ColumnFamilies:
    """Each feature's family, and the range of those that are beta-binomial.

    given: NAME=KIND, by patterns too; grey: whether numbers from 0 to 1 are grey levels, which are drawn as 0 or 1.

    Raises
    ------
    UsageError
        there is no such column or family, a column cannot have it, or has two; or no column holds grey levels.
    """
    features, found = table.features, spreads(table.features)
    families = {place: _chosen(features, place, found.get(place), grey) for place in range(len(features.names))}
    families |= likelihoods.families(table, given).features
    if grey and "bernoulli" not in families.values():
        raise UsageError(
            "--binarise: no column holds grey levels from 0 to 1. Divide those that end elsewhere, say by 255, or "
            "leave the option out."
        )
    levels = {
        place: _levels(features, place, found.get(place))
        for place, family in families.items()
        if family == "beta-binomial"
    }
    return ColumnFamilies(families, {}, levels)


def sentence(table: TrainingTable, chosen: ColumnFamilies) -> str:
    """Which family each column has, say `beta-binomial (levels 0 to 16): p0, p1 and 62 more`, family by family."""
    parts = (f"{what}: {named(names)}" for what, names in _by_family(table.features, chosen))
    return f"p(x|z): {' · '.join(parts)}. For another family, give --likelihood NAME=KIND."


def _by_family(features: Table, chosen: ColumnFamilies) -> Iterator[tuple[str, list[str]]]:
    """What is said of columns that have one family, and one range, with their names."""
    found: dict[str, list[str]] = {}
    for place, name in enumerate(features.names):
        family, levels = chosen.features[place], chosen.levels.get(place)
        of = f" (levels {levels[0]:.15g} to {levels[0] + levels[1] - 1:.15g})" if levels else ""
        found.setdefault(family + of, []).append(name)
    yield from found.items()


def _levels(features: Table, place: int, found: Spread | None) -> Levels:
    """The range of a column that is said to be one of levels."""
    extent = features.extent[place]
    low, many = found.levels if found else (extent.low, int(min(extent.high - extent.low, 1e18)) + 1)
    if many > MOST_LEVELS:
        raise UsageError(
            f"--likelihood {quoted(features.names[place])}=beta-binomial: from {extent.low:g} to {extent.high:g} "
            f"there are more than {MOST_LEVELS} levels. Give it negative-binomial or gaussian."
        )
    return (low, many) if many > 1 else (min(low, 0.0), int(max(abs(low), 1)) + 1)


def _chosen(features: Table, place: int, found: Spread | None, grey: bool) -> Likelihood:
    """The family of a column that none is given for."""
    column, values = features.columns[place], features.values[:, place]
    if column.categories:
        return "categorical"
    bits = found is not None and found.low >= 0 and found.low + len(found.counts) <= 2
    if bits or (grey and features.extent[place].low >= 0 and features.extent[place].high <= 1):
        return "bernoulli"
    if found and (found.known or features.extent[place].constant):
        return "beta-binomial"
    values = values[~np.isnan(values)]
    if (column.reading is not None and column.reading.kind in {"date", "time"}) or len(values) < _ROWS:
        return "gaussian"
    return _of_numbers(values[spaced(len(values), _LOOKED_AT)])


def _of_numbers(x: FloatArray) -> Likelihood:
    """The family of numbers, (N,), that are neither words nor levels."""
    if len(np.unique(x)) < _DISTINCT:
        return "gaussian"
    if _counts(x):
        return "negative-binomial"
    if x.min() > 0 and skewness(x) > _SKEWED and _log_normal_gain(x) > _GAIN:
        return "log-normal"
    return "student-t" if _heavy(x) else "gaussian"


def _counts(x: FloatArray) -> bool:
    """Whether they are counts: whole, from near 0 on, skewed, and spread at least as a Poisson's."""
    mean = float(x.mean())
    if (x != np.floor(x)).any() or not 0 <= x.min() <= _NEAR_0 * mean or np.median(x) > _COUNTED:
        return False
    return skewness(x) > _COUNT_SKEWED and bool(x.var() > _UNDERDISPERSED * mean)


def _log_normal_gain(x: FloatArray) -> float:
    """By how much the likeliest log-normal is likelier than the likeliest Gaussian, in nats per row."""
    logs = np.log(x)
    return float(np.log(x.std()) - np.log(logs.std()) - logs.mean())


def _heavy(x: FloatArray) -> bool:
    """Whether a Student's t is likelier than a Gaussian beyond doubt. By EM (Lange, Little & Taylor 1989)."""
    if np.unique(x, return_counts=True)[1].max() > _TIED * len(x):
        return False
    u = (x - x.mean()) / x.std()
    location, scale, df = float(np.median(u)), 1.0, _DF
    for _ in range(_STEPS):
        weight = (df + 1) / (df + ((u - location) / scale) ** 2)
        location = float((weight * u).sum() / weight.sum())
        scale = math.sqrt(max(float((weight * (u - location) ** 2).mean()), 1e-12))
    constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi) - math.log(scale)
    heavy = constant - (df + 1) / 2 * np.log1p(((u - location) / scale) ** 2 / df)
    gain = (heavy + 0.5 * (u**2 + math.log(2 * math.pi))).clip(max=_MOST_GAIN)
    return bool(gain.mean() > max(_BEYOND_DOUBT, _ERRORS * gain.std() / math.sqrt(len(u))))
