"""Forward and backward passes of K networks over a minibatch of N rows. Activations are (K, width, N).

Within a pass they are scaled by `MLP.gain`, and so are inputs; outputs, weights and gradients are not.
For networks this small a step's time is that of its calls, not of its arithmetic. So a pass writes into buffers made
once, the gradient is written out, and a row of ones below the activations makes each bias a column of its matrix.
"""

import torch
from torch import Generator, Tensor

from aevb_cli.core.device import fill_normal
from aevb_cli.core.networks.dropout import Masks
from aevb_cli.core.networks.mlp import MLP, SLOPE, activate
from aevb_cli.model_settings import Activation


class Pass:
    """Evaluation of K networks at N rows, and the gradient by reverse-mode differentiation.

    weights: (K, size), read at each forward; gradient: (K, size), written by each backward; both may be views.
    shared: one x for all networks, (1, N, in), instead of one each.
    """

    def __init__(self, network: MLP, weights: Tensor, gradient: Tensor, rows: int, *, shared: bool) -> None:
        members, self._activation, self._depth = len(weights), network.activation, len(network.layers)
        self._matrices, self._gradients = network.matrices(weights), _Gradients(network.matrices(gradient))
        self._transposed = [matrix[..., :-1].mT for matrix in self._matrices]
        self._raw = [weights.new_empty(members, fan_out, rows) for _, fan_out in network.layers]
        self._back = [weights.new_empty(members, fan_in, rows) for fan_in in network.sizes[1:-1]]
        self._hidden, self._inputs = _with_ones(network, weights, rows, shared=shared)
        self._inputs_transposed = [each.mT for each in self._inputs]
        self._gain = network.gain
        self._x: Tensor | None = None
        self._masks: Masks = ()

    def forward(self, x: Tensor, masks: Masks = ()) -> Tensor:
        """Evaluate. Returns (K, out, N), overwritten next time.

        x: (K or 1, N, in), copied only if it is another tensor than last time; masks: of dropout.
        """
        self._masks = [None if mask is None else mask.to(self._raw[-1].device) for mask in masks]
        if x is not self._x:
            self._x = x
            _scale_(self._hidden[0].copy_(x.mT), self._gain)
        for layer, (matrix, h, raw) in enumerate(zip(self._matrices, self._inputs, self._raw, strict=True), 1):
            torch.bmm(matrix, h, out=raw)
            if layer < self._depth:
                activate(self._activation, raw, self._hidden[layer])
                self._mask_(self._hidden[layer], layer)
        return _scale_(self._raw[-1], 1 / self._gain)

    def backward(self, g: Tensor) -> Tensor:
        """Write the gradient by the weights. g: by the outputs, (K, out, N). Returns what `by_input` takes."""
        g = g if self._gain == 1 else g / self._gain
        for layer in reversed(range(self._depth)):
            self._gradients.write(layer, g, self._inputs_transposed[layer])
            if layer:
                g = torch.bmm(self._transposed[layer], g, out=self._back[layer - 1])
                self._mask_(g, layer)
                _activate_backward(self._activation, g, self._raw[layer - 1])
        return g

    def by_input(self, g: Tensor) -> Tensor:
        """The gradient by x, (K, N', in), from what `backward` returned of these N' rows."""
        return _scale_(torch.bmm(self._transposed[0], g), self._gain).mT

    def _mask_(self, hidden: Tensor, layer: int) -> None:
        """Drop what is dropped of a hidden layer, (K, width, N), in place."""
        mask = self._masks[layer - 1] if self._masks else None
        if mask is not None:
            hidden.mul_(mask)


