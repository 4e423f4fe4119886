"""First weights with which every column has, whatever z is, nearly its distribution over all rows."""

from collections.abc import Sequence

import torch
from torch import Tensor

from aevb_cli.core.families.columns import Block, Columns
from aevb_cli.core.families.mixtures import Index


def at_marginals(likelihoods: Columns, own: Tensor, last: Tensor) -> Tensor:
    """Set the biases of a decoder's last layer, and scale its weights by what its outputs stand for.

    own: (N, D) in the families' units, NaN where missing; last: (width, in + 1), weights and bias, changed. Returns the
    families' first constants, (C,).
    """
    constants = torch.zeros(likelihoods.constants)
    for block in likelihoods.blocks:
        for number, place in enumerate(_places(block.columns, len(likelihoods.families))):
            values = own[:, place]
            factors, offsets = likelihoods.families[place].marginal(values[~values.isnan()])
            outputs = _outputs(block, number)
            last[outputs, :-1] *= torch.tensor(factors[: len(outputs)])[:, None]
            last[outputs, -1] = torch.tensor(offsets[: len(outputs)])
            for index, value in zip(block.constants, offsets[len(outputs) :], strict=True):
                constants[_places(index, len(constants))[number]] = value
    return constants


def _outputs(block: Block, number: int) -> list[int]:
    """Which outputs belong to one of a block's columns."""
    if block.ragged:
        return [output for output in block.outputs[0][number].tolist() if output >= 0]  # type: ignore[index]
    return [_places(index, 1 << 31)[number] for index in block.outputs]


def _places(index: Index, count: int) -> Sequence[int]:
    return range(count)[index] if isinstance(index, slice) else index.tolist()
