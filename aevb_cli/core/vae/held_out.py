"""The rows that members of a VAE leave out."""

from torch import Generator, Tensor

from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.model_settings import VaeSettings


def leave_out(settings: VaeSettings, rows: int, generator: Generator, group: Tensor | None = None) -> LeftOut:
    """The first member, which predicts, sees every row; each further member leaves out a fold, to calibrate it."""
    del settings
    return folds.leave_out(rows, generator, group)
