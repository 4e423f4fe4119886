"""The rows that members of a VAE leave out."""

import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.diverged import diverged, lost
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.model_settings import VaeSettings


def leave_out(settings: VaeSettings, rows: int, generator: Generator, group: Tensor | None = None) -> LeftOut:
    """The first member, which predicts, sees every row; each further member leaves out a fold, to calibrate it."""
    del settings
    return folds.leave_out(rows, generator, group)


def judges(q: Distribution, z: Tensor, left_out: Tensor) -> Tensor:
    """The members that judge rows, (K, M) of bool: those that left them out, of whom the others say what to expect.

    Where the first one has diverged, or has lost what the others have learned, that would not be true of it: it judges
    itself then, by rows that it is trained on. q: of rows, (K, M, J); z: (M, J), NaN where unknown; left_out: (K, M).
    """
    known = (~z.isnan().any(1)).nonzero()[:, 0]
    member, z = left_out.float().argmax(0)[known], z[known]
    own, others = q.map(lambda each: each[:1, known]), q.map(lambda each: each[member, known][None])
    if not len(z) or not (diverged(own, z) | lost(own, others, z)):
        return left_out
    return (torch.arange(len(left_out)) == 0)[:, None].expand_as(left_out)
