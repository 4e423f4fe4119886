"""What is counted of rows while they are predicted: gaps, rows unlike those of training, and means that are none."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Gaps
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.outside import Outside


class Counts:
    """The counts of a table, or of several that are one to who is told of them."""

    def __init__(self, model: TrainedModel, rule: Gaps, table: str = "") -> None:
        """table: where it is one of several, its name in an example."""
        self.gaps, self.outside = GapCount(model, rule), Outside(model, table)
        self.predicted = self.infinite = 0

    def add_means(self, columns: Mapping[str, NDArray[np.float64]], rows: NDArray[np.bool_]) -> None:
        """Count rows that are predicted, and those with a mean that is not finite.

        columns: predictions by name, (N,) each; rows: which of the N rows are predicted.
        """
        self.predicted += int(rows.sum())
        means = [values[rows] for name, values in columns.items() if name.endswith("_mean")]
        self.infinite += int((~np.isfinite(means)).any(0).sum()) if means else 0

    def join(self, other: "Counts") -> None:
        """Count the rows of another table of the same model, too."""
        self.gaps.join(other.gaps)
        self.outside.join(other.outside)
        self.predicted += other.predicted
        self.infinite += other.infinite

    def sentences(self) -> Iterator[str]:
        """What to say of the rows: nothing where they are whole, and like the training rows."""
        yield from self.gaps.sentences("predicted")
        yield from self.outside.sentences()
        if self.infinite:
            yield (
                f"{self.infinite} of {self.predicted} rows have a mean that is not finite, and tell nothing: networks "
                "have diverged there. Train again with a lower --learning-rate, or another --likelihood NAME=KIND."
            )
