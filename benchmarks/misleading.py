"""Tables that can mislead whoever trains on them, each simulated, so that the truth is known; see `honesty.py`.

A way to mislead is a function of a random generator that returns a `Case`: the training table, fresh rows that are
independent of each other given the process, and for each of them the interval of z given x of level 0.9 that the
oracle, which knows the process, would give. The target is z, the last column.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

LEVEL = 0.9
ROWS, FRESH = 200, 2000
NORMAL = NormalDist().inv_cdf((1 + LEVEL) / 2)
STUDENT_2 = LEVEL / np.sqrt((1 - LEVEL**2) / 2)
"""The quantile of Student's t with 2 degrees of freedom, (2p - 1) / sqrt(2p (1 - p)) at p = (1 + LEVEL) / 2."""


@dataclass(frozen=True)
class Case:
    """One table and its truth.

    lower, upper: (FRESH,), the oracle's interval of each fresh row; group: the column whose equal cells belong
    together; says: what a message about the danger at hand would contain, as a regular expression.
    """

    train: pd.DataFrame
    fresh: pd.DataFrame
    lower: Array
    upper: Array
    says: str
    group: str | None = None
    #: Options for the commands that read the fresh rows.
    applied: tuple[str, ...] = ()

    @property
    def covered(self) -> float:
        """The share of the fresh rows in the oracle's interval."""
        z = self.fresh["z"]
        return float(((self.lower <= z) & (z <= self.upper)).mean())


@dataclass
class Process:
    """z = x slope + sin(wave x1) + s(x) noise with s(x) = 0.3 exp(0.4 x1); x uniform, of 1 to 4 features."""

    chance: np.random.Generator
    slope: Array = field(init=False)
    wave: float = field(init=False)

    def __post_init__(self) -> None:
        self.slope = self.chance.normal(size=int(self.chance.integers(1, 5)))
        self.wave = float(self.chance.uniform(0.5, 3))

    def features(self, rows: int, low: float = -2.0, high: float = 2.0) -> Array:
        """Features (rows, D), the first between low and high."""
        x = self.chance.uniform(-2, 2, (rows, len(self.slope)))
        x[:, 0] = self.chance.uniform(low, high, rows)
        return x

    def mean(self, x: Array) -> Array:
        """The mean of z given x, (rows,)."""
        return np.asarray(x @ self.slope + np.sin(self.wave * x[:, 0]))

    def sd(self, x: Array) -> Array:
        """The noise's standard deviation given x, (rows,)."""
        return np.asarray(0.3 * np.exp(0.4 * x[:, 0]))

    def targets(self, x: Array) -> Array:
        """Targets with Gaussian noise, (rows,)."""
        return self.mean(x) + self.sd(x) * self.chance.normal(size=len(x))

    def table(self, rows: int) -> pd.DataFrame:
        """Rows of the process, as they are."""
        x = self.features(rows)
        return framed(x, self.targets(x))

    def case(self, train: pd.DataFrame, says: str, fresh: Array | None = None) -> Case:
        """The case of a training table and of clean fresh rows, whose features (FRESH, D) may be given."""
        x = self.features(FRESH) if fresh is None else fresh
        half = NORMAL * self.sd(x)
        return Case(train, framed(x, self.targets(x)), self.mean(x) - half, self.mean(x) + half, says)


def framed(x: Array, z: Array, **words: object) -> pd.DataFrame:
    """A table of other columns first, then x1, x2, ..., and z last."""
    return pd.DataFrame(words | {f"x{place + 1}": column for place, column in enumerate(x.T)} | {"z": z})


def repeated(chance: np.random.Generator, *, share: float) -> Case:
    """A share of the rows are exact copies of others, as after a join gone wrong."""
    process = Process(chance)
    copies = round(share * ROWS)
    table = process.table(ROWS - copies)
    rows = np.concatenate([np.arange(len(table)), chance.integers(len(table), size=copies)])
    return process.case(table.iloc[chance.permutation(rows)], r"repeat|duplicate|more than once|copies")


