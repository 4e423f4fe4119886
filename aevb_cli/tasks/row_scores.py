"""What `predict` says of rows x themselves: how likely they are, and which cell is the odd one."""

from collections.abc import Callable

import numpy as np
from torch import Generator, Tensor

from aevb_cli.core.mixture import in_batches
from aevb_cli.core.models import MODELS
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks.ranking import Ranking

OfX = Callable[[Tensor], dict[str, Tensor]]
"""Rows x (N, D) in units -> columns, (N,) each."""


def row_scores(model: TrainedModel, eps: Tensor) -> OfX:
    """What is said of rows x themselves: log p(x), its rank, and the column of the least expected cell.

    Nothing by a model without p(x).
    """
    kind = MODELS[model.model.settings.kind]
    log_px, conditional, worst = kind.log_px, kind.conditional, kind.worst
    if log_px is None or conditional is None or worst is None:
        return lambda _: {}
    predictor = model.model.drawn(1, Generator())

    def of_rows(rows: Tensor) -> Tensor:
        return log_px(model.model, rows, eps)

    def in_batches_of_one_size(rows: Tensor) -> Tensor:
        """log p(x) as for the rows to rank, so that equal rows have equal bits."""
        return in_batches(predictor, lambda _, x: {"log_px": of_rows(x)}, rows, rows)["log_px"]

    def complete(rows: Tensor) -> Tensor:
        generator = Generator().manual_seed(0)
        return conditional(model.model, rows, len(eps), generator).draws(1, generator)[0]

    ranking = Ranking(model, in_batches_of_one_size, complete)

    def of_x(rows: Tensor) -> dict[str, Tensor]:
        found = of_rows(rows)
        unexpected = worst(model.model, rows, eps).double()
        return {"log_px": found, "px_rank": ranking(rows, found), "px_worst": unexpected}

    return of_x


def column_names(model: TrainedModel, places: np.ndarray) -> list[str]:
    """Columns by their places, (N,); nothing for -1 and NaN."""
    return [model.features[int(place)].name if place >= 0 else "" for place in places.tolist()]
