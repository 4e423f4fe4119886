"""Simulated tables with a known truth: the report's process (Algorithm 2) and two more, in constant memory.

Every number is a fixed transformation of PCG64's raw bits, which numpy keeps; Generator methods may change (NEP 19).
x and the noise have random streams of their own, so no value depends on how the rows are cut into blocks.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import get_args

import numpy as np
import numpy.typing as npt

from aevb_cli.errors import UsageError
from aevb_cli.settings import Noise, Process, SimulationSettings

Array = npt.NDArray[np.float64]

BLOCK_ROWS = 16_384
X_MEAN, X_SD = -20.0, 80.0
# The factor model x = FACTOR_MEAN + FACTOR_NOISE_SD * (FACTOR_LOADINGS z + eps). The loadings, in units of the noise's
# sd, have orthogonal columns: W^T Psi^-1 W is diagonal, so p(z|x) is too, and a mean-field q(z|x) can be exact.
FACTOR_MEAN: Array = np.array([1.0, -2.0, 0.0, 3.0, -1.0])
FACTOR_NOISE_SD: Array = np.array([0.5, 1.0, 0.75, 1.5, 1.25])
FACTOR_LOADINGS: Array = np.array([[1.0, 2.0], [1.0, -1.0], [1.0, 0.0], [1.0, 1.0], [1.0, -2.0]])
_CURVE_NAMES = ("x", "z", "z_true_mean", "z_true_sd")
_FACTOR_X = ("x1", "x2", "x3", "x4", "x5")
_FACTOR_TRUTH = ("z1_true_mean", "z1_true_sd", "z2_true_mean", "z2_true_sd", "log_px_true")
_FACTOR_PRECISION: Array = 1.0 + (FACTOR_LOADINGS**2).sum(axis=0)


def simulate(settings: SimulationSettings, *, truth: bool = False) -> "Simulation":
    """Return a simulated table; UsageError for settings that are out of range or contradict each other.

    truth: add columns of E(z|x) and sd(z|x) (report, tfp), or of the exact p(z|x) and log p(x) (factor).

    >>> simulate(SimulationSettings(n=3), truth=True).names
    ('x', 'z', 'z_true_mean', 'z_true_sd')
    """
    _check(settings)
    if settings.process == "factor":
        return Simulation(settings, _FACTOR_X + _FACTOR_TRUTH * truth, 0.0, 1.0)
    location, scale = _location_scale(settings) if settings.standardise else (0.0, 1.0)
    return Simulation(settings, _CURVE_NAMES if truth else _CURVE_NAMES[:2], location, scale)


@dataclass(frozen=True)
class Simulation:
    """A simulated table: its columns' names, and its rows, made when they are read.

    The column z is (raw z - location) / scale, with 0 and 1 unless it is standardised. New rows in the units of this
    table are raw rows (standardise=False, another seed) transformed with this location and scale.
    """

    settings: SimulationSettings
    names: tuple[str, ...]
    location: float
    scale: float

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[list[Array]]:
        """Yield the rows in order, at most `rows` at a time: an array (B,) per name. No value depends on `rows`."""
        if self.settings.process == "factor":
            yield from _factor_blocks(self.settings, rows, len(self.names))
            return
        for x, z, mean, sd in _curve_blocks(self.settings, rows):
            columns = [x, *((a - self.location) / self.scale for a in (z, mean)), sd / self.scale]
            yield columns[: len(self.names)]


def moments(x: Array, settings: SimulationSettings) -> tuple[Array, Array]:
    """Return E(z|x) and sd(z|x) before standardisation, for x (N,); UsageError for the factor model.

    Report, Algorithm 2; for tfp, the regression tutorial of TensorFlow Probability.
    """
    if settings.process == "factor":
        raise UsageError("process factor has no z given x. Use factor_truth for its posterior.")
    w0, b0, low, high = _constants(settings)
    if settings.process == "report":
        return w0 * -x * (1.0 + np.cos(x) + b0), 3.0 * (0.25 + ((x - X_MEAN) / X_SD) ** 2)
    return w0 * x * (1.0 + np.sin(x)) + b0, 3.0 * (0.25 + ((x - low) / (high - low)) ** 2)


def log_density(settings: SimulationSettings, z: Array, mean: Array, sd: Array) -> Array:
    """Return the true log p(z|x) in nats, a log density per unit of z. z, and its true mean and sd: (N,).

    >>> log_density(SimulationSettings(noise="normal"), np.zeros(1), np.zeros(1), np.ones(1)).round(4)
    array([-0.9189])
    """
    r = np.abs(z - mean) / sd
    match settings.noise:
        case "normal":
            log_p = -0.5 * r**2 - 0.5 * math.log(2.0 * math.pi)
        case "laplace":
            log_p = -math.sqrt(2.0) * r - 0.5 * math.log(2.0)
        case "logistic":
            a = r * math.pi / math.sqrt(3.0)
            log_p = -a - 2.0 * np.log1p(np.exp(-a)) + math.log(math.pi / math.sqrt(3.0))
        case "uniform":
            log_p = np.where(r <= math.sqrt(3.0), -0.5 * math.log(12.0), -np.inf)
        case "student-t":
            df = settings.df
            log_p = -0.5 * (df + 1.0) * np.log1p(r**2 / (df - 2.0))  # t divided by its sd, sqrt(df / (df - 2))
            log_p += math.lgamma(0.5 * df + 0.5) - math.lgamma(0.5 * df) - 0.5 * math.log(math.pi * (df - 2.0))
    return np.asarray(log_p - np.log(sd), dtype=np.float64)


def factor_truth(x: Array) -> tuple[Array, Array, Array]:
    """Return the factor model's exact posterior mean (2, N) and sd (2,), and log p(x) (N,) in nats, for x (5, N).

    With r = (x - mu) / sigma, the orthogonal columns v_j of the loadings, and h_j = 1 + |v_j|^2:
    p(z_j|x) = N(v_j.r / h_j, 1 / h_j). The quadratic form in log p(x) is by Woodbury's identity.
    """
    r = (x - FACTOR_MEAN[:, None]) / FACTOR_NOISE_SD[:, None]
    # Sums in a fixed order: BLAS rounds differently for different numbers of rows.
    projection = sum((v[:, None] * r_d for v, r_d in zip(FACTOR_LOADINGS, r, strict=True)), np.zeros((2, 1)))
    mean = projection / _FACTOR_PRECISION[:, None]
    log_det = np.log(2.0 * math.pi * FACTOR_NOISE_SD**2).sum() + np.log(_FACTOR_PRECISION).sum()
    distance = (r**2).sum(axis=0) - (mean * projection).sum(axis=0)
    return mean, _FACTOR_PRECISION**-0.5, -0.5 * (log_det + distance)


def _constants(settings: SimulationSettings) -> tuple[float, ...]:
    defaults = (0.1, 4.5, -25.0, 55.0) if settings.process == "report" else (0.125, 5.0, -20.0, 60.0)
    given = (settings.w0, settings.b0, settings.low, settings.high)
    return tuple(default if value is None else value for value, default in zip(given, defaults, strict=True))


def _check(settings: SimulationSettings) -> None:
    for name, word, known in (("process", settings.process, Process), ("noise", settings.noise, Noise)):
        if word not in get_args(known):
            raise UsageError(f"--{name} {word} is not known. Choose one of {', '.join(get_args(known))}.")
    _check_range("n", settings.n, 1, 1e12)
    _check_range("seed", settings.seed, 0, 2**64 - 1)
    for name in ("w0", "b0", "low", "high"):
        _check_range(name, getattr(settings, name), -1e50, 1e50)
        if settings.process == "factor" and getattr(settings, name) is not None:
            raise UsageError(f"--{name} has no meaning for --process factor. Leave it out.")
    if settings.noise == "student-t" and not 2.0 < settings.df <= 1e6:
        raise UsageError(f"--df {settings.df}: unit variance needs more than 2. Choose a number above 2, up to 1e6.")
    if settings.process != "factor":
        _check_curve(settings)
    elif settings.noise != "normal":
        raise UsageError(f"--noise {settings.noise} leaves --process factor no evidence in closed form. Leave it out.")


def _check_range(name: str, value: float | None, lowest: float, highest: float) -> None:
    if value is not None and not lowest <= value <= highest:  # "not" refuses nan, too
        raise UsageError(f"--{name} {value} is out of range. Choose a number from {lowest:g} to {highest:g}.")


def _check_curve(settings: SimulationSettings) -> None:
    _, _, low, high = _constants(settings)
    if settings.standardise and settings.n == 1:
        raise UsageError("--n 1: a single row has no standard deviation to standardise z with. Choose --n 2 or more.")
    if not low < high:
        raise UsageError(f"--low {low} is not below --high {high}. Choose --low below --high.")
    if settings.process == "report":
        _, start, stop = _normal_window(low, high)
        # With less than 1e-9 of the tail's probability the quantiles lose their digits; beyond 37 sd they underflow.
        if abs(stop - start) <= max(1e-9 * max(start, stop), 1e-300):
            raise UsageError(f"--low {low} to --high {high} holds hardly any x ~ Normal(-20, 80^2). Widen the range.")


def _normal_window(low: float, high: float) -> tuple[float, float, float]:
    """Return a sign, and the probabilities that sign * X is below sign * low and sign * high: the smaller tail's."""
    sign = -1.0 if low + high > 2.0 * X_MEAN else 1.0
    start, stop = (0.5 * math.erfc(-sign * (x - X_MEAN) / (X_SD * math.sqrt(2.0))) for x in (low, high))
    return sign, start, stop


