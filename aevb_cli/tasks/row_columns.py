"""The columns that are appended to rows, as numbers: of targets, or of a hidden z."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.mixture import Mixture
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import IMPORTANCE_SAMPLES
from aevb_cli.tasks.appended import Appended
from aevb_cli.tasks.row_scores import OfX, row_scores
from aevb_cli.tasks.width_parts import Predicted, WidthParts


def columns_of(
    model: TrainedModel, appended: Appended, predicted: Predicted, generator: Generator
) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Return a function from rows x (N, D) in units to the columns: name -> (N,), float64.

    predicted: with weights that are drawn; generator: of all that is drawn further, the same for every row.
    """
    hidden = model.model.hidden
    # The same draws for every row: a row's log p(x) must not depend on its place in the file.
    eps = torch.randn(IMPORTANCE_SAMPLES, 1, len(hidden), generator=generator)
    parts = WidthParts(model, appended.levels[0], predicted, generator) if appended.why else None

    def of_targets(p: Mixture, _: Tensor) -> dict[str, Tensor]:
        return appended(model, p)

    summary = partial(_of_hidden, model, row_scores(model, eps)) if hidden else of_targets

    def columns(x: np.ndarray) -> dict[str, np.ndarray]:
        rows = as_tensor(x)
        found = predicted(summary, rows, rows) | (parts(rows) if parts else {})
        return {name: values.numpy() for name, values in found.items()}

    return columns


def as_tensor(x: np.ndarray) -> Tensor:
    """Rows, whatever their order in memory."""
    return torch.from_numpy(np.ascontiguousarray(x))


def _of_hidden(model: TrainedModel, of_x: OfX, p: Mixture, x: Tensor) -> dict[str, Tensor]:
    columns = {}
    for place, name in enumerate(model.model.hidden):
        columns[f"{name}_mean"], columns[f"{name}_sd"] = p.mean[:, place], p.sd[:, place]
    return columns | of_x(x)
