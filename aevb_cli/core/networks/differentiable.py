"""Networks under automatic differentiation: for objectives whose gradients are not worth being written out."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from aevb_cli.core.networks.mlp import MLP, QUICK, SLOPE
from aevb_cli.model_settings import Activation

Layers = Sequence[tuple[Tensor, Tensor]]
"""Of one network: the weights (out, in) and the bias (out,) of each layer."""


class Training(NamedTuple):
    """How a network is evaluated in training: the gradients by its weights are written to their `grad`.

    rows: the first so many inputs are data: they have dropout, and no gradient by them is asked for. generator: of
    dropout, after every hidden layer.
    """

    rows: int
    generator: Generator


def layers(network: MLP, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
    """The layers of one network as views of its parameters. flat: (size,)."""
    return [(matrix[0, :, :-1], matrix[0, :, -1]) for matrix in network.matrices(flat[None])]


def evaluated(network: MLP, of_network: Layers, x: Tensor, training: Training | None = None) -> Tensor:
    """The network at rows x, (..., in), in training (N, in). Returns (..., out)."""
    for place, (weight, bias) in enumerate(of_network):
        x = linear(x, weight, bias, training and (0 if place else training.rows))
        if place + 1 < len(of_network):
            x = _ACTIVATIONS[network.activation](x)
            if training and training.rows and network.dropout:
                x = _dropped(x, network.dropout, training)
    return x


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None, data: int | None = None) -> Tensor:
    """x W^T + b, (..., out), so that a row's last bits do not depend on its place; in training a faster way.

    data: by how many of the first rows no gradient is asked for; None: not in training.
    """
    if data is not None:
        found: Tensor = _Linear.apply(x, weight, bias, data)
        return found
    out = (weight @ x.mT).mT
    return out if bias is None else out + bias


class _Linear(torch.autograd.Function):
    """x W^T + b, (N, out). The gradients by W and b replace what their `grad` holds, which may be views.

    So nothing is added or copied, in two of the five large products of a step; each W may be used once in it.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, data: int) -> Tensor:
        ctx.given = x, weight, bias, data
        return x @ weight.mT if bias is None else torch.addmm(bias, x, weight.mT)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, None, None, None]:
        x, weight, bias, data = ctx.given
        torch.mm(g.mT, x, out=weight.grad)
        if bias is not None:
            torch.sum(g, 0, out=bias.grad)
        if not ctx.needs_input_grad[0]:
            return None, None, None, None
        by_x = g[data:] @ weight
        return torch.nn.functional.pad(by_x, (0, 0, data, 0)) if data else by_x, None, None, None


def _dropped(x: Tensor, share: float, training: Training) -> Tensor:
    """Inverted dropout of the rows of data. x: (N, width)."""
    factors = torch.ones(x.shape, dtype=x.dtype)
    of_data = factors[: training.rows]
    of_data.fill_(1 / (1 - share)).view(-1)[chosen(of_data.numel(), share, training.generator)] = 0
    return x * factors.to(x.device)


def chosen(count: int, share: float, generator: Generator) -> Tensor:
    """The places, of so many, that are each chosen with the same probability, 0 < share < 1: gaps are geometric.

    Where few are chosen this takes a fraction of the time of a draw for each place.
    """
    expected = count * share
    gaps = torch.empty(int(expected + 10 * math.sqrt(expected) + 20), dtype=torch.int64)  # ten deviations: enough
    places = gaps.geometric_(share, generator=generator).cumsum(0).sub_(1)
    return places[places < count]


_ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "leaky-relu": partial(torch.nn.functional.leaky_relu, negative_slope=SLOPE),
    "gelu": torch.nn.functional.gelu,
    "quick-gelu": lambda x: x * torch.sigmoid(QUICK * x),
}
