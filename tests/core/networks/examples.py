"""Networks of many shapes, and the same computations one network after another."""

from collections.abc import Iterator
from typing import get_args

import torch
from torch import Generator, Tensor

from aevb_cli.core.networks.dropout import Masks
from aevb_cli.core.networks.mlp import MLP, SLOPE
from aevb_cli.model_settings import Activation

SIZES = [(2, 1), (1, 4, 1), (2, 5, 3), (3, 4, 6, 2), (1, 3, 2, 4, 1), (9, 60, 50, 2)]  # the last as large as it comes:
ROWS = 96  # kernels for large arrays differ from those for small ones
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def activated(network: MLP, h: Tensor) -> Tensor:
    if network.activation == "gelu":
        return h * 0.5 * (1 + torch.erf(h / 2**0.5))
    if network.activation == "quick-gelu":
        return h * torch.sigmoid(1.702 * h)  # autograd of exp overflows far below 0
    return torch.where(h > 0, h, SLOPE * h)


def layers(network: MLP, parameters: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Each layer's weight (in, out) and bias (out,), from one network's parameters."""
    start = 0
    for fan_in, fan_out in zip(network.sizes, network.sizes[1:], strict=False):
        matrix = parameters[start : start + (fan_in + 1) * fan_out].view(fan_out, fan_in + 1)
        start += (fan_in + 1) * fan_out
        yield matrix[:, :-1].T, matrix[:, -1]


def plain(network: MLP, flat: Tensor, x: Tensor, masks: Masks = ()) -> Tensor:
    """The K networks one after another, as a textbook writes them. Returns (K, N, out)."""
    outputs = []
    for member, parameters in enumerate(flat):
        h = x[member if len(x) > 1 else 0]
        for layer, (weight, bias) in enumerate(layers(network, parameters)):
            if layer:
                h = activated(network, h)
            mask = masks[layer - 1] if layer and masks else None
            h = h if mask is None else h * mask.T
            h = h @ weight + bias
        outputs.append(h)
    return torch.stack(outputs)


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=bits(seed), dtype=torch.float64)


def within(members: int, size: int, seed: int) -> Tensor:
    """Rows that lie apart in memory, as a member's networks do."""
    return doubles(members, size + 3, seed=seed)[:, 1 : size + 1]
