"""What becomes known of a trained model with a hidden z: by rows that it has not seen, and by all."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from aevb_cli.core.calibration.clusters import independent
from aevb_cli.core.calibration.held_out import LEVELS
from aevb_cli.core.mixture import Mixture, in_batches
from aevb_cli.core.models import MODELS, Model
from aevb_cli.settings import INTERVAL, PLOT_ROWS
from aevb_cli.tasks.held_out import spaced

MOST = 10_000
"""Rows that are looked at, evenly spaced."""

_PIT = 2000
"""The most cells of left-out rows that bands are recalibrated by."""


def assessed(model: Model, values: np.ndarray, unseen: NDArray[np.int64]) -> tuple[Model, np.ndarray, dict[str, Any]]:
    """The model with its bands recalibrated, the transforms of left-out cells, (H, 1), and facts of z.

    values: rows x in units, (N, D), N >= 1; unseen: the indices of those that were left out.
    """
    assess = MODELS[model.settings.kind].assess
    facts: dict[str, Any] = {"units": units(model, values), "hidden": None}
    if assess is None or not len(unseen):
        return model, np.empty((0, 1)), facts
    found = assess(model, torch.from_numpy(values[unseen]))
    pit = _spaced(found.pit[:, None].double().numpy(), _PIT)
    model = model.recalibrated(torch.from_numpy(pit))
    coverage = {str(level): float(model.coverage(level)) for level in LEVELS} if len(pit) else {}
    told = {name: value for name, value in asdict(found).items() if name not in {"pit", "row"}}
    told |= {"cells": len(found.pit), "independent_cells": _independent(pit[:, 0], found.row), "coverage": coverage}
    return model, pit, facts | {"hidden": told}


def _independent(pit: np.ndarray, row: Tensor) -> int:
    """As how many independent cells the transforms tell a coverage. pit: (H,); row: of which row each cell is, (M,)."""
    return independent(np.abs(2 * pit - 1) <= INTERVAL, _spaced(row.numpy(), _PIT)) if len(pit) else 0


def units(model: Model, values: np.ndarray) -> dict[str, Any] | None:
    """Whether each hidden variable is used, and how many nats x tells about it; None where z is a target.

    values: rows x in units, (N, D).
    """
    told = MODELS[model.settings.kind].units
    if told is None:
        return None

    def moments(p: Mixture) -> dict[str, Tensor]:
        return {"mean": p.mean, "sd": p.sd}

    found = in_batches(model.drawn(1, Generator()), moments, torch.from_numpy(_spaced(values, MOST)))
    return told(found["mean"], found["sd"])


def kept(rows: int, unseen: NDArray[np.int64], most: int = PLOT_ROWS) -> NDArray[np.int64]:
    """The indices of the training rows that a model file keeps, so many at most, half of them left-out ones.

    unseen: the indices of these.
    """
    if rows <= most:
        return np.arange(rows)
    few = _spaced(unseen, most // 2)
    seen = np.setdiff1d(np.arange(rows), unseen, assume_unique=True)
    return np.sort(np.concatenate([few, _spaced(seen, most - len(few))]))


def _spaced(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of some rows, evenly spaced."""
    return np.ascontiguousarray(rows[spaced(len(rows), most)])
