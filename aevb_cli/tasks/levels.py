"""Which columns hold whole levels in a known range: pixels, scores, answers from 1 to 5. Counts, years, ids do not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aevb_cli.settings import Levels
from aevb_cli.tables import Table
from aevb_cli.tables.kinds import cells
from aevb_cli.tables.space import FloatArray

MOST, _BYTES = 257, 256
"""Levels of a range that is found, and of a grey level."""

_FEW, _SHARED = 11, 3
"""Levels of a scale that may begin anywhere near 0; and columns of one name, but for its number, that share a range."""

_FEW_ROWS, _ROWS, _SHARE, _PER_LEVEL = 2, 5, 0.005, 3
"""What lies at either end of a known range at least: rows, of few and of more levels, and their share. And rows for
each level that is used."""

_SKEWED, _THIN = 0.5, 3
"""A count's skewness; and by what factor its highest number so far is rarer than its numbers are on average."""


@dataclass(frozen=True)
class Spread:
    """Whole numbers from `low` on. counts: of rows, for each number up to the highest one."""

    low: float
    counts: FloatArray

    @property
    def levels(self) -> Levels:
        """The lowest one, and how many there are."""
        return self.low, len(self.counts)

    @property
    def known(self) -> bool:
        """Whether it is a known range: used, not far from 0, and with as much at its ends as a bounded scale has."""
        many, used = len(self.counts), (self.counts > 0).sum()
        if many == 2:
            return True
        if not 3 <= many <= MOST or 2 * used < many or self.counts.sum() < _PER_LEVEL * used or abs(self.low) > many:
            return False
        return (self.low == 0 and many == _BYTES) or (not self._open and self._held)

    @property
    def _open(self) -> bool:
        """Whether it is a count, whose tail has been seen this far."""
        many = len(self.counts)
        if self.low != 0 or _THIN * many * self.counts[-1] >= self.counts.sum():
            return False
        return skewness(np.arange(float(many)), self.counts) > _SKEWED

    @property
    def _held(self) -> bool:
        """Whether both ends are those of a scale: of few levels, or of more from 0, from 1, or to both sides of 0."""
        many, ends, least = len(self.counts), min(self.counts[0], self.counts[-1]), _SHARE * self.counts.sum()
        if many <= _FEW:
            return self.low >= 2 or bool(ends >= max(_FEW_ROWS, least))
        return self.low in {0, 1, -(many // 2)} and bool(ends >= max(_ROWS, least))


def skewness(values: FloatArray, counts: FloatArray | None = None) -> float:
    """The third standardised moment, 0 of what is constant. counts: how often each value stands."""
    mean = np.average(values, weights=counts)
    variance = np.average((values - mean) ** 2, weights=counts)
    return float(np.average((values - mean) ** 3, weights=counts) / variance**1.5) if variance > 0 else 0.0


def spreads(table: Table) -> dict[int, Spread]:
    """The spread of each column of whole numbers in not too many levels, by place.

    Columns whose names differ by numbers alone, as those of pixels do, share one range, if most of them use most of it:
    a pixel at the border may never be bright.
    """
    found = {place: spread for place in range(len(table.names)) if (spread := _alone(table, place))}
    for places in stems(table.names).values():
        own = [found[place] for place in places if place in found]
        if len(own) == len(places) >= _SHARED and (together := _together(own)):
            found |= dict.fromkeys(places, together)
    return found


def stems(names: Sequence[str]) -> dict[str, list[int]]:
    """The places of the columns whose names are the same but for the numbers in them.

    >>> stems(["p0", "p1", "label", "q1"])
    {'p#': [0, 1], 'q#': [3]}
    """
    found: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        if (stem := re.sub(r"\d+", "#", name)) != name:
            found.setdefault(stem, []).append(place)
    return found


def _alone(table: Table, place: int) -> Spread | None:
    column, extent, values = table.columns[place], table.extent[place], table.values[:, place]
    dated = column.reading is not None and column.reading.kind in {"date", "time"}
    if column.categories or dated or not extent.known or extent.high - extent.low >= MOST or not cells.whole(values):
        return None
    levels = (values[~np.isnan(values)] - extent.low).astype(np.int64)
    return Spread(extent.low, np.bincount(levels).astype(np.float64))


def _together(own: Sequence[Spread]) -> Spread | None:
    """The spread of all columns together; None unless half of them begin at its lowest level and span half of it."""
    low, end = min(each.low for each in own), max(each.low + len(each.counts) for each in own)
    if end - low > MOST:
        return None
    counts = np.zeros(int(end - low))
    for each in own:
        first = int(each.low - low)
        counts[first : first + len(each.counts)] += each.counts
    spanning = [each for each in own if each.low == low and 2 * len(each.counts) >= len(counts)]
    return Spread(low, counts) if 2 * len(spanning) >= len(own) else None
