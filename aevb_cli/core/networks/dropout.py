"""Inverted dropout (Srivastava et al. 2014): the factors by which a pass multiplies activations."""

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from aevb_cli.core.networks.mlp import MLP

Masks = Sequence[Tensor | None]
"""For each hidden layer its factors, (width, N), 0 or 1 / (1 - p), which all networks share; None where nothing is
dropped. Empty where nothing is in any layer."""


def last(network: MLP, rows: int, generator: Generator) -> Masks:
    """Of the last hidden layer alone (report section 2)."""
    if network.dropout == 0:
        return ()
    kept = torch.rand(network.sizes[-2], rows, generator=generator) >= network.dropout
    return *[None] * (len(network.layers) - 2), kept.float().div_(1 - network.dropout)


def every(network: MLP, rows: int, further: int, generator: Generator) -> Masks:
    """Of every hidden layer, for the first `rows` of its inputs; nothing is dropped for so many further ones."""
    if network.dropout == 0:
        return ()
    return [_kept(network.dropout, width, rows, further, generator) for width in network.sizes[1:-1]]


def _kept(share: float, width: int, rows: int, further: int, generator: Generator) -> Tensor:
    factors = torch.ones(width, rows + further)
    places = chosen(width * rows, share, generator)
    factors[:, :rows] = 1 / (1 - share)
    factors[places // rows, places % rows] = 0
    return factors


def chosen(count: int, share: float, generator: Generator) -> Tensor:
    """The places, of so many, that are each chosen with the same probability, 0 < share < 1: gaps are geometric.

    Where few are chosen this takes a fraction of the time of a draw for each place.
    """
    expected = count * share
    gaps = torch.empty(int(expected + 10 * math.sqrt(expected) + 20), dtype=torch.int64)  # ten deviations: enough
    places = gaps.geometric_(share, generator=generator).cumsum(0).sub_(1)
    return places[places < count]
