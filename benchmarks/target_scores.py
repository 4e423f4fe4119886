"""Proper scores of predicted probabilities and distributions, the same for every peer of `targets.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Numbers = npt.NDArray[np.float64]
Law = Any  # a frozen distribution of scipy.stats whose parameters are (N,)

FLOOR = 1e-6
"""A class's probability counts as at least this in the log-loss."""

BINS = 15
"""Bins of equal count for the calibration error."""


@dataclass(frozen=True)
class Forecast:
    """Distributions of N rows' targets, their CRPS as a function of the targets, and what there is to say of them."""

    law: Law
    crps: Callable[[Numbers], Numbers]
    note: str = ""


def of_classes(given: Numbers, truth: npt.NDArray[np.intp]) -> dict[str, float]:
    """Scores of probabilities (N, C) of classes, given each row's class (N,).

    brier: the sum over the classes. ece: mean |confidence - accuracy| of the predicted class in BINS bins.
    floored: rows whose class had less than FLOOR.
    """
    rows = np.arange(len(truth))
    own, best = given[rows, truth], given.argmax(1)
    right = best == truth
    bins = np.array_split(np.argsort(given.max(1), kind="stable"), min(BINS, len(rows)))
    apart = [len(each) * abs(given.max(1)[each].mean() - right[each].mean()) for each in bins]
    return {
        "log_likelihood": float(np.log(np.maximum(own, FLOOR)).mean()),
        "brier": float(((given - np.eye(given.shape[1])[truth]) ** 2).sum(1).mean()),
        "accuracy": float(right.mean()),
        "ece": float(sum(apart) / len(rows)),
        "floored": float((own < FLOOR).sum()),
    }


def of_numbers(forecast: Forecast, truth: Numbers) -> dict[str, float]:
    """Scores of distributions of N rows, given their targets (N,).

    A discrete law's log-likelihood is that of the probability; so is a continuous one's where all targets are whole
    numbers: P(z - 1/2 < Z < z + 1/2). coverage and width are those of the interval between the 5 % and 95 % points.
    """
    law = forecast.law
    lower, upper = law.ppf(0.05), law.ppf(0.95)
    if hasattr(law.dist, "logpmf"):
        each = law.logpmf(truth)
    elif (truth == np.round(truth)).all():
        each = log_mass(law, truth)
    else:
        each = law.logpdf(truth)
    return {
        "log_likelihood": float(np.maximum(each, LEAST).mean()),
        "crps": float(forecast.crps(truth).mean()),
        "coverage": float(((truth >= lower) & (truth <= upper)).mean()),
        "width": float((upper - lower).mean()),
        "floored": float((each < LEAST).sum()),
    }


LEAST = -700.0
"""A log-likelihood counts as at least this, where numbers would become too small."""


def log_mass(law: Law, whole: Numbers) -> Numbers:
    """log P(z - 1/2 < Z < z + 1/2) of a continuous law, (N,); from the tail that z is in."""
    far = whole > law.median()
    low = np.where(far, law.sf(whole + 0.5), law.cdf(whole - 0.5))
    high = np.where(far, law.sf(whole - 0.5), law.cdf(whole + 0.5))
    with np.errstate(divide="ignore"):
        found: Numbers = np.log(high - low)
    return found


def gaussian(mean: Numbers, sd: Numbers | float, note: str = "") -> Forecast:
    """Gaussians and the closed form of their CRPS."""
    sd = np.broadcast_to(sd, mean.shape)

    def crps(z: Numbers) -> Numbers:
        w = (z - mean) / sd
        found: Numbers = sd * (w * (2 * special.ndtr(w) - 1) + 2 * stats.norm.pdf(w) - np.pi**-0.5)
        return found

    return Forecast(stats.norm(mean, sd), crps, note)


def log_normal(mean: Numbers, sd: Numbers | float, note: str = "") -> Forecast:
    """Laws whose logarithm is Gaussian, and their CRPS (Baran and Lerch 2015)."""
    sd = np.broadcast_to(sd, mean.shape)
    law = stats.lognorm(s=sd, scale=np.exp(mean))

    def crps(z: Numbers) -> Numbers:
        w = (np.log(z) - mean) / sd
        beyond = special.ndtr(w - sd) + special.ndtr(sd / 2**0.5) - 1
        found: Numbers = z * (2 * special.ndtr(w) - 1) - 2 * np.exp(mean + sd**2 / 2) * beyond
        return found

    return Forecast(law, crps, note)


def gamma(mean: Numbers, shape: float, note: str = "") -> Forecast:
    """Gamma laws of one shape, and their CRPS (Scheuerer and Möller 2015)."""
    scale = mean / shape

    def crps(z: Numbers) -> Numbers:
        below, further = stats.gamma.cdf(z, shape, scale=scale), stats.gamma.cdf(z, shape + 1, scale=scale)
        found: Numbers = z * (2 * below - 1) - mean * (2 * further - 1) - scale / special.beta(0.5, shape)
        return found

    return Forecast(stats.gamma(shape, scale=scale), crps, note)


def poisson(mean: Numbers, note: str = "") -> Forecast:
    """Poisson laws."""
    return whole_numbers(stats.poisson(mean), note)


def negative_binomial(mean: Numbers, dispersion: float, note: str = "") -> Forecast:
    """Laws of variance mean + dispersion * mean^2; Poisson where there is none."""
    if dispersion < 1e-6:
        return poisson(mean, note)
    return whole_numbers(stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean)), note)


def whole_numbers(law: Law, note: str) -> Forecast:
    """A discrete law, whose CRPS is summed over whole numbers until less than a millionth lies beyond."""

    def crps(z: Numbers) -> Numbers:
        found, end = np.zeros(len(z)), np.maximum(law.ppf(1 - 1e-6), z)
        for k in range(int(end.max()) + 1):
            found += np.where(k <= end, (law.cdf(k) - (z <= k)) ** 2, 0)
        return found

    return Forecast(law, crps, note)
