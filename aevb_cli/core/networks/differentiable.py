"""Networks under automatic differentiation: for objectives whose gradients are not worth being written out."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from aevb_cli.core.networks.mlp import MLP, SLOPE

Layers = Sequence[tuple[Tensor, Tensor]]
"""Of one network: the weights (out, in) and the bias (out,) of each layer."""


def layers(network: MLP, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
    """The layers of one network as views of its parameters. flat: (size,)."""
    return [(matrix[0, :, :-1], matrix[0, :, -1]) for matrix in network.matrices(flat[None])]


def evaluated(network: MLP, of_network: Layers, x: Tensor, generator: Generator | None = None) -> Tensor:
    """The network at rows x, (..., in). Returns (..., out).

    generator: of dropout, after every hidden layer; None: without.
    """
    for place, (weight, bias) in enumerate(of_network):
        x = linear(x, weight) + bias
        if place + 1 < len(of_network):
            x = torch.nn.functional.gelu(x) if network.activation == "gelu" else _leaky_relu(x)
            if generator is not None and network.dropout:
                kept = torch.rand(x.shape, generator=generator).to(x.device) >= network.dropout
                x = x * kept / (1 - network.dropout)
    return x


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """x W^T, (..., out), in training the fast way, else so that a row's last bits do not depend on its place."""
    return torch.nn.functional.linear(x, weight) if weight.requires_grad else (weight @ x.mT).mT


def _leaky_relu(x: Tensor) -> Tensor:
    return torch.nn.functional.leaky_relu(x, SLOPE)