class DrawnPass:
    """One draw of the weights for a minibatch, w = mu + sigma eps (Blundell, section 3.2).

    mirrored: for every second half of the rows mu - sigma eps instead (antithetic variates; Hammersley & Morton 1956).
    What the draw alone does to the gradient cancels then, up to second order, at the cost of a few more calls.
    mu, sigma: (K, size), read; grad_mu, grad_sigma: (K, size), written; all may be views. One x for all networks.
    """

    def __init__(
        self,
        network: MLP,
        mu: Tensor,
        sigma: Tensor,
        grad_mu: Tensor,
        grad_sigma: Tensor,
        rows: int,
        *,
        mirrored: bool = False,
    ) -> None:
        members, size = mu.shape
        self._mu, self._sigma, self._grad_mu, self._grad_sigma = mu, sigma, grad_mu, grad_sigma
        self._noise = mu.new_empty(size + members - 1)
        self._eps = windows(self._noise, members)
        half = -(-rows // 2) if mirrored else rows
        self._parts = [slice(0, half), slice(half, rows)] if half < rows else [slice(0, rows)]
        self._weights, gradients = (
            [mu.new_empty(members, size) for _ in self._parts],
            [grad_mu, *(mu.new_empty(members, size) for _ in self._parts[1:])],
        )
        self._mirror = gradients[-1]
        self._passes = [
            Pass(network, weights, gradient, part.stop - part.start, shared=True)
            for weights, gradient, part in zip(self._weights, gradients, self._parts, strict=True)
        ]
        self._out = mu.new_empty(members, network.sizes[-1], rows)
        self._x: Tensor | None = None
        self._x_parts: list[Tensor] = []

    def forward(self, x: Tensor, generator: Generator) -> Tensor:
        """Evaluate at a fresh draw. x: (1, N, in), as in `Pass`. Returns (K, out, N), overwritten next time."""
        fill_normal(self._noise, generator)
        if x is not self._x:
            self._x, self._x_parts = x, [x[:, part] for part in self._parts]
        for sign, weights in zip((1, -1), self._weights, strict=False):
            torch.addcmul(self._mu, self._sigma, self._eps, value=sign, out=weights)
        outs = [each.forward(part) for each, part in zip(self._passes, self._x_parts, strict=True)]
        return outs[0] if len(outs) == 1 else torch.cat(outs, 2, out=self._out)

    def backward(self, g: Tensor) -> None:
        """Write the gradients by mu and sigma. g: by the outputs, (K, out, N)."""
        for each, part in zip(self._passes, self._parts, strict=True):
            each.backward(g[..., part])
        torch.mul(self._grad_mu, self._eps, out=self._grad_sigma)
        if self._mirror is not self._grad_mu:
            self._grad_sigma.addcmul_(self._mirror, self._eps, value=-1)
            self._grad_mu.add_(self._mirror)


class LocalPass:
    """The local reparameterisation: each layer's outputs are drawn for each row, with q(w) = N(mu, diag v) (LRT eq. 6).

    With m = mu h, s = variance h^2 and a = m + sqrt(s) eps:  da/dm = 1 and da/ds = eps / (2 sqrt(s)).
    mu, variance: (K, size), read; grad_mu, grad_variance: (K, size), written; all may be views. One x for all networks.
    """

    def __init__(
        self, network: MLP, mu: Tensor, variance: Tensor, grad_mu: Tensor, grad_variance: Tensor, rows: int
    ) -> None:
        members, self._activation, self._depth = len(mu), network.activation, len(network.layers)
        self._mu, self._variance = network.matrices(mu), network.matrices(variance)
        self._grad_mu, self._grad_variance = (_Gradients(network.matrices(g)) for g in (grad_mu, grad_variance))
        self._mu_transposed, self._variance_transposed = (
            [matrix[..., :-1].mT for matrix in matrices] for matrices in (self._mu, self._variance)
        )
        self._raw, self._spread, self._half = (
            [mu.new_empty(members, fan_out, rows) for _, fan_out in network.layers] for _ in range(3)
        )
        self._back, self._back_square = (
            [mu.new_empty(members, fan_in, rows) for fan_in, _ in network.layers] for _ in range(2)
        )
        self._hidden, self._inputs = _with_ones(network, mu, rows, shared=True)
        self._hidden_squares, self._squares = _with_ones(network, mu, rows, shared=True, power=2)
        self._inputs_transposed, self._squares_transposed = (
            [each.mT for each in parts] for parts in (self._inputs, self._squares)
        )
        self._gain = network.gain
        self._x: Tensor | None = None
        self._noise = mu.new_empty(sum(network.sizes[1:]), rows + members - 1)
        self._eps = [windows(part, members) for part in self._noise.split(network.sizes[1:])]

    def forward(self, x: Tensor, generator: Generator) -> Tensor:
        """Evaluate at fresh draws. x: (1, N, in), as in `Pass`. Returns (K, out, N), overwritten next time."""
        fill_normal(self._noise, generator)
        if x is not self._x:
            self._x = x
            _scale_(self._hidden[0].copy_(x.mT), self._gain)
            torch.mul(self._hidden[0], self._hidden[0], out=self._hidden_squares[0])
        for layer in range(self._depth):
            raw, spread, hidden = self._raw[layer], self._spread[layer], self._hidden[layer]
            if layer:
                torch.mul(hidden, hidden, out=self._hidden_squares[layer])
            torch.bmm(self._mu[layer], self._inputs[layer], out=raw)
            torch.bmm(self._variance[layer], self._squares[layer], out=spread)
            raw.addcmul_(spread.sqrt_(), self._eps[layer])
            if layer < self._depth - 1:
                activate(self._activation, raw, self._hidden[layer + 1])
        return _scale_(self._raw[-1], 1 / self._gain)

    def backward(self, g: Tensor) -> None:
        """Write the gradients by mu and variance. g: by the outputs, (K, out, N)."""
        g = g if self._gain == 1 else g / self._gain
        for layer in reversed(range(self._depth)):
            half = torch.div(self._eps[layer], self._spread[layer], out=self._half[layer]).mul_(g).mul_(0.5)
            self._grad_mu.write(layer, g, self._inputs_transposed[layer])
            self._grad_variance.write(layer, half, self._squares_transposed[layer])
            if layer:
                by_square = torch.bmm(self._variance_transposed[layer], half, out=self._back_square[layer])
                g = torch.bmm(self._mu_transposed[layer], g, out=self._back[layer])
                g.addcmul_(self._hidden[layer], by_square, value=2)
                _activate_backward(self._activation, g, self._raw[layer - 1])


def windows(noise: Tensor, members: int) -> Tensor:
    """The members' draws as overlapping windows of one noise: member k's are those of k - 1, shifted by one.

    This saves much of a step's time. Within a member draws are independent, and members need not be.
    noise: (..., N + K - 1). Returns the view (K, ..., N).
    """
    shape = (members, *noise.shape[:-1], noise.shape[-1] - members + 1)
    return noise.as_strided(shape, (1, *noise.stride()), noise.storage_offset())


class _Gradients:
    """The matrices' gradients. A batched product writes fast only to contiguous memory; views are copied from there."""

    def __init__(self, places: list[Tensor]) -> None:
        self._places = places
        self._buffers = [each if each.is_contiguous() else each.new_empty(each.shape) for each in places]

    def write(self, layer: int, g: Tensor, transposed: Tensor) -> None:
        buffer, place = self._buffers[layer], self._places[layer]
        torch.bmm(g, transposed, out=buffer)
        if buffer is not place:
            place.copy_(buffer)


def _with_ones(
    network: MLP, like: Tensor, rows: int, *, shared: bool, power: int = 1
) -> tuple[list[Tensor], list[Tensor]]:
    """Buffers for each layer's input (K, in, N), and views of them with a last row of ones (K, in + 1, N) for the bias.

    Ones are scaled as the inputs are, by the network's gain to this power.
    like: (K, size), for number and dtype; shared: one x for all networks, the first layer's buffer is (1, in, N).
    """
    members, one = len(like), network.gain**power
    buffers = [
        like.new_full((1 if shared and layer == 0 else members, fan_in + 1, rows), one)
        for layer, (fan_in, _) in enumerate(network.layers)
    ]
    return [each[:, :-1] for each in buffers], [each.expand(members, -1, -1) for each in buffers]


def _scale_(tensor: Tensor, factor: float) -> Tensor:
    """Scale in place, in no call where the factor is 1."""
    return tensor if factor == 1 else tensor.mul_(factor)


def _activate_backward(kind: Activation, g: Tensor, raw: Tensor) -> None:
    """Turn, in place, the gradient by the activations into that by their inputs `raw`, scaled by `MLP.gain`."""
    if kind == "quick-gelu":
        torch.ops.aten.silu_backward.grad_input(g, raw, grad_input=g)
    elif kind == "gelu":
        torch.ops.aten.gelu_backward.grad_input(g, raw, grad_input=g)
    else:
        torch.ops.aten.leaky_relu_backward.grad_input(g, raw, SLOPE, False, grad_input=g)