def twins(chance: np.random.Generator) -> Case:
    """Pairs of equal features whose targets contradict: one lies 1 above the mean, the other 1 below."""
    process = Process(chance)
    x, new = process.features(ROWS // 2).repeat(2, axis=0), process.features(FRESH)

    def spread(x: Array) -> Array:
        return process.sd(x) / 5

    signs = np.tile([1.0, -1.0], ROWS // 2)
    z = process.mean(x) + signs + spread(x) * chance.normal(size=ROWS)
    fresh = process.mean(new) + chance.choice([-1.0, 1.0], FRESH) + spread(new) * chance.normal(size=FRESH)
    # The peaks are over 15 standard deviations apart: beyond the upper one lie (1 - LEVEL) / 2 of all, twice as
    # much of its own half.
    half = 1 + NormalDist().inv_cdf(LEVEL) * spread(new)
    case = process.case(framed(x, z), r"repeat|equal|contradict|more than once")
    return Case(case.train, framed(new, fresh), process.mean(new) - half, process.mean(new) + half, case.says)


def groups(chance: np.random.Generator, *, each: int = 5, effect: float = 1.0) -> Case:
    """Five rows of each patient share an effect and their first feature, which all but names the patient."""
    process = Process(chance)
    if len(process.slope) == 1:  # a feature of the row besides the patient's
        process.slope = np.append(process.slope, chance.normal())
    x, new = process.features(ROWS), process.features(FRESH)
    x[:, 0] = x[::each, 0].repeat(each)
    effects = effect * chance.normal(size=ROWS // each).repeat(each)
    train = framed(x, process.targets(x) + effects, patient=[f"p{row // each}" for row in range(ROWS)])
    fresh = process.targets(new) + effect * chance.normal(size=FRESH)
    half = NORMAL * np.hypot(process.sd(new), effect)
    lower, upper = process.mean(new) - half, process.mean(new) + half
    others = framed(new, fresh, patient=[f"q{row}" for row in range(FRESH)])
    return Case(train, others, lower, upper, r"\bgroup", group="patient")


def words(chance: np.random.Generator, *, known: int = 10, effect: float = 2.0) -> Case:
    """The fresh rows' words did not train, and each has an effect of its own."""
    process = Process(chance)
    x, new = process.features(ROWS), process.features(FRESH)
    which, effects = chance.integers(known, size=ROWS), effect * chance.normal(size=known)
    train = framed(x, process.targets(x) + effects[which], site=[f"site {word}" for word in which])
    fresh = process.targets(new) + effect * chance.normal(size=FRESH)
    half = NORMAL * np.hypot(process.sd(new), effect)
    return Case(
        train,
        framed(new, fresh, site=[f"new {row}" for row in range(FRESH)]),
        process.mean(new) - half,
        process.mean(new) + half,
        r"unseen|did not train|not know|unknown|new word",
        applied=("--unseen", "missing"),
    )


def wild(chance: np.random.Generator, *, column: str) -> Case:
    """One to three cells of a column are wild: 10^2 to 10^9 standard deviations, or all of them -999."""
    process = Process(chance)
    table = process.table(ROWS)
    rows = chance.choice(ROWS, int(chance.integers(1, 4)), replace=False)
    far = chance.choice([-1, 1], len(rows)) * 10 ** chance.uniform(2, 9, len(rows)) * table[column].std()
    table.loc[rows, column] = np.full(len(rows), -999.0) if chance.random() < 0.3 else far
    return process.case(table, r"wild|standard deviations|far from|far out|extreme|outl[iy]")


def tails(chance: np.random.Generator) -> Case:
    """Noise of Student's t with 2 degrees of freedom, whose scale is 25 times as large at one end as at the other."""
    process = Process(chance)
    x, new = process.features(ROWS), process.features(FRESH)

    def noisy(x: Array) -> Array:
        return process.mean(x) + process.sd(x) ** 2 * chance.standard_t(2, len(x))

    half = STUDENT_2 * process.sd(new) ** 2
    lower, upper = process.mean(new) - half, process.mean(new) + half
    return Case(framed(x, noisy(x)), framed(new, noisy(new)), lower, upper, r"tail|wild|extreme|outl[iy]")


def shift(chance: np.random.Generator) -> Case:
    """The fresh rows' first feature lies at the edge of the training range and as far beyond."""
    process = Process(chance)
    return process.case(process.table(ROWS), r"outside|beyond|distribution", process.features(FRESH, 1.0, 3.0))


def small(chance: np.random.Generator, *, rows: int) -> Case:
    """Few rows."""
    process = Process(chance)
    return process.case(process.table(rows), r"too few|few rows|few to|not enough")


def drift(chance: np.random.Generator, *, dated: bool, step: float = 0.1) -> Case:
    """The level of z wanders from day to day; fresh rows are of the 100 days after. Without a date only order tells."""
    process = Process(chance)
    x, new = process.features(ROWS), process.features(FRESH)
    level = step * chance.normal(size=ROWS).cumsum()
    later = chance.integers(1, 101, FRESH)
    # Each fresh row has a future of its own, else all of them would err together.
    further = step * np.sqrt(later)
    z = process.targets(new) + level[-1] + further * chance.normal(size=FRESH)
    mean, half = process.mean(new) + level[-1], NORMAL * np.hypot(process.sd(new), further)
    days = ({"day": np.arange(ROWS)}, {"day": ROWS - 1 + later}) if dated else ({}, {})
    train, fresh = framed(x, process.targets(x) + level, **days[0]), framed(new, z, **days[1])
    return Case(train, fresh, mean - half, mean + half, r"outside|beyond|distribution" if dated else r"order|drift")


WAYS: dict[str, Callable[[np.random.Generator], Case]] = {
    "repeated 5 %": partial(repeated, share=0.05),
    "repeated 30 %": partial(repeated, share=0.3),
    "repeated 70 %": partial(repeated, share=0.7),
    "contradicting twins": twins,
    "groups": groups,
    "unseen words": words,
    "wild x": partial(wild, column="x1"),
    "wild z": partial(wild, column="z"),
    "heavy tails": tails,
    "shifted x": shift,
    "10 rows": partial(small, rows=10),
    "30 rows": partial(small, rows=30),
    "later days": partial(drift, dated=True),
    "later, undated": partial(drift, dated=False),
}
