"""A forward and a backward pass of one network with a linear path beside its layers."""

import torch
from torch import Tensor

from aevb_cli.core.networks.dropout import Masks
from aevb_cli.core.networks.mlp import MLP
from aevb_cli.core.networks.passes import Pass


class PathPass:
    """Evaluation at N rows, and the gradient by reverse-mode differentiation; as `Pass`, for one network.

    weights, gradient: (1, size), read and written; path, path_gradient: (out, in), or (0, in) where there is none.
    """

    def __init__(
        self, network: MLP, weights: Tensor, gradient: Tensor, path: Tensor, path_gradient: Tensor, rows: int
    ) -> None:
        self._layers = Pass(network, weights, gradient, rows, shared=False)
        self._path, self._path_gradient = path, path_gradient
        self._x = path.new_empty(0, path.shape[1])

    def forward(self, x: Tensor, masks: Masks = ()) -> Tensor:
        """Evaluate. x: (N, in). Returns (N, out), a view, overwritten next time."""
        self._x = x
        out = self._layers.forward(x[None], masks)[0]
        return (out.addmm_(self._path, x.mT) if len(self._path) else out).mT

    def backward(self, g: Tensor, first: int = 0) -> Tensor:
        """Write the gradient by the weights. g: by the outputs, (N, out).

        Returns that by the inputs of the rows from `first` on, (N - first, in).
        """
        back = self._layers.backward(g.mT[None])
        by_x = self._layers.by_input(back[..., first:])[0]
        if len(self._path):
            torch.mm(g.mT, self._x, out=self._path_gradient)
            by_x = by_x.addmm(g[first:], self._path)
        return by_x
