"""The gradient of the VAE's objective, every part of it in closed form."""

import math

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.gaussian import Normal, positive
from aevb_cli.core.networks.passes import Pass
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.vae.columns import Columns
from aevb_cli.core.vae.model import Vae


class VaeGradient:
    """The gradient of some members (`objective.Gradient`).

    Features come first, (K, J, M). The decoder sees L draws of z and, with targets, L more in which what is known of
    z stands for itself: C times L times M columns.
    """

    def __init__(self, vae: Vae, members: slice, rows: int) -> None:
        parameters = vae.parameters[members]
        self._complete = not any(vae.inputs.masked)
        self._vae, self._shape = vae, (1 if vae.targets is None else 2, vae.settings.samples, rows)
        self._gradient = torch.zeros_like(parameters)
        *self._encoder, decoder = vae.split(parameters)
        *self._grad_encoder, grad_decoder = vae.split(self._gradient)
        # Both of the encoder's networks in one batch: all of mu, then all of sigma.
        both = 2, len(parameters), vae.encoder.size
        self._weights, self._grad_weights = parameters.new_empty(both), parameters.new_empty(both)
        self._encode = Pass(
            vae.encoder, self._weights.flatten(0, 1), self._grad_weights.flatten(0, 1), rows, shared=True
        )
        self._decode = Pass(vae.decoder, decoder, grad_decoder, math.prod(self._shape), shared=False)

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        """As `objective.Gradient` has it."""
        vae, (_, samples, rows) = self._vae, self._shape
        self._batch, (x, *observed) = batch, batch
        torch.stack(self._encoder, out=self._weights)
        mu, raw = self._encode.forward(vae.inputs(x)[None], vae.encoder.mask(rows, generator)).chunk(2)
        sigma = positive(raw)
        eps = torch.randn(len(mu), mu.shape[1], samples, rows, generator=generator, dtype=mu.dtype)
        z = torch.addcmul(mu[:, :, None], sigma[:, :, None], eps)
        self._q, self._z = Normal(mu.mT, sigma.mT), z.permute(2, 0, 3, 1)
        weight = weight[:, None]
        at, shares, divergence = z[:, :, None], weight[:, :, None, None], weight
        if observed:
            target = observed[0].T
            known = ~target.isnan()
            some, value = known.any(0), target.nan_to_num()
            at = torch.stack([z, torch.where(known[:, None], value[:, None], z)], 2)
            shares = shares * torch.stack([torch.ones_like(some), some]).to(weight.dtype)[:, None]
            divergence = weight * (1 + (some & ~known).to(weight.dtype))
        by_z = self._through_decoder(at.flatten(2), x, shares / samples)
        total = by_z[:, :, 0]
        if observed:
            total = total + by_z[:, :, 1].masked_fill(known[:, None], 0)
        by_mu = total.sum(2) - divergence * mu
        by_sigma = (total * eps).sum(2) - divergence * (sigma - 1 / sigma)
        if observed:
            share, residual = vae.settings.alpha * weight * known / sigma, (value - mu) / sigma
            by_mu += share * residual
            by_sigma += share * (residual.square() - 1)
        self._encode.backward(torch.cat([by_mu, by_sigma * raw.sigmoid()]))
        for into, grad in zip(self._grad_encoder, self._grad_weights, strict=True):
            into.copy_(grad)
        return self._gradient

    def _through_decoder(self, z: Tensor, x: Tensor, share: Tensor) -> Tensor:
        """The gradient of log p(x|z), each row by its share, by z (K, J, C, L, M), and by the decoder's weights.

        z: (K, J, CLM); share: (K, 1, C or 1, 1, M).
        """
        out = self._decode.forward(z.mT).unflatten(2, self._shape)
        self._columns = Columns(self._vae.likelihoods, out.movedim(1, -1))
        by_out = self._columns.gradient(x, complete=self._complete).movedim(-1, 1) * share
        by_z = self._decode.by_input(self._decode.backward(by_out.flatten(2)))
        return by_z.mT.unflatten(2, self._shape)

    def terms(self) -> Elbo:
        """As `objective.Gradient` has it."""
        out = self._columns.out[:1].permute(1, 2, 0, 3, 4)  # (C, L, 1, M, width)
        columns = Columns(self._vae.likelihoods, out if self._vae.targets else out[0])
        q = Normal(self._q.loc[:1], self._q.scale[:1])
        return self._vae.terms(self._batch, q, self._z[:, :1], lambda _: columns)
