"""One network at rows of any shape, (..., in), so that a row's last bits do not depend on its place."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from aevb_cli.core.networks.mlp import MLP, QUICK, SLOPE
from aevb_cli.model_settings import Activation

Layers = Sequence[tuple[Tensor, Tensor]]
"""Of one network: the weights (out, in) and the bias (out,) of each layer."""


def layers(network: MLP, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
    """The layers of one network as views of its parameters. flat: (size,)."""
    return [(matrix[0, :, :-1], matrix[0, :, -1]) for matrix in network.matrices(flat[None])]


def evaluated(network: MLP, of_network: Layers, x: Tensor) -> Tensor:
    """The network at rows x, (..., in). Returns (..., out)."""
    for place, (weight, bias) in enumerate(of_network):
        x = linear(x, weight) + bias
        if place + 1 < len(of_network):
            x = _ACTIVATIONS[network.activation](x)
    return x


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """x W^T, (..., out)."""
    return (weight @ x.mT).mT


_ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "leaky-relu": partial(torch.nn.functional.leaky_relu, negative_slope=SLOPE),
    "gelu": torch.nn.functional.gelu,
    "quick-gelu": lambda x: x * torch.sigmoid(QUICK * x),
}
