"""Fully connected networks. Every layer is a batch of K networks: weights (K, in, out), activations (K, N, width).

A step of a network this small costs what its calls cost, not its arithmetic. So all parameters of a model lie in one
flat tensor, and a whole network is a single node of the autograd graph with its gradient written out.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from aevb_cli.settings import Activation

SLOPE = 0.01
"""LeakyReLU's slope below zero."""

FIRST_LAYER_GAIN, LAST_LAYER_GAIN = 3.0, 0.05
_BIAS_SPREAD, _LAST_LAYER_GAIN_VARIATIONAL = 0.5, 0.3


@dataclass(frozen=True)
class MLP:
    """K networks of one shape, with an activation between the layers.

    sizes: widths from the input to the output, say (1, 25, 25, 1).
    dropout: the share of the last hidden layer's units that a training pass leaves out (report section 2).
    """

    sizes: tuple[int, ...]
    dropout: float = 0.0
    activation: Activation = "leaky-relu"

    @property
    def size(self) -> int:
        """The number of parameters of one network."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in self.layers)

    @property
    def layers(self) -> list[tuple[int, int]]:
        """(fan_in, fan_out) of each layer."""
        return list(zip(self.sizes[:-1], self.sizes[1:], strict=True))

    def initial(self, members: int, rows: Tensor, generator: Generator) -> Tensor:
        """First weights of K networks, each its own. rows: (N, in), standardised inputs. Returns (K, size).

        Weights are normal with variance 2/fan_in (He et al. 2015, eq. 10). In the first layer they are steeper, and
        each unit's kink passes through a row of the table, so that the units share out the data's range among them.
        The last layer starts small: every network begins close to a constant.
        """
        flat = torch.empty(members, self.size)
        for layer, (weight, bias) in enumerate(self.split(flat)):
            weight.normal_(0, (2 / weight.shape[1]) ** 0.5, generator=generator)
            bias.zero_()
            if layer == 0:
                weight.mul_(FIRST_LAYER_GAIN)
                chosen = torch.randint(len(rows), (members, self.sizes[1]), generator=generator)
                bias[:, 0] = -torch.einsum("khi,kih->kh", rows[chosen].nan_to_num(), weight)
        weight.mul_(LAST_LAYER_GAIN)
        return flat

    def split(self, flat: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Views of (K, size) as each layer's weight (K, in, out) and bias (K, 1, out)."""
        views, start = [], 0
        for fan_in, fan_out in self.layers:
            middle, end = start + fan_in * fan_out, start + (fan_in + 1) * fan_out
            views.append((flat[:, start:middle].unflatten(1, (fan_in, fan_out)), flat[:, None, middle:end]))
            start = end
        return views

    def named(self, flat: Tensor, prefix: str) -> dict[str, Tensor]:
        """The same views by name, `prefix.0.weight` (K, in, out) and `prefix.0.bias` (K, 1, out) onwards."""
        return {
            f"{prefix}.{layer}.{name}": view
            for layer, pair in enumerate(self.split(flat))
            for name, view in zip(("weight", "bias"), pair, strict=True)
        }

    def mask(self, rows: int, generator: Generator) -> Tensor | None:
        """Inverted dropout's factors for one pass, (1, N, width), shared by the K networks; None without dropout."""
        if self.dropout == 0:
            return None
        kept = torch.rand(1, rows, self.sizes[-2], generator=generator) >= self.dropout
        return kept.float().div_(1 - self.dropout)

    def __call__(self, flat: Tensor, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Evaluate. flat: (K, size); x: (K or 1, N, in); mask: (1, N, last hidden width). Returns (K, N, out)."""
        output: Tensor = _Evaluate.apply(flat, x, mask, self)
        return output


class _Evaluate(torch.autograd.Function):
    """The forward pass and its gradient (reverse-mode, written out) for all layers at once."""

    @staticmethod
    def forward(ctx: Any, flat: Tensor, x: Tensor, mask: Tensor | None, network: MLP) -> Tensor:
        h = x.expand(flat.shape[0], -1, -1)
        inputs: list[Tensor] = []
        raw: list[Tensor] = []
        for weight, bias in network.split(flat):
            if inputs:
                raw.append(h)
                h = _activate(network.activation, h)
                if mask is not None and len(inputs) == len(network.layers) - 1:
                    h.mul_(mask)
            inputs.append(h)
            h = torch.baddbmm(bias, h, weight)
        ctx.network, ctx.rows = network, x.shape[0]
        ctx.save_for_backward(flat, mask, *inputs, *raw)
        return h

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (g,) = grads
        flat, mask, *saved = ctx.saved_tensors
        inputs, raw = saved[: len(ctx.network.layers)], saved[len(ctx.network.layers) :]
        grad_flat = torch.empty_like(flat)
        layers = list(zip(inputs, ctx.network.split(flat), ctx.network.split(grad_flat), strict=True))
        for layer in reversed(range(len(layers))):
            h, (weight, _), (grad_weight, grad_bias) = layers[layer]
            grad_weight.copy_(h.mT @ g)
            torch.sum(g, 1, keepdim=True, out=grad_bias)
            if layer == 0 and not ctx.needs_input_grad[1]:
                return grad_flat, None, None, None
            g = g @ weight.mT
            if layer:
                if mask is not None and layer == len(layers) - 1:
                    g.mul_(mask)
                g = _activate_backward(ctx.network.activation, g, raw[layer - 1])
        return grad_flat, g if ctx.rows > 1 else g.sum(0, keepdim=True), None, None


@dataclass(frozen=True)
class VariationalMLP(MLP):
    """The same networks with a Gaussian q(w) = N(mu, diag sigma^2) over every weight and bias (Blundell eq. 3-4)."""

    def initial(self, members: int, rows: Tensor, generator: Generator) -> Tensor:
        """First means of K networks, each its own. rows: (N, in), not needed. Returns (K, size)."""
        flat = torch.empty(members, self.size)
        for layer, (weight, bias) in enumerate(self.split(flat)):
            weight.normal_(0, (2 / weight.shape[1]) ** 0.5, generator=generator)
            bias.zero_() if layer else bias.normal_(0, _BIAS_SPREAD, generator=generator)
        weight.mul_(_LAST_LAYER_GAIN_VARIATIONAL)
        return flat

    def sampled(self, mu: Tensor, variance: Tensor, x: Tensor, generator: Generator) -> Tensor:
        """Evaluate at draws of the layers' outputs, one per row: local reparameterisation (LRT eq. 6).

        mu, variance: (K, size); x: (1, N, in). Returns (K, N, out). Calling the object evaluates at given weights.
        """
        parts = [_windows(len(mu), x.shape[1], width, generator, x.dtype) for width in self.sizes[1:]]
        output: Tensor = _EvaluateSampled.apply(mu, variance, x, parts, self)
        return output


class _EvaluateSampled(torch.autograd.Function):
    """Every layer's output is N(h mu, h^2 variance), drawn with the given eps; the gradient written out.

    With a = m + sqrt(v) eps, m = h W + b and v = h^2 V + c:  da/dm = 1 and da/dv = eps / (2 sqrt(v)).
    """

    @staticmethod
    def forward(
        ctx: Any, mu: Tensor, variance: Tensor, x: Tensor, eps: list[Tensor], network: VariationalMLP
    ) -> Tensor:
        h = x.expand(mu.shape[0], -1, -1)
        saved: list[Tensor] = []
        for (weight, bias), (weight_var, bias_var), noise in zip(
            network.split(mu), network.split(variance), eps, strict=True
        ):
            raw = h
            if saved:
                h = _activate(network.activation, raw)
            square = h.square()
            spread = torch.baddbmm(bias_var, square, weight_var).sqrt_()
            saved += [raw, h, square, noise.div(spread)]
            h = torch.baddbmm(bias, h, weight).addcmul_(spread, noise)
        ctx.network = network
        ctx.save_for_backward(mu, variance, *saved)
        return h

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (g,) = grads
        mu, variance, *saved = ctx.saved_tensors
        network = ctx.network
        grad_mu, grad_variance = torch.empty_like(mu), torch.empty_like(variance)
        weights = [network.split(each) for each in (mu, variance, grad_mu, grad_variance)]
        for layer in reversed(range(len(network.layers))):
            raw, h, square, ratio = saved[4 * layer : 4 * layer + 4]
            (weight, _), (weight_var, _), (grad_weight, grad_bias), (grad_weight_var, grad_bias_var) = (
                each[layer] for each in weights
            )
            half = (ratio * g).mul_(0.5)
            grad_weight.copy_(h.mT @ g)
            torch.sum(g, 1, keepdim=True, out=grad_bias)
            grad_weight_var.copy_(square.mT @ half)
            torch.sum(half, 1, keepdim=True, out=grad_bias_var)
            if layer:
                g = (g @ weight.mT).addcmul_(h, half @ weight_var.mT, value=2)
                g = _activate_backward(network.activation, g, raw)
        return grad_mu, grad_variance, None, None, None


def _windows(members: int, rows: int, width: int, generator: Generator, dtype: torch.dtype) -> Tensor:
    """Standard normal draws (K, N, width) from N + K - 1 rows of them: each member sees the next window.

    Every member's draws are independent; only between members are they the same, a row apart, where it does no harm
    and saves most of a step's time.
    """
    drawn = torch.randn(rows + members - 1, width, generator=generator, dtype=dtype)
    return drawn.as_strided((members, rows, width), (width, width, 1))


def _activate(kind: Activation, raw: Tensor) -> Tensor:
    return torch.nn.functional.gelu(raw) if kind == "gelu" else torch.nn.functional.leaky_relu(raw, SLOPE)


def _activate_backward(kind: Activation, g: Tensor, raw: Tensor) -> Tensor:
    """The gradient by the raw activation, from that by its result."""
    if kind == "gelu":
        return torch.ops.aten.gelu_backward(g, raw)
    return torch.ops.aten.leaky_relu_backward(g, raw, SLOPE, False)
