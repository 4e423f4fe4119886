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

FIRST_LAYER_GAIN, LAST_LAYER_GAIN = 3.0, 0.05
_BIAS_SD, _LAST_LAYER_GAIN_VARIATIONAL = 0.5, 0.3


@dataclass(frozen=True)
class MLP:
    """K networks of one shape, with an activation between the layers.

    sizes: widths from the input to the output, say (1, 25, 25, 1).
    dropout: the probability that a training pass drops a unit of the last hidden layer (report section 2).
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

    def mask(self, rows: int, generator: Generator) -> Tensor | None:
        """The factors of inverted dropout for one pass, (1, width, N), shared by all networks; None without dropout."""
        if self.dropout == 0:
            return None
        kept = torch.rand(1, self.sizes[-2], rows, generator=generator) >= self.dropout
        return kept.float().div_(1 - self.dropout)

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
        x = x.to(flat.device, flat.dtype).mT * self.gain
        trunks = None if leader is None or self.trunk == 0 else self._trunks(flat, x, leader)
        for start in range(0, len(flat), _AT_ONCE):
            own = slice(start, start + _AT_ONCE)
            matrices = self.matrices(flat[own])
            if trunks is None:
                out[own] = self._through(matrices, x if len(x) == 1 else x[own])
            else:
                out[own] = self._through(matrices[self.trunk :], trunks[0].index_select(0, trunks[1][own]))
        return out.mT

    def _trunks(self, flat: Tensor, x: Tensor, leader: Tensor) -> tuple[Tensor, Tensor]:
        """The trunks' activations, (L, width, N), and each network's, (K,). x: (1, in, N), scaled by the gain."""
        leaders, place = leader.to(flat.device).unique(return_inverse=True)
        trunk = MLP(self.sizes[: self.trunk + 1])
        weights = flat[leaders, : self.trunk_size].split(_AT_ONCE)
        return torch.cat([self._activations(trunk.matrices(part), x) for part in weights]), place

    def _through(self, matrices: list[Tensor], hidden: Tensor) -> Tensor:
        """The outputs of layers, the last ones. hidden: as in `_activations`. Returns (K, out, N)."""
        return _affine(matrices[-1], self._activations(matrices[:-1], hidden), of_products=1 / self.gain)

    def _activations(self, matrices: list[Tensor], hidden: Tensor) -> Tensor:
        """The last activations of hidden layers, scaled by the gain, (K, out, N). hidden: their inputs, scaled, too."""
        for matrix in matrices:
            hidden = _affine(matrix, hidden, of_bias=self.gain)
            activate(self.activation, hidden, hidden)
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


def _affine(matrix: Tensor, hidden: Tensor, *, of_bias: float = 1, of_products: float = 1) -> Tensor:
    """A layer's outputs, (K, out, N). matrix: (K, out, in + 1), the last column the bias; hidden: (K or 1, in, N).

    of_bias, of_products: factors.
    """
    hidden = hidden.expand(len(matrix), -1, -1)
    return torch.baddbmm(matrix[..., -1:], matrix[..., :-1], hidden, beta=of_bias, alpha=of_products)
