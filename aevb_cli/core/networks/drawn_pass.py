"""Passes of K networks at one draw of their weights for a minibatch, and at its mirror image.

Both halves of the rows are one batch of 2 K networks: half as many calls as two batches of K.
"""

import torch
from torch import Generator, Tensor

from aevb_cli.core.device import fill_normal
from aevb_cli.core.networks.mlp import MLP
from aevb_cli.core.networks.passes import Pass, windows


class DrawnPass:
    """One draw of the weights for a minibatch, w = mu + sigma eps (Blundell, section 3.2).

    mirrored: for every second half of the rows mu - sigma eps instead (antithetic variates; Hammersley & Morton 1956).
    What the draw alone does to the gradient cancels then, up to second order, at the cost of a few more calls. Where
    the number of rows is odd, the second half has one more of zeros, of which nothing is seen.
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
        sets = 2 if mirrored and rows > 1 else 1
        self._odd, half = rows % sets, -(-rows // sets)
        self._weights = mu.new_empty(sets, members, size)
        self._gradients = mu.new_empty(sets, members, size) if sets == 2 else grad_mu[None]
        both = self._weights.flatten(0, 1), self._gradients.flatten(0, 1)
        self._pass = Pass(network, *both, half, sets=sets)
        self._out, self._g = (
            mu.new_empty(members, network.sizes[-1], rows),
            mu.new_zeros(sets, members, network.sizes[-1], half),
        )
        self._x: Tensor | None = None
        self._x_parts = mu.new_empty(0)

    def forward(self, x: Tensor, generator: Generator) -> Tensor:
        """Evaluate at a fresh draw. x: (1, N, in). Returns (K, out, N), overwritten next time."""
        fill_normal(self._noise, generator)
        if x is not self._x:
            self._x, padded = x, torch.nn.functional.pad(x, (0, 0, 0, 1)) if self._odd else x
            self._x_parts = padded.reshape(len(self._weights), -1, x.shape[2])
        for sign, weights in zip((1, -1), self._weights, strict=False):
            torch.addcmul(self._mu, self._sigma, self._eps, value=sign, out=weights)
        out = self._pass.forward(self._x_parts)
        if len(self._weights) == 1:
            return out
        first, second = out.chunk(2)
        return torch.cat([first, second[..., : second.shape[2] - self._odd]], 2, out=self._out)

    def backward(self, g: Tensor) -> None:
        """Write the gradients by mu and sigma. g: by the outputs, (K, out, N)."""
        if len(self._weights) == 1:
            self._pass.backward(g)
            torch.mul(self._grad_mu, self._eps, out=self._grad_sigma)
            return
        half = self._g.shape[3]
        for into, part in zip(self._g, g.split(half, 2), strict=True):
            into[..., : part.shape[2]].copy_(part)
        self._pass.backward(self._g.flatten(0, 1))
        first, second = self._gradients
        torch.mul(first, self._eps, out=self._grad_sigma).addcmul_(second, self._eps, value=-1)
        torch.add(first, second, out=self._grad_mu)
