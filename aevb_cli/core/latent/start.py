"""First weights: where training starts, every column has nearly its distribution over all rows.

With linear paths, these are a factor analysis of the encoder's inputs, so that what is linear need not be learned; the
layers beside them start near nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.rows import present_cells
from aevb_cli.core.families.base import SMALLEST_SCALE, Family
from aevb_cli.core.families.beta_binomial import BetaBinomialFamily
from aevb_cli.core.families.columns import Block, Columns
from aevb_cli.core.families.mixtures import Index
from aevb_cli.core.latent.entry import Entry
from aevb_cli.core.latent.factors import factor_analysis
from aevb_cli.core.latent.networks import Networks, Parts

_LAST_LAYER_GAIN = 0.1
"""Of the weights: the layers start near nothing."""

_STEEPEST = 5.0
"""The largest slope of log odds: of rare classes and levels no line holds for long."""


def first(
    networks: Networks, likelihoods: Columns, inputs: Inputs, entry: Entry, own: Tensor, generator: Generator
) -> Tensor:
    """The first parameters, (P,). own: (N, D) in the families' units, NaN where missing."""
    seen = inputs(entry.near(own))
    flat = torch.zeros(sum(networks.sizes))
    parts, (encoder, _, decoder, *_) = networks.parts(flat), flat.split(networks.sizes)
    for network, own_flat in ((networks.encoder, encoder), (networks.decoder, decoder)):
        own_flat.copy_(network.he(1, generator)[0])
    for weight, _ in (parts.encoder[-1], parts.decoder[-1]):
        weight.mul_(_LAST_LAYER_GAIN)
    parts.constants.copy_(at_marginals(likelihoods, own, *parts.decoder[-1]))
    if networks.settings.linear:
        at_factors(parts, likelihoods, inputs, entry, own)
    chosen = torch.randint(len(seen), (networks.settings.pseudo_inputs,), generator=generator)
    parts.pseudo_inputs.copy_(seen[chosen])
    return flat


def at_marginals(likelihoods: Columns, own: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Set the biases of a decoder's last layer, and scale its weights by what its outputs stand for.

    own: (N, D) in the families' units, NaN where missing; weight, bias: (width, in) and (width,), changed. Returns the
    families' first constants, (C,).
    """
    constants = torch.zeros(likelihoods.constants)
    for block, number, place in _columns(likelihoods):
        values = own[:, place]
        factors, offsets = likelihoods.families[place].marginal(present_cells(values))
        outputs = _outputs(block, number)
        weight[outputs] *= torch.tensor(factors[: len(outputs)])[:, None]
        bias[outputs] = torch.tensor(offsets[: len(outputs)])
        for index, value in zip(block.constants, offsets[len(outputs) :], strict=True):
            constants[_places(index, len(constants))[number]] = value
    return constants


class _Seen(NamedTuple):
    """An input that is a value of a column.

    output: where the decoder says the column's location; slope: of that by the input.
    """

    column: int
    input: int
    output: int
    slope: float


def at_factors(parts: Parts, likelihoods: Columns, inputs: Inputs, entry: Entry, own: Tensor) -> None:
    """Set the linear paths, and the biases beside them, to a factor analysis of the encoder's inputs."""
    seen = inputs(entry.near(own))
    values = _values(likelihoods, inputs, entry, seen.mean(0).tolist())
    numbers = [each.input for each in values]
    missing = own[:, [each.column for each in values]].isnan()
    latent = parts.decoder_linear.shape[1]
    found = factor_analysis(torch.where(missing, torch.nan, seen[:, numbers]), latent)
    regression = found.loadings.T / found.noise / (1 + found.information)[:, None]
    parts.encoder_linear[:latent, numbers] = regression.float()
    bias = parts.encoder[-1][1]
    bias[:latent] = -(regression @ found.mean).float()
    bias[latent:] = _raw_scale((1 + found.information).rsqrt()).float()
    slopes = torch.tensor([each.slope for each in values], dtype=torch.float64)
    parts.decoder_linear[[each.output for each in values]] = (found.loadings * slopes[:, None]).float()
    left = {each.column: scale for each, scale in zip(values, _raw_scale(found.noise.sqrt()).tolist(), strict=True)}
    for block, number, place in _columns(likelihoods):
        if likelihoods.families[place].kind == "number":
            for output in _outputs(block, number)[1:2]:
                parts.decoder[-1][1][output] = left[place]


def _values(likelihoods: Columns, inputs: Inputs, entry: Entry, means: Sequence[float]) -> list[_Seen]:
    """The inputs that are values of columns, all but those that tell whether a cell is there. means: of the inputs."""
    found = []
    for block, number, place in _columns(likelihoods):
        start, family = inputs.of(place).start, likelihoods.families[place]
        for word, output in enumerate(_outputs(block, number)[: inputs.categories[place] or 1]):
            slope = _slope(family, means[start + word], float(entry.loc[place]), float(entry.scale[place]))
            found.append(_Seen(place, start + word, output, slope))
    return found


def _slope(family: Family, mean: float, loc: float, scale: float) -> float:
    """The derivative of a column's location by what is seen of it, at its mean.

    mean: of what is seen; loc, scale: by which that was made of the family's unit.
    """
    if family.kind == "number":
        return 1.0
    if isinstance(family, BetaBinomialFamily):
        trials = max(family.levels) - 1
        share = min(max(loc / trials, 0.005), 0.995)
        return min(scale / (trials * share * (1 - share)), _STEEPEST)
    if family.kind == "count":
        return scale  # of a logarithm
    return min(1 / (mean * (1 - mean) + 1e-9), _STEEPEST)


def _raw_scale(scale: Tensor) -> Tensor:
    """The raw value of a scale, as `positive` has it."""
    return (scale - SMALLEST_SCALE).clamp(min=0.01).expm1().log()


def _columns(likelihoods: Columns) -> list[tuple[Block, int, int]]:
    """Every column with its block, its number in it, and its place."""
    count = len(likelihoods.families)
    return [
        (block, number, place)
        for block in likelihoods.blocks
        for number, place in enumerate(_places(block.columns, count))
    ]


def _outputs(block: Block, number: int) -> list[int]:
    """Which outputs belong to one of a block's columns."""
    if block.ragged:
        return [output for output in block.outputs[0][number].tolist() if output >= 0]  # type: ignore[index]
    return [_places(index, 1 << 31)[number] for index in block.outputs]


def _places(index: Index, count: int) -> Sequence[int]:
    return range(count)[index] if isinstance(index, slice) else index.tolist()
