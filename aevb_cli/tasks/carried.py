"""The training rows that a model file carries for its pictures: some thousand, or none where that was asked for."""

from collections.abc import Iterator

import numpy as np

from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel


def rows_of(model: TrainedModel) -> np.ndarray:
    """The training rows in the file, (R, D + J): features then targets, in units; UsageError where there are none."""
    if len(model.rows):
        return model.rows
    raise UsageError("This model file carries no training row to draw (--keep-rows 0). Name a table: --data FILE")


def check_background(model: TrainedModel) -> None:
    """Raise UsageError where a row cannot be compared with training rows."""
    if not len(model.rows):
        raise UsageError(
            "--why: it compares with training rows, and this model file carries none (--keep-rows 0). Train with "
            "--keep-rows 2000."
        )


def without_ranks(model: TrainedModel) -> Iterator[str]:
    """What is said of rows that a model with a hidden z cannot rank."""
    if model.hidden and not len(model.rows):
        yield (
            "px_rank is empty: the model file carries no training row to rank among (--keep-rows 0). Compare log_px, "
            "or train with --keep-rows 2000."
        )


def without_copies(model: TrainedModel) -> Iterator[str]:
    """What is said of made-up rows that cannot be compared with training rows."""
    if not len(model.rows):
        yield (
            "Whether they are copies of training rows is not known: the model file carries none (--keep-rows 0). Train "
            "with --keep-rows 2000 to know."
        )
