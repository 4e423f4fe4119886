"""Fully connected networks. Every layer is a batch of K networks: weights (K, in, out), activations (K, N, width).

A step of a network this small costs what its calls cost, not its arithmetic. So all parameters of a model lie in one
flat tensor, and a whole network is a single node of the autograd graph with its gradient written out.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

SLOPE = 0.01
"""LeakyReLU's slope below zero."""

FIRST_LAYER_GAIN, LAST_LAYER_GAIN = 3.0, 0.05


@dataclass(frozen=True)
class MLP:
    """K networks of one shape, with LeakyReLU between the layers.

    sizes: widths from the input to the output, say (1, 25, 25, 1).
    dropout: the share of the last hidden layer's units that a training pass leaves out (report section 2).
    """

    sizes: tuple[int, ...]
    dropout: float = 0.0

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
        for weight, bias in network.split(flat):
            if inputs:
                h = torch.nn.functional.leaky_relu(h, SLOPE, inplace=True)
                if mask is not None and len(inputs) == len(network.layers) - 1:
                    h.mul_(mask)
            inputs.append(h)
            h = torch.baddbmm(bias, h, weight)
        ctx.network, ctx.rows = network, x.shape[0]
        ctx.save_for_backward(flat, mask, *inputs)
        return h

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (g,) = grads
        flat, mask, *inputs = ctx.saved_tensors
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
                # LeakyReLU keeps the sign, so its output (True) tells the branch as well as its input would.
                g = torch.ops.aten.leaky_relu_backward(g, h, SLOPE, True)
        return grad_flat, g if ctx.rows > 1 else g.sum(0, keepdim=True), None, None


@dataclass(frozen=True)
class VariationalMLP(MLP):
    """The same networks with a Gaussian q(w) = N(mu, diag sigma^2) over every weight and bias (Blundell eq. 3-4)."""

    def sampled(self, mu: Tensor, variance: Tensor, x: Tensor, generator: Generator) -> Tensor:
        """Evaluate at draws of the layers' outputs, one per row: local reparameterisation (LRT eq. 6).

        mu, variance: (K, size); x: (1, N, in). Returns (K, N, out). Calling the object evaluates at given weights.
        """
        shapes = [(len(mu), x.shape[1], width) for width in self.sizes[1:]]
        eps = torch.randn(sum(math.prod(shape) for shape in shapes), generator=generator, dtype=x.dtype)
        parts = [
            part.view(shape) for part, shape in zip(eps.split([math.prod(s) for s in shapes]), shapes, strict=True)
        ]
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
            if saved:
                h = torch.nn.functional.leaky_relu(h, SLOPE, inplace=True)
            square = h.square()
            spread = torch.baddbmm(bias_var, square, weight_var).sqrt_()
            saved += [h, square, noise.div(spread)]
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
            h, square, ratio = saved[3 * layer : 3 * layer + 3]
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
                g = torch.ops.aten.leaky_relu_backward(g, h, SLOPE, True)
        return grad_mu, grad_variance, None, None, None
