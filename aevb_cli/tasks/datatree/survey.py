"""What has to be known of a table before draws for its rows are written: how many rows, and what they lack."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks.observed import Rows


@dataclass(frozen=True)
class Survey:
    """rows, skipped: how many; known: of each target, (J,); gaps: which features' cells are not all known, (D,)."""

    rows: int
    skipped: int
    known: tuple[int, ...]
    gaps: tuple[bool, ...]

    @classmethod
    def of(cls, model: TrainedModel, parts: Iterable[Rows]) -> "Survey":
        """Of all rows; DataError as of `observed.rows`."""
        rows, skipped, known, gaps = 0, 0, np.zeros(len(model.targets), int), np.zeros(len(model.features), bool)
        for part in parts:
            rows, skipped = rows + len(part), skipped + int(part.skipped.sum())
            known += (~np.isnan(part.z)).sum(0)
            gaps |= ~(part.x >= 0).all(0) if len(part) else False  # NaN, and the code of a word that did not train
        return cls(rows, skipped, tuple(known.tolist()), tuple(gaps.tolist()))
