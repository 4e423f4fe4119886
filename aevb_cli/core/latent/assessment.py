"""What rows that were left out say of a VAE with a hidden z: how likely they are, which z are used, how sure it is."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import spaced
from aevb_cli.core.evidence import importance_log_px
from aevb_cli.core.latent.conditional import conditional
from aevb_cli.core.latent.importance import log_weights, weights_of_px
from aevb_cli.core.latent.model import LatentVae

ROUNDS, DRAWS = 5, 200
"""Every cell is hidden in one of so many rounds; and draws of z for each row."""

_CELLS = 1 << 24
"""Cells of p(x|z), of all draws, rows and rounds: of wide tables fewer rows are assessed."""

_PARTS = 4
"""So many times as many rows, part by part, say how likely rows are: of one row they need no rounds."""


@dataclass(frozen=True)
class Assessment:
    """Of R left-out rows. elbo, log_px: their means, in nats per row and unit of x; log_px_error: the standard error.

    pit: the probability integral transforms of their cells of numbers, each given other cells of its row, (M,); row: of
    which row each is, (M,). Of wide tables these are of fewer rows.
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
    some = x[spaced(len(x), _PARTS * _most(vae, 1))]
    eps = torch.randn(DRAWS, 1, vae.settings.latent, generator=generator)
    parts = some.split(_most(vae, 1))
    weights = [log_weights(vae, part, eps) for part in parts]
    elbo = torch.cat([each.mean(0) for each in weights])
    of_px = (weights_of_px(vae, part, eps, each) for part, each in zip(parts, weights, strict=True))
    log_px = torch.cat([importance_log_px(each)[0] for each in of_px])
    error = log_px.std(correction=0) / max(1, len(some) - 1) ** 0.5
    pit, row = _pit(vae, x[spaced(len(x), _most(vae))], generator)
    return Assessment(len(some), float(elbo.mean()), float(log_px.mean()), float(error), pit, row)


def _pit(vae: LatentVae, x: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """The transforms of present cells of numbers, hidden a ROUNDS-th at a time. x: (R, D). Returns (M,), and rows."""
    numbers = torch.tensor([family.kind != "class" for family in vae.likelihoods.families])
    if not numbers.any():
        return torch.empty(0), torch.empty(0, dtype=torch.long)
    turn, found, rows = torch.rand(x.shape, generator=generator).argsort(1) % ROUNDS, [], []
    for number in range(ROUNDS):
        hidden = turn == number
        known = hidden & numbers & ~x.isnan()
        pit = conditional(vae, torch.where(hidden, torch.nan, x), DRAWS, generator).pit(x)
        found.append(pit[known])
        rows.append(known.nonzero()[:, 0])
    return torch.cat(found).clamp(0, 1), torch.cat(rows)


def _most(vae: LatentVae, rounds: int = ROUNDS) -> int:
    """How many rows are assessed at once."""
    return max(20, _CELLS // (DRAWS * rounds * vae.likelihoods.width))
