"""The rows that a VAE with a hidden z leaves out, to see when to stop, how likely new rows are, and how sure it is."""

import torch
from torch import Generator, Tensor

from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.model_settings import LatentSettings

SHARE, MOST, LEAST = 10, 2000, 40
"""One row in SHARE is left out, but MOST at most, and of small tables LEAST if that is no more than twice the share."""


def leave_out(settings: LatentSettings, rows: int, generator: Generator, group: Tensor | None = None) -> LeftOut:
    """The one network leaves out the rows that judge it. group: (N,), of rows that are left out together."""
    del settings
    share = max(2, SHARE // 2, min(SHARE, rows // LEAST), rows // MOST)
    fold = folds.split(rows, generator, folds.at_most(share, rows, group), 1, group)
    return LeftOut(fold[None], torch.zeros(1, dtype=torch.int8))