def _location_scale(settings: SimulationSettings) -> tuple[float, float]:
    """Return mean and population sd of raw z in one pass; blocks are joined by Chan, Golub & LeVeque (1983)."""
    count, mean, squares = 0, 0.0, 0.0
    for _, z, _, _ in _curve_blocks(settings, BLOCK_ROWS):  # of a fixed size: it decides how the sums are rounded
        block_mean, total = float(z.mean()), count + len(z)
        squares += float(((z - block_mean) ** 2).sum()) + (block_mean - mean) ** 2 * count * len(z) / total
        mean += (block_mean - mean) * len(z) / total
        count = total
    scale = math.sqrt(squares / count)
    if scale <= 1e-8 * abs(mean):
        raise UsageError(f"z varies by {scale:.1g} around {mean:.1g}: too little to standardise. Lower --b0 or --w0.")
    return mean, scale


def _curve_blocks(settings: SimulationSettings, rows: int) -> Iterator[tuple[Array, Array, Array, Array]]:
    """Yield x, ascending over all blocks, raw z = m(x) + s(x) eps, m(x) and s(x); all (B,). Report, Algorithm 2."""
    x_bits, eps_bits = map(np.random.PCG64, np.random.SeedSequence(settings.seed).spawn(2))
    log_rest = 0.0
    for start in range(0, settings.n, rows):
        count = min(rows, settings.n - start)
        # Order statistics of uniforms, one after another: 1 - U_(i+1) = (1 - U_(i)) V^(1/(n-i)), in logarithms.
        steps = np.log(_uniform(x_bits, count)) / (settings.n - np.arange(start, start + count))
        steps[0] += log_rest
        log_rests = np.cumsum(steps)
        log_rest = float(log_rests[-1])
        x = _x_quantile(-np.expm1(log_rests), settings)
        mean, sd = moments(x, settings)
        yield x, mean + sd * _noise(settings, eps_bits, count), mean, sd


