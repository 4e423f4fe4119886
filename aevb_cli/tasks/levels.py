"""Which columns hold whole levels in a known range: pixels, scores, answers from 1 to 5. Counts, years, ids do not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aevb_cli.settings import Levels
from aevb_cli.tables import Table
from aevb_cli.tables.kinds import cells
from aevb_cli.tables.space import FloatArray

MOST = 257
"""Levels of a range that is found; grey levels are 256."""

_FEW, _SHARED = 11, 3
"""Levels of a scale whose ends may be rare; and columns of one name, but for its number, that share a range."""

_END_ROWS, _END_SHARE, _PER_LEVEL = 2, 0.005, 3
"""What lies at either end of a known range at least, in rows and as a share of them; and rows for each level used."""

_SKEWED = 0.5


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
        many, rows, used = len(self.counts), self.counts.sum(), (self.counts > 0).sum()
        if many == 2:
            return True
        if not 3 <= many <= MOST or 2 * used < many or rows < _PER_LEVEL * used or abs(self.low) > many:
            return False
        if self.low == 0 and many == 256:  # bytes
            return True
        if (
            self.low == 0
            and skewness(np.arange(float(many)), self.counts) > _SKEWED
            and 2 * many * self.counts[-1] < rows
        ):
            return False  # a count, whose tail has been seen this far
        ends = min(self.counts[0], self.counts[-1])
        return bool(ends >= max(_END_ROWS, _END_SHARE * rows) or (self.low >= 2 and many <= _FEW))


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
