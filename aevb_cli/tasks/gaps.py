"""Rows that lack a value which every training row had: the rule for them, and what is said of them."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from aevb_cli.errors import DataError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Gaps

OUTCOMES = {
    "predicted": {"average": "Predictions of such rows average over what training rows have there.",
                  "skip": "Such rows are left without predictions."},
    "scored": {"average": "Such rows were scored by predictions that average over what training rows have there.",
               "skip": "Such rows were skipped."},
}  # fmt: skip
"""What became of such rows, by what is done with a table and by the rule."""


class GapCount:
    """Counts rows with gaps: empty cells of features that every training row had, from which nothing was learnt."""

    def __init__(self, model: TrainedModel, rule: Gaps) -> None:
        self._rule = rule
        self._columns = [column.column for column in model.features]
        self._names = list(dict.fromkeys(self._columns))
        places = {name: place for place, name in enumerate(self._names)}
        of = np.array([places[name] for name in self._columns])
        self._order = np.argsort(of, kind="stable")
        self._starts = np.searchsorted(of[self._order], np.arange(len(self._names)))
        # A hidden z is inferred from the cells that are there, whichever these are.
        self._never_missing = ~np.array(model.model.inputs.masked) & (not model.hidden)
        self._rows = self._with_gaps = 0
        self._each = np.zeros(len(self._names), int)

    def cells(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which cells are gaps. values: (N, D) of features, or with further columns behind them. Returns (N, D)."""
        return np.asarray(np.isnan(values[:, : len(self._columns)]) & self._never_missing)

    def add(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Count rows. values: as `cells`. Returns which are to be left without predictions, (N,)."""
        cells = self.cells(values)
        rows = np.asarray(cells.any(1))
        self._rows, self._with_gaps = self._rows + len(rows), self._with_gaps + int(rows.sum())
        # Several features may be read from one column of the table: its cell is missing once.
        self._each += np.logical_or.reduceat(cells[:, self._order], self._starts, 1).sum(0)
        return rows if self._rule == "skip" else np.zeros_like(rows)

    def join(self, other: "GapCount") -> None:
        """Count the rows of another table of the same model, too."""
        self._rows, self._with_gaps = self._rows + other._rows, self._with_gaps + other._with_gaps
        self._each = self._each + other._each  # what comes from another process cannot be written to

    def check(self, source: str, tables: Iterable[tuple[NDArray[np.float64], NDArray[np.int64] | range]]) -> None:
        """Raise DataError for gaps if that is the rule: it names the first and counts the rows.

        tables: values as `cells`, and their records' numbers (N,), part by part. The first part is checked; the others
        are read, and their gaps counted, where it has one.
        """
        parts = iter(tables)
        values, records = next(parts)
        cells = self.cells(values)
        if self._rule != "error" or not cells.any():
            return
        row, place = np.argwhere(cells)[0]
        count = int(cells.any(1).sum()) + sum(int(self.cells(more).any(1).sum()) for more, _ in parts)
        raise DataError(
            f"{source}, record {records[row]}, column '{self._columns[place]}': the cell is empty, as in {count} "
            "record(s) in all. Fill it, drop the record, or choose --missing average or skip."
        )

    def sentences(self, done: str) -> Iterator[str]:
        """What to say of the rows: nothing where none has a gap. done: "predicted" or "scored"."""
        if self._with_gaps:
            place, lack = int(self._each.argmax()), "lacks" if self._with_gaps == 1 else "lack"
            yield (
                f"{self._with_gaps} of {self._rows} rows {lack} a value that every training row had, most often "
                f"'{self._names[place]}' ({self._each[place]}). {OUTCOMES[done][self._rule]}"
            )
