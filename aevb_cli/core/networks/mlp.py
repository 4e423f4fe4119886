"""Fully connected networks, K of one shape at a time: a layer is a batch of K matrices, the last column the bias."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core import torch_private
from aevb_cli.model_settings import Activation

SLOPE = 0.01
"""LeakyReLU's slope below zero."""

QUICK = 1.702
"""The factor of x in quick-gelu."""

_AT_ONCE = 16
"""Networks evaluated at once, so that activations stay in the cache."""

_Room = list[tuple[Tensor, Tensor]]
"""Memory that is written again and again: each layer's sums, (K, out, N), and activations, (K, out + 1, N)."""

FIRST_LAYER_GAIN, LAST_LAYER_GAIN = 3.0, 0.05
_BIAS_SD, _LAST_LAYER_GAIN_VARIATIONAL = 0.5, 0.3


@dataclass(frozen=True)
class MLP:
    """K networks of one shape, with an activation between the layers.

    sizes: widths from the input to the output, say (1, 25, 25, 1).
    dropout: the probability that a training pass drops a hidden unit, of the layers that its objective says.
    """

    sizes: tuple[int, ...]
    dropout: float = 0.0
    activation: Activation = "leaky-relu"

    @property
    def gain(self) -> float:
        """The factor by which inputs, and sums and activations of hidden layers, are scaled within a pass.

        x sigmoid(a x) is silu(a x) / a: scaled by a throughout, quick-gelu takes no more calls than silu.
        """
        return QUICK if self.activation == "quick-gelu" else 1.0

    @property
    def layers(self) -> list[tuple[int, int]]:
        """(fan_in, fan_out) of each layer."""
        return list(zip(self.sizes[:-1], self.sizes[1:], strict=True))

    @property
    def size(self) -> int:
        """The number of parameters of one network."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in self.layers)

    def initial(self, members: int, rows: Tensor, generator: Generator) -> Tensor:
        """Initial weights of K networks, drawn independently. rows: (N, in), standardised inputs. Returns (K, size).

        Weights are normal with variance 2/fan_in (He et al. 2015, eq. 10). Those of the first layer are larger, and the
        kink of each of its units passes through a row of the table, so that the kinks spread over the data. Those of
        the last layer are small, so that every network is nearly constant at first.
        """
        flat = self.he(members, generator)
        (first, *_, last) = (matrix[..., :-1] for matrix in (*self.matrices(flat), self.matrices(flat)[-1]))
        first.mul_(FIRST_LAYER_GAIN)
        chosen = rows[torch.randint(len(rows), (members, self.sizes[1]), generator=generator)].nan_to_num()
        self.matrices(flat)[0][..., -1] = -(chosen * first).sum(-1)
        last.mul_(LAST_LAYER_GAIN)
        return flat

    def he(self, members: int, generator: Generator) -> Tensor:
        """Weights of variance 2/fan_in (He et al. 2015, eq. 10) and biases of 0, drawn independently. (K, size)."""
        flat = torch.zeros(members, self.size)
        for matrix in self.matrices(flat):
            fan_in = matrix.shape[2] - 1
            matrix[..., :-1] = torch.randn(members, matrix.shape[1], fan_in, generator=generator) * (2 / fan_in) ** 0.5
        return flat

    def matrices(self, flat: Tensor) -> list[Tensor]:
        """Views of (K, size) as each layer's matrix (K, out, in + 1); its last column is the bias."""
        sizes = [(fan_in + 1) * fan_out for fan_in, fan_out in self.layers]
        return [
            part.unflatten(1, (fan_out, fan_in + 1))
            for part, (fan_in, fan_out) in zip(flat.split(sizes, 1), self.layers, strict=True)
        ]

    def named(self, flat: Tensor, prefix: str) -> dict[str, Tensor]:
        """Views of (K, size) by name: `prefix.0.weight` (K, in, out), `prefix.0.bias` (K, 1, out) and so on."""
        views = {}
        for layer, matrix in enumerate(self.matrices(flat)):
            views[f"{prefix}.{layer}.weight"] = matrix[..., :-1].mT
            views[f"{prefix}.{layer}.bias"] = matrix[:, None, :, -1]
        return views

    @property
    def trunk(self) -> int:
        """How many layers networks may have in common, the first ones: all but the last two, but not none of two."""
        return max(len(self.layers) - 2, min(len(self.layers) - 1, 1))

    @property
    def trunk_size(self) -> int:
        """The number of parameters of the trunk's layers, which come first."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in self.layers[: self.trunk])

    def __call__(self, flat: Tensor, x: Tensor, leader: Tensor | None = None) -> Tensor:
        """Evaluate without dropout or gradient. flat: (K, size); x: (K or 1, N, in). Returns (K, N, out).

        It is computed on the device of the weights `flat`, and returned on that of x.
        leader: (K,), for each network the first one with the same trunk, which sees the same x; None: all differ.
        """
        out = torch.empty(len(flat), self.sizes[-1], x.shape[1], dtype=flat.dtype, device=x.device)
        x = _with_ones(x.to(flat.device, flat.dtype).mT * self.gain, self.gain)
        trunks = None if leader is None or self.trunk == 0 else self._trunks(flat, x, leader)
        room = self._room(0 if trunks is None else self.trunk, len(flat), x)
        for start in range(0, len(flat), _AT_ONCE):
            own = slice(start, start + _AT_ONCE)
            matrices = self.matrices(flat[own])
            if trunks is None:
                out[own] = self._through(matrices, x if len(x) == 1 else x[own], room)
            else:
                out[own] = self._through(matrices[self.trunk :], trunks[0].index_select(0, trunks[1][own]), room)
        return (out if self.gain == 1 else out.div_(self.gain)).mT

    def _trunks(self, flat: Tensor, x: Tensor, leader: Tensor) -> tuple[Tensor, Tensor]:
        """The trunks' `_activations`, (L, width + 1, N), and each network's, (K,). x: (1, in + 1, N), as there."""
        leaders, place = leader.to(flat.device).unique(return_inverse=True)
        trunk = MLP(self.sizes[: self.trunk + 1])
        found = x.new_empty(len(leaders), trunk.sizes[-1] + 1, x.shape[2])
        weights, room = flat[leaders, : self.trunk_size].split(_AT_ONCE), self._room(0, len(leaders), x)
        for part, into in zip(weights, found.split(_AT_ONCE), strict=True):
            into.copy_(self._activations(trunk.matrices(part), x, room))
        return found, place

    def _room(self, first: int, members: int, x: Tensor) -> _Room:
        """Memory for the layers from `first` on, which the networks use in turn. x: (.., .., N)."""
        members, rows = min(members, _AT_ONCE), x.shape[2]
        return [
            (x.new_empty(members, width, rows), x.new_full((members, width + 1, rows), self.gain))
            for width in self.sizes[first + 1 :]
        ]

    def _through(self, matrices: list[Tensor], hidden: Tensor, room: _Room) -> Tensor:
        """The outputs of layers, the last ones, times the gain, (K, out, N), overwritten next time."""
        hidden = self._activations(matrices[:-1], hidden, room)
        return _product(matrices[-1], hidden, room[-1][0])

    def _activations(self, matrices: list[Tensor], hidden: Tensor, room: _Room) -> Tensor:
        """The last activations of hidden layers, (K, out + 1, N), overwritten next time.

        hidden: their inputs, (K or 1, in + 1, N). Both are scaled by the gain, and end in a row of ones that are, too:
        so a bias is a column of its matrix, and takes no pass of its own.
        """
        for matrix, (sums, activations) in zip(matrices, room, strict=False):
            raw, hidden = _product(matrix, hidden, sums), activations[: len(matrix)]
            activate(self.activation, raw, hidden[:, :-1])
        return hidden


@dataclass(frozen=True)
class VariationalMLP(MLP):
    """Networks with a Gaussian q(w) = N(mu, diag sigma^2) over all weights and biases (Blundell eq. 3-4)."""

    def initial(self, members: int, rows: Tensor, generator: Generator) -> Tensor:
        """Initial means mu of K networks, drawn independently. rows: (N, in), unused. Returns (K, size)."""
        flat = self.he(members, generator)
        first, *_ = matrices = self.matrices(flat)
        first[..., -1] = _BIAS_SD * torch.randn(first.shape[:2], generator=generator)
        matrices[-1][..., :-1] *= _LAST_LAYER_GAIN_VARIATIONAL
        return flat


def fill(views: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
    """Copy tensors into the views of their names; KeyError or ValueError where they do not fit."""
    for name, view in views.items():
        if view.shape != tensors[name].shape:  # copy_ would broadcast
            raise ValueError(f"tensor '{name}' has the shape {tuple(tensors[name].shape)}")
        view.copy_(tensors[name])


def activate(kind: Activation, raw: Tensor, out: Tensor) -> None:
    """Write the activation of `raw` to `out`, which may be a view, or `raw` itself; both scaled by `MLP.gain`."""
    if kind == "quick-gelu":
        torch.ops.aten.silu.out(raw, out=out)
    elif kind == "leaky-relu":
        torch_private.leaky_relu(raw, SLOPE, out)
    elif out is raw:
        torch.ops.aten.gelu_(raw)
    else:
        out.copy_(torch.nn.functional.gelu(raw))  # gelu.out of torch 2.13 writes to wrong places of a view


def _with_ones(x: Tensor, one: float) -> Tensor:
    """x: (K, in, N). Returns (K, in + 1, N), the last row of ones, which are scaled as x is."""
    return torch.cat([x, x.new_full((len(x), 1, x.shape[2]), one)], 1)


def _product(matrix: Tensor, hidden: Tensor, out: Tensor) -> Tensor:
    """A layer's outputs, (K, out, N). matrix: (K, out, in + 1), biases last; hidden: (K or 1, in + 1, N), ones last."""
    return torch.bmm(matrix, hidden.expand(len(matrix), -1, -1), out=out[: len(matrix)])
