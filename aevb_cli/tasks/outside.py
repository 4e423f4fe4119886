"""Rows unlike those that a model was trained on: outside the training range, or of another distribution.

Rows are counted chunk by chunk in constant memory. What chance explains is exact whatever a column's distribution:
if rows were exchangeable with the training rows, their ranks among these would be random.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from aevb_cli.core.models import training_range
from aevb_cli.modelfile.trained import TrainedModel

Records = Sequence[int] | NDArray[np.int64]
"""The numbers of a table's records, as messages name them."""

MARGIN = 0.05
"""What a number may lie beyond the training range, in widths of it, and not count as outside."""

FALSE_ALARMS, LEAST_ROWS = 1e-3, 30
"""The share of tables that chance alone calls of another distribution, and the rows from which on any is."""

_TESTS = 3
"""Of a column: beyond the range, above the median, below it."""

_TIMES = {"season": "a time of the year", "weekday": "a day of the week", "hour": "a time of the day"}
_DAYS = 4e6
"""Those to any year that a date can be written with, and more."""


@dataclass(frozen=True)
class _Training:
    """Of each column (D,): the ends of its training range, its median, and how many values these were taken from."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    median: NDArray[np.float64]
    count: NDArray[np.int64]
    stored: NDArray[np.int64]


class Outside:
    """Counts rows that lie outside the training range, and those above and below each column's training median.

    table: where it is one of several, its name in the example of such a row.
    """

    def __init__(self, model: TrainedModel, table: str = "") -> None:
        self._columns, self._names = model.features, [column.column for column in model.features]
        self._words = np.array([bool(column.categories) for column in model.features])
        self._training = _training(model)
        margin = MARGIN * (self._training.high - self._training.low)
        self._low, self._high = self._training.low - margin, self._training.high + margin
        self.rows = self.outside = 0
        zero = np.zeros(len(self._names), int)
        self._present, self._beyond, self._above, self._below = (zero.copy() for _ in range(4))
        self._table, self._first = table, dict[int, tuple[str, int, float]]()

    def add(self, values: NDArray[np.float64], records: Records) -> None:
        """Count rows. values: (N, D), in units, words as codes; records: their numbers in the table, (N,)."""
        present = ~np.isnan(values) & ~self._words
        beyond = present & ((values < self._low) | (values > self._high))
        beyond |= self._words & (values < 0)
        self.rows += len(values)
        self.outside += int(beyond.any(1).sum())
        self._present += present.sum(0)
        self._beyond += beyond.sum(0)
        self._above += (present & (values > self._training.median)).sum(0)
        self._below += (present & (values < self._training.median)).sum(0)
        for place in np.flatnonzero(beyond.any(0)).tolist():
            row = int(beyond[:, place].argmax())
            self._first.setdefault(place, (self._table, int(records[row]), float(values[row, place])))

    def join(self, other: "Outside") -> None:
        """Count the rows of another table of the same model, too. In whatever order tables come, all is the same."""
        self.rows, self.outside = self.rows + other.rows, self.outside + other.outside
        self._present, self._beyond = self._present + other._present, self._beyond + other._beyond
        self._above, self._below = self._above + other._above, self._below + other._below
        for place, found in other._first.items():
            self._first[place] = min(found, self._first.get(place, found))

    def sentences(self) -> list[str]:
        """What to say of the rows: nothing where they are like the training rows."""
        return [*self._of_outside(), *self._of_shift()]

    def _of_outside(self) -> Iterator[str]:
        if self.outside:
            place = int(self._beyond.argmax())
            verb = "lies" if self.outside == 1 else "lie"
            yield (
                f"{self.outside} of {self.rows} rows {verb} outside the training range, most often in "
                f"'{self._names[place]}' ({self._beyond[place]}; {self._example(place)}). "
                "No training row tells whether predictions hold there."
            )

    def _example(self, place: int) -> str:
        table, number, value = self._first[place]
        record = f"{table}, record {number}" if table else f"record {number}"
        if self._words[place]:
            return f"{record} has a word that did not train"
        reading = self._columns[place].reading
        if reading and reading.kind == "date" and reading.part != "days":
            return f"{record}: no training row lies at such {_TIMES[reading.part.partition(',')[0]]}"
        of = _day if reading and reading.kind == "date" else "{:g}".format
        low, high = self._training.low[place], self._training.high[place]
        return f"{record}: {of(value)}, trained from {of(low)} to {of(high)}"

    def _of_shift(self) -> Iterator[str]:
        """The column that is most plainly of another distribution, and how many others are."""
        shifted = [(share, sentence) for place in range(len(self._names)) for share, sentence in self._shifts(place)]
        columns = {sentence.split(" lies ")[0] for _, sentence in shifted}
        if shifted:
            more = f" So are {len(columns) - 1} more columns." if len(columns) > 1 else ""
            yield (
                f"These rows are of another distribution than the training rows: {max(shifted)[1]}, more than chance "
                f"explains.{more} What is promised of new rows may not hold for them."
            )

    def _shifts(self, place: int) -> Iterator[tuple[float, str]]:
        """Each way in which a column is of another distribution: the share of rows that says so, and a sentence."""
        rows, training, name = int(self._present[place]), self._training, self._names[place]
        if rows < LEAST_ROWS or self._words[place]:
            return
        allowed = FALSE_ALARMS / _TESTS / max(1, int((~self._words).sum()))
        beyond = int(self._beyond[place])
        if chance_beyond(beyond, rows, int(training.count[place])) < allowed:
            yield beyond / rows, f"'{name}' lies beyond its training range in {beyond} of {rows} rows"
        stored = int(training.stored[place])
        rank = stored // 2 + 1
        for word, found, first in (("above", self._above, stored - rank + 1), ("below", self._below, rank)):
            count = int(found[place])
            if too_many(count, rows, (first, stored + 1 - first), allowed):
                yield count / rows, f"'{name}' lies {word} its training median in {count} of {rows} rows"


def chance_beyond(count: int, rows: int, training: int) -> float:
    """The probability that so many of `rows` values, or more, lie beyond the range of `training` values by chance.

    All N + n ranks are random: of the subsets of N ranks, those that span at most M = N + n - count.
    """
    if training < 2 or count <= 0:
        return 1.0
    total, span = training + rows, training + rows - count
    if span < training:
        return 0.0
    chosen = _log_binomial(span - 1, training - 1) - _log_binomial(total, training)
    return min(1.0, math.exp(chosen) * (total - (training - 1) * span / training))


def too_many(count: int, rows: int, ranks: tuple[int, int], allowed: float) -> bool:
    """Whether more of `rows` values lie on one side of a training value than chance explains.

    ranks: (a, b), of the value from that side and from the other: the count is beta-binomial then. Its tails are
    lighter than those of the normal distribution that stands for it here, so alarms are rarer than `allowed`.
    """
    a, b = ranks
    mean = rows * a / (a + b)
    sd = math.sqrt(rows * a * b * (a + b + rows) / ((a + b) ** 2 * (a + b + 1)))
    return count - 0.5 > mean + NormalDist().inv_cdf(1 - allowed) * sd


def _training(model: TrainedModel) -> _Training:
    """The training rows' columns, from the rows that the model file holds."""
    columns = [values[~np.isnan(values)] for values in model.rows[:, : len(model.features)].T]
    ordered = [np.sort(values) if len(values) else np.full(1, np.nan) for values in columns]
    stored = np.array([len(values) for values in columns])
    low, high, count = _range(model, ordered, stored)
    return _Training(low, high, np.array([values[len(values) // 2] for values in ordered]), count, stored)


def _range(
    model: TrainedModel, ordered: Sequence[NDArray[np.float64]], stored: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Each column's least and largest training value, (D,), and how many values these were taken from.

    Models of older formats know the range of the rows in their file alone.
    """
    inputs = model.model.inputs
    if inputs.low:
        scaling = model.model.features
        low, high = training_range(model.model).numpy()
        low, high = (_shortened(end, scaling.scale.numpy()) for end in (low, high))
        return low, high, np.maximum(stored, model.facts["rows"])
    return np.array([values[0] for values in ordered]), np.array([values[-1] for values in ordered]), stored


def _shortened(values: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values to a millionth of their columns' standard deviations: they were kept in single precision. (D,)."""
    unit = 10.0 ** np.floor(np.log10(scale) - 6)
    return np.asarray(np.round(values / unit) * unit)


def _day(days: float) -> str:
    """The date of days since 1970, as far as there is one; others come from a forged file."""
    return str(np.datetime64(math.floor(days), "D")) if abs(days) < _DAYS else f"{days:g}"


def _log_binomial(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