def _factor_blocks(settings: SimulationSettings, rows: int, width: int) -> Iterator[list[Array]]:
    z_bits, eps_bits = map(np.random.PCG64, np.random.SeedSequence(settings.seed).spawn(2))
    for start in range(0, settings.n, rows):
        count = min(rows, settings.n - start)
        z, eps = _polar(z_bits, count * 2).reshape(count, 2).T, _polar(eps_bits, count * 5).reshape(count, 5).T
        signal = sum((w[:, None] * z_j for w, z_j in zip(FACTOR_LOADINGS.T, z, strict=True)), eps)
        columns = list(FACTOR_MEAN[:, None] + FACTOR_NOISE_SD[:, None] * signal)
        if width > len(columns):
            mean, sd, log_px = factor_truth(np.stack(columns))
            columns += [mean[0], np.full(count, sd[0]), mean[1], np.full(count, sd[1]), log_px]
        yield columns


def _uniform(bits: np.random.PCG64, count: int) -> Array:
    """Return doubles strictly between 0 and 1, the centres of 2^52 cells; (count,)."""
    raw: npt.NDArray[np.uint64] = bits.random_raw(count)
    return ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def _x_quantile(u: Array, settings: SimulationSettings) -> Array:
    """Return the u-quantile of x: Normal(-20, 80^2) truncated to [low, high], for tfp uniform; (B,)."""
    _, _, low, high = _constants(settings)
    if settings.process == "tfp":
        return np.clip(low + (high - low) * u, low, high)
    sign, start, stop = _normal_window(low, high)
    p = np.clip(start + (stop - start) * u, 1e-300, 1.0 - 2.0**-53)
    # numpy has no normal quantile; the standard library's, Wichura's AS241, is in C, one number at a time.
    t = np.fromiter(map(NormalDist().inv_cdf, p.tolist()), np.float64, len(p))
    return np.clip(X_MEAN + sign * X_SD * t, low, high)


def _polar(bits: np.random.PCG64, count: int, df: float = math.inf) -> Array:
    """Return Student-t noise of variance 1, normal for infinite df; (count,). Bailey (1994); Box & Muller (1958)."""
    u, v = _uniform(bits, 2 * count).reshape(count, 2).T
    radius_squared = -2.0 * np.log(u) if math.isinf(df) else (df - 2.0) * np.expm1(-2.0 / df * np.log(u))
    return np.sqrt(radius_squared) * np.cos(2.0 * math.pi * v)


def _noise(settings: SimulationSettings, bits: np.random.PCG64, count: int) -> Array:
    """Return noise of mean 0 and variance 1, by the polar method or by inversion; (count,)."""
    if settings.noise in ("normal", "student-t"):
        return _polar(bits, count, settings.df if settings.noise == "student-t" else math.inf)
    u = _uniform(bits, count)
    if settings.noise == "laplace":
        return np.sign(0.5 - u) * np.log(2.0 * np.minimum(u, 1.0 - u)) / math.sqrt(2.0)
    if settings.noise == "logistic":
        return (np.log(u) - np.log1p(-u)) * (math.sqrt(3.0) / math.pi)
    return math.sqrt(12.0) * (u - 0.5)
