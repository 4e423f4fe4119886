"""Recognise rows that a model was trained on in another table: scores of these are not those of new rows."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aevb_cli.core.data.groups import repeat_by_nature
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import summary

_PART = 1 << 16  # rows that are compared at once


@dataclass(frozen=True)
class Seen:
    """How many of `rows` rows are equal to a training row that the model file holds, and how many of these are found.

    by_chance: the share of new rows that are equal to one all the same, since their columns have few values.
    """

    rows: int
    equal: int
    stored: int
    found: int
    by_chance: float

    @property
    def told(self) -> bool:
        """Whether more rows are known than chance explains, and more than half of one table or the other."""
        error = math.sqrt(self.by_chance * (1 - self.by_chance) / max(1, self.rows))
        return self.equal > max(0.5, self.by_chance + 3 * error) * self.rows or (
            self.by_chance == 0 and self.found > 0.5 * self.stored
        )


def seen(model: TrainedModel, rows: NDArray[np.float64], digest: str = "") -> Seen:
    """Compare rows with the training rows that the model file holds, features and targets. rows: (N, D + J).

    digest: the table's SHA-256, by which the training table is known as a whole where the file holds no row.
    """
    if not len(model.rows):
        equal = len(rows) if digest == model.facts["sha256"] else 0
        return Seen(len(rows), equal, equal, equal, 0.0)
    counts = Counter(keys(model.rows))
    equal, found = 0, set[bytes]()
    for key in keys(rows):
        if key in counts:
            equal += 1
            found.add(key)
    return Seen(len(rows), equal, len(counts), len(found), _by_chance(model, list(counts.values())))


def repeated(training: NDArray[np.float64], rows: NDArray[np.float64]) -> bool:
    """Whether many of some rows are training rows, or the other way, though rows are hardly ever equal by chance."""
    known, others = Counter(keys(training)), Counter(keys(rows))
    equal = sum(count for key, count in others.items() if key in known)
    found = sum(key in others for key in known)
    by_chance = 1 - sum(count == 1 for count in known.values()) / len(training)
    return equal > max(0.2, 2 * by_chance) * len(rows) or found > max(0.2, 2 * by_chance) * len(known)


def sentence(model: TrainedModel, found: Seen) -> str:
    """What to say of scores of rows that are known, with what to expect of new ones."""
    which = f"{found.equal} of {found.rows} rows are among those that this model was trained on"
    if found.equal <= found.rows / 2:
        which = f"{found.found} of the {found.stored} training rows that the model file holds are among these rows"
    targets = [column.name for column in model.targets]
    expected = summary.expectation(model.facts, targets) or summary.doubts(model.facts, targets)
    unknown = "What to expect of new rows is not known: score rows that it was not trained on."
    return f"{which}: their scores are not those of new rows. {' '.join(expected) or unknown}"


def keys(rows: NDArray[np.float64]) -> Iterator[bytes]:
    """Each row as bytes that are equal where its cells are: there is one zero, and one missing cell."""
    for start in range(0, len(rows), _PART):
        part = rows[start : start + _PART]
        yield from (row.tobytes() for row in np.ascontiguousarray(np.where(np.isnan(part), np.nan, part + 0.0)))


def _by_chance(model: TrainedModel, counts: Sequence[int]) -> float:
    """The probability that a new row is equal to one of the stored rows: that it is none that occurs once (Good 1953).

    Rows that were copied tell nothing of that: they repeat features and targets alike, in a table of many different
    rows. counts: how often each of the stored rows occurs.
    """
    distinct, rows = len(counts), len(model.rows)
    of_features = len(set(keys(model.rows[:, : len(model.features)])))
    if distinct == rows or (of_features == distinct and not repeat_by_nature(distinct, rows)):
        return 0.0
    return 1 - sum(count == 1 for count in counts) / rows
