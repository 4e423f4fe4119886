"""The gradient of the VAE's objective, in closed form."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.columns import Block
from aevb_cli.core.families.location_scale import LocationScale, LocationScaleFamily
from aevb_cli.core.networks import dropout
from aevb_cli.core.networks.passes import Pass
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.vae.model import Vae
from aevb_cli.core.vae.terms import terms


@dataclass(frozen=True)
class _Latent:
    """The latent variables of one family for a minibatch.

    q: q(z|x), (K, J', M); raw: its raw values; eps: draws of the noise, (K, J', L, M); eps_by: their derivatives by
    each constant, of the same shape.
    """

    block: Block
    q: LocationScale
    raw: list[Tensor]
    eps: Tensor
    eps_by: tuple[Tensor, ...]


@dataclass(frozen=True)
class _Observed:
    """The known z. value: (J, M), 0 where unknown; known: (J, M); whole: all are; weight: of log q(z|x), (K, J, M)."""

    value: Tensor
    known: Tensor
    whole: bool
    weight: Tensor


@dataclass(frozen=True)
class _Given:
    """What is computed of a minibatch and its weights alone: once, where a minibatch is the whole table.

    seen: the encoder's input, (1, M, width); row_weight: of the log-likelihood of a draw, (K, 1, 2, 1, M);
    kl_weight: (K, J, M).
    """

    batch: Batch
    weight: Tensor
    seen: Tensor
    row_weight: Tensor
    kl_weight: Tensor
    observed: _Observed


class VaeGradient:
    """The gradient of some members' objective (`objective.Gradient`). Tensors are (K, features, rows).

    The decoder is evaluated at L draws of z for each row, and at L more in which known z replace the drawn ones:
    2 x L x M inputs.
    """

    def __init__(self, vae: Vae, members: slice, rows: int) -> None:
        parameters = vae.parameters[members]
        self.widest = max((*vae.settings.hidden, *vae.settings.decoder_hidden), default=0)
        self._complete = not any(vae.inputs.masked)
        self._vae, self._shape = vae, (2, vae.settings.samples, rows)
        self._gradient = torch.zeros_like(parameters)
        *_, decoder, self._of_posteriors, self._of_likelihoods = vae.split(parameters)
        *_, grad_decoder, self._grad_posteriors, self._grad_likelihoods = vae.split(self._gradient)
        self._constants = self._of_likelihoods[:, None, None, None]
        # The encoder's two networks form one batch: first the members' for mu, then those for sigma.
        size = vae.encoder.size
        self._encoder, self._grad_encoder = (
            each[:, : 2 * size].unflatten(1, (2, size)).transpose(0, 1) for each in (parameters, self._gradient)
        )
        self._weights, self._grad_weights = (parameters.new_empty(2, len(parameters), size) for _ in range(2))
        self._encode = Pass(
            vae.encoder, self._weights.flatten(0, 1), self._grad_weights.flatten(0, 1), rows, shared=True
        )
        self._decode = Pass(vae.decoder, decoder, grad_decoder, math.prod(self._shape), shared=False)
        self._z = parameters.new_empty(len(parameters), len(vae.calibration), *self._shape)
        self._drawn, self._replaced = self._z.unbind(2)
        self._stacked = self._z.flatten(2)
        self._given: _Given | None = None

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        """As `objective.Gradient` has it."""
        if self._given is None or batch is not self._given.batch or weight is not self._given.weight:
            self._given = self._take(batch, weight)
        given = self._given
        latents = self._encoded(given.seen, generator)
        if not given.observed.whole:
            known, value = given.observed.known[:, None], given.observed.value[:, None]
            torch.where(known, value, self._drawn, out=self._replaced)
        by_z = self._through_decoder(batch[0], given.row_weight)
        total = by_z[:, :, 0]
        if not given.observed.whole:
            total = total + by_z[:, :, 1].masked_fill(given.observed.known[:, None], 0)
        found = [self._of_latent(each, total, given) for each in latents]
        by_mu, by_raw = (self._joined(latents, each) for each in zip(*found, strict=True))
        self._encode.backward(torch.cat([by_mu, by_raw]))
        self._grad_encoder.copy_(self._grad_weights)
        return self._gradient

    def _take(self, batch: Batch, weight: Tensor) -> _Given:
        """Lay out a minibatch; puts z that are all known into the decoder's inputs."""
        vae, (x, target) = self._vae, batch
        row_weight, kl_weight = weight[:, None, None, None], weight[:, None]
        known, value = ~target.T.isnan(), target.T.nan_to_num()
        some = known.any(0)
        row_weight = row_weight * torch.stack([torch.ones_like(some), some]).to(weight.dtype)[:, None]
        observed = _Observed(value, known, bool(known.all()), vae.settings.alpha * kl_weight * known)
        kl_weight = kl_weight * (1 + (some & ~known).to(weight.dtype))
        if observed.whole:
            self._replaced.copy_(value[:, None])
        return _Given(batch, weight, vae.inputs(x)[None], row_weight / self._shape[1], kl_weight, observed)

    def _encoded(self, seen: Tensor, generator: Generator) -> list[_Latent]:
        """q(z|x) of the rows, for each family. Draws z into the decoder's inputs. seen: (1, M, width)."""
        vae, (_, samples, rows) = self._vae, self._shape
        self._weights.copy_(self._encoder)
        self._outputs = self._encode.forward(seen, dropout.last(vae.encoder, rows, generator)).chunk(2)
        latents = []
        for block in vae.posteriors.blocks:
            constants = [self._of_posteriors[:, index, None] for index in block.constants]
            raw = [*(block.values(each, 1) for each in self._outputs), *constants]
            q = _location_scale(block)(*raw)
            eps, eps_by = q.noise(samples, generator)
            latents.append(_Latent(block, q, raw, eps.movedim(0, 2), tuple(each.movedim(0, 2) for each in eps_by)))
            self._drawn[:, block.columns] = torch.addcmul(q.location[:, :, None], q.scale[:, :, None], latents[-1].eps)
        return latents

    def _of_latent(self, latent: _Latent, total: Tensor, given: _Given) -> tuple[Tensor, Tensor]:
        """The gradient by mu and by the raw sigma, (K, J', M) each. Writes that by the constants.

        total: of the log-likelihood by the draws of z, (K, J, L, M).
        """
        block, q = latent.block, latent.q
        total, kl_weight = block.values(total, 1), block.values(given.kl_weight, 1)
        by_mu = total.sum(2).sub_(kl_weight * q.location)
        by_sigma = (total * latent.eps).sum(2).sub_(kl_weight * q.kl_by_scale())
        by_constants = [
            (total * q.scale[:, :, None] * each).sum(2) - kl_weight * kl
            for each, kl in zip(latent.eps_by, q.kl_by_constants(), strict=True)
        ]
        observed = given.observed
        weight = block.values(observed.weight, 1)
        share, u = weight / q.scale, (block.values(observed.value, 0) - q.location) / q.scale
        score = q.score(u)
        by_mu += share * score
        by_sigma += (u * score).sub_(1).mul_(share)
        by_constants = [each + weight * own for each, own in zip(by_constants, q.constants_score(u), strict=True)]
        for index, each, raw in zip(block.constants, by_constants, latent.raw[2:], strict=True):
            self._grad_posteriors[:, index] = (each.sum(2, keepdim=True) * _location_scale(block).constant_slope(raw))[
                ..., 0
            ]
        return by_mu, by_sigma.mul_(latent.raw[1].sigmoid())

    def _through_decoder(self, x: Tensor, row_weight: Tensor) -> Tensor:
        """The gradient of the rows' weighted log p(x|z) by z. Writes those by the decoder's weights and constants.

        x: (M, D); row_weight: (K, 1, C or 1, 1, M). Returns (K, J, C, L, M).
        """
        likelihoods = self._vae.likelihoods
        out = self._decode.forward(self._stacked.mT)
        self._decoded = out.unflatten(2, self._shape).movedim(1, -1)  # (K, C, L, M, width)
        by_out, by_constants = likelihoods.gradient(self._decoded, self._constants, x, complete=self._complete)
        places = (index for block in likelihoods.blocks for index in block.constants)
        for index, each in zip(places, by_constants, strict=True):
            self._grad_likelihoods[:, index] = (each * row_weight.movedim(1, -1)).sum((1, 2, 3))
        by_out = by_out.movedim(-1, 1) * row_weight
        by_z = self._decode.by_input(self._decode.backward(by_out.flatten(2)))
        return by_z.mT.unflatten(2, self._shape)

    def _joined(self, latents: Sequence[_Latent], values: Sequence[Tensor]) -> Tensor:
        """The families' values in one tensor, in the order of the latent variables. (K, J', ...) -> (K, J, ...)."""
        if len(values) == 1:
            return values[0]
        joined = values[0].new_empty(len(values[0]), len(self._vae.calibration), *values[0].shape[2:])
        for latent, each in zip(latents, values, strict=True):
            joined[:, latent.block.columns] = each
        return joined

    def terms(self) -> Elbo:
        """As `objective.Gradient` has it."""
        if self._given is None:
            raise ValueError("there has been no gradient yet")
        vae, z = self._vae, self._drawn[:1].permute(2, 0, 3, 1).cpu()
        q = vae.posteriors.of([each[:1].mT.cpu() for each in self._outputs], self._of_posteriors[:1, None].cpu())
        out = self._decoded[:1].permute(1, 2, 0, 3, 4).cpu()  # (C, L, 1, M, width)
        p = vae.likelihoods(out, self._of_likelihoods[:1, None].cpu())
        return terms(tuple(each.cpu() for each in self._given.batch), q, z, lambda _: p, vae.settings.alpha)


def _location_scale(block: Block) -> LocationScaleFamily:
    """The block's family; TypeError unless it is a location-scale family."""
    if not isinstance(block.family, LocationScaleFamily):
        raise TypeError(f"q(z|x) cannot be {block.family.name}")
    return block.family
