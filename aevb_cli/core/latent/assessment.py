"""What rows that were left out say of a VAE with a hidden z: how likely they are, which z are used, how sure it is."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import spaced
from aevb_cli.core.evidence import importance_log_px
from aevb_cli.core.latent.conditional import conditional
from aevb_cli.core.latent.importance import log_weights, weights_of_px
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.settings import GAP_SAMPLES

_DRAWS = 200
"""Draws of z for log p(x) of each row. Bands are assessed with as many as make them: with fewer they are narrower."""

_SHARE = 0.2
"""A row's cells are hidden so many at a time that this share of them is missing, or one more than already was: where
more is missing than in the rows that trained, z is less well inferred, and bands hold less."""

_CELLS = 1 << 24
"""Cells of p(x|z), of all draws, rows and rounds: of wide tables fewer rows are assessed."""

_OF_PX, _OF_BANDS = 4, 2
"""So many times as many rows, part by part, say how likely rows are, and how sure the model is of their cells."""


@dataclass(frozen=True)
class Assessment:
    """Of R left-out rows. elbo, log_px: their means, in nats per row and unit of x; log_px_error: the standard error.

    pit: the probability integral transforms of their cells of numbers, each given other cells of its row, (M,); row: of
    which row each is, (M,). Of wide tables these are of fewer rows, and of these not all cells.
    """

    rows: int
    elbo: float
    log_px: float
    log_px_error: float
    pit: Tensor
    row: Tensor


def assess(vae: LatentVae, x: Tensor) -> Assessment:
    """Assess a VAE by rows that it has not seen. x: (R, D) in units, of one row at least."""
    generator = Generator().manual_seed(0)
    some = x[spaced(len(x), _OF_PX * _rows(vae, _DRAWS))]
    eps = torch.randn(_DRAWS, 1, vae.settings.latent, generator=generator)
    parts = some.split(_rows(vae, _DRAWS))
    weights = [log_weights(vae, part, eps) for part in parts]
    elbo = torch.cat([each.mean(0) for each in weights])
    of_px = (weights_of_px(vae, part, eps, each) for part, each in zip(parts, weights, strict=True))
    log_px = torch.cat([importance_log_px(each)[0] for each in of_px])
    error = log_px.std(correction=0) / max(1, len(some) - 1) ** 0.5
    pit, row = _pit(vae, x, generator)
    return Assessment(len(some), float(elbo.mean()), float(log_px.mean()), float(error), pit, row)


def _pit(vae: LatentVae, x: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """The transforms of present cells of numbers, each given cells of its row. x: (R, D). Returns (M,), and rows."""
    numbers = torch.tensor([family.kind != "class" for family in vae.likelihoods.families])
    if not numbers.any():
        return torch.empty(0), torch.empty(0, dtype=torch.long)
    most = _OF_BANDS * _rows(vae, GAP_SAMPLES)
    x = x[spaced(len(x), most)]
    turn = _turns(x, generator)
    rounds = min(int(turn.max()) + 1, max(1, most // len(x)))
    hidden = torch.cat([turn == number for number in range(rounds)])
    some = hidden.any(1)
    hidden, row = hidden[some], torch.arange(len(x)).repeat(rounds)[some]
    whole, known = x[row], hidden & numbers
    pit = conditional(vae, torch.where(hidden, torch.nan, whole), GAP_SAMPLES, generator).pit(whole)
    return pit[known].clamp(0, 1), row[known.nonzero()[:, 0]]


def _turns(x: Tensor, generator: Generator) -> Tensor:
    """In which round each cell is hidden, from 0 on, and -1 of those that are missing. x: (R, D). Returns (R, D)."""
    gaps = x.isnan()
    at_once = (_SHARE * x.shape[1] - gaps.sum(1)).round().clamp(min=1)
    place = torch.rand(x.shape, generator=generator).masked_fill(gaps, 2).argsort(1).argsort(1)
    return (place // at_once[:, None]).long().masked_fill(gaps, -1)


def _rows(vae: LatentVae, draws: int) -> int:
    """How many rows are assessed at once, or one after another, with so many draws of each."""
    return max(20, _CELLS // (draws * vae.likelihoods.width))
