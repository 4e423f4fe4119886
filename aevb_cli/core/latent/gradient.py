"""The gradient of the VAE's bound, in closed form.

With K draws of z for each row the bound is log 1/K sum_k w_k, w = p(x, z) / q(z|x) (Burda et al. 2016, eq. 8); with one
it is the ELBO (KW eq. 3). By q's parameters its gradient is sum_k v_k^2 dlog w_k/dz dz/dphi, v = w / sum w: the doubly
reparameterised one (Tucker et al. 2019, eq. 8), whose variance falls as K grows.
"""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.base import positive
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.latent import prior
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.networks import dropout
from aevb_cli.core.training.objective import Elbo

_MOST_HIDDEN = 0.6
"""The largest share of a row's cells that is hidden from the encoder."""


@dataclass(frozen=True)
class _Last:
    """What the terms of a gradient are made of.

    own: (M, D), NaN where missing or hidden; hidden: (M,), the rows with cells hidden; q: (M, J); z: (K, M, J);
    components: of the prior, (U, J); out: of the decoder, (K, M, width); constants: of the families, as they were.
    """

    own: Tensor
    hidden: Tensor
    q: Normal
    z: Tensor
    components: Normal | None
    out: Tensor
    constants: Tensor

    @property
    def closed(self) -> bool:
        """Whether the divergence is taken in closed form (KW appendix B), not from the draws."""
        return len(self.z) == 1 and self.components is None

    def kl(self) -> Tensor:
        """KL(q(z|x) || p(z)) in closed form, or log q(z|x) - log p(z) of each draw, of which the mean is it. (K, M)."""
        if self.closed:
            return self.q.kl_to_standard().sum(-1)[None]
        return self.q.log_prob(self.z).sum(-1) - prior.log_prob(self.z, self.components)


class LatentGradient:
    """The gradient of the one member's bound (`objective.Gradient`). Tensors are (draws, rows, features)."""

    def __init__(self, vae: LatentVae, members: slice, rows: int) -> None:
        del members
        settings, self._vae, self._rows = vae.settings, vae, rows * vae.settings.samples
        self.widest = max((*settings.hidden, *settings.decoder_hidden), default=0)
        self._gradient = torch.zeros_like(vae.parameters)
        self._parts, self._places = vae.parts, vae.networks.parts(self._gradient[0])
        encoded, decoded = self._rows + settings.pseudo_inputs, self._rows * settings.importance
        self._encode, self._decode = vae.networks.passes(vae.parameters, self._gradient, encoded, decoded)
        self._by_encoded = vae.parameters.new_empty(encoded, 2 * settings.latent)
        self._last: _Last | None = None

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        """As `objective.Gradient` has it."""
        samples, rows = self._vae.settings.samples, batch[0]
        own = self._vae.binarised(rows.expand(samples, *rows.shape).flatten(0, 1), generator)
        self._write(own, weight[0].expand(samples, -1).flatten() / samples, generator)
        return self._gradient

    def _write(self, own: Tensor, weight: Tensor, generator: Generator) -> None:
        """Write the gradient of the rows' bounds. own: (M, D) in the families' units; weight: (M,)."""
        own, hidden = self._some_hidden(own, generator)
        location, raw = self._encoded(own, generator).chunk(2, 1)
        both = Normal(location, positive(raw))
        q = both.map(lambda each: each[: self._rows])
        components = both.map(lambda each: each[self._rows :]) if len(raw) > self._rows else None
        eps = torch.randn((self._vae.settings.importance, *q.location.shape), generator=generator).to(q.location)
        z = torch.addcmul(q.location, q.scale, eps)
        out = self._decode.forward(z.flatten(0, 1)).unflatten(0, z.shape[:2])
        self._last = last = _Last(own, hidden, q, z, components, out, self._parts.constants.clone())
        share = (self._log_likelihood(last) - last.kl()).softmax(0) if len(z) > 1 else torch.ones_like(weight)[None]
        weight = weight * share
        by_z = self._decode.backward(self._by_outputs(last, weight).flatten(0, 1)).view(z.shape)
        self._write_by_encoded(last, eps, by_z, weight, share)
        self._by_encoded[:, len(location[0]) :] *= raw.sigmoid()
        self._places.pseudo_inputs.copy_(self._encode.backward(self._by_encoded, self._rows))

    def _encoded(self, own: Tensor, generator: Generator) -> Tensor:
        """The encoder's outputs for the rows and, by the same products, for the pseudo-inputs, (M + U, 2 J)."""
        vae, pseudo = self._vae, self._parts.pseudo_inputs
        seen = vae.inputs.inside(vae.entry.near(own))
        masks = dropout.every(vae.networks.encoder, len(seen), len(pseudo), generator)
        return self._encode.forward(torch.cat([seen, pseudo]) if len(pseudo) else seen, masks)

    def _by_outputs(self, last: _Last, weight: Tensor) -> Tensor:
        """The gradient of the weighted log p(x|z) by the decoder's outputs; writes that by the families' constants."""
        likelihoods = self._vae.likelihoods
        by_out, by_constants = likelihoods.gradient(last.out, last.constants, last.own)
        places = (index for block in likelihoods.blocks for index in block.constants)
        for index, each in zip(places, by_constants, strict=True):
            self._places.constants[index] = (each * weight[..., None]).sum((0, 1))
        return by_out * weight[..., None]

    def _write_by_encoded(self, last: _Last, eps: Tensor, by_z: Tensor, weight: Tensor, share: Tensor) -> None:
        """Write the gradient by the locations and scales of q(z|x) and of the prior's components.

        by_z: of the weighted log p(x|z); weight, share: (K, M), of the draws' terms, and their v.
        """
        q, weight = last.q, weight[..., None]
        by_location, by_scale = self._by_encoded.chunk(2, 1)
        if last.closed:
            by_location[: self._rows] = by_z[0] - weight[0] * q.location
            by_scale[: self._rows] = by_z[0] * eps[0] - weight[0] * q.kl_by_scale()
            return
        by_prior, self._by_encoded[self._rows :] = prior.gradient(
            last.z.flatten(0, 1), last.components, weight.flatten()
        )
        by_z = by_z + by_prior.view(by_z.shape)
        if len(eps) > 1:
            # q's parameters count through z alone: what log q(z|x) adds by them directly is 0 on average
            by_z = share[..., None] * (by_z + weight * eps / q.scale)
        by_location[: self._rows], by_scale[: self._rows] = by_z.sum(0), (by_z * eps).sum(0)
        if len(eps) == 1:  # the draw's log-density under q is that of eps less log sigma
            by_scale[: self._rows] += weight[0] / q.scale

    def _some_hidden(self, own: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
        """The rows with cells hidden in some, NaN; and which rows these are, (M,)."""
        rows = torch.rand(len(own), generator=generator) < self._vae.settings.hide
        places = rows.nonzero()[:, 0]
        share = _MOST_HIDDEN * torch.rand(len(places), 1, generator=generator)
        # 0 / 0 is NaN and 0 / 1 is 0: torch takes several times as long to fill where a mask says so.
        gaps = 0 / torch.rand(len(places), own.shape[1], generator=generator).sub_(share).ceil_()
        return own.index_add(0, places.to(own.device), gaps.to(own)) if len(places) else own, rows

    def terms(self) -> Elbo:
        """As `objective.Gradient` has it: of the rows of which all cells were seen."""
        if self._last is None:
            raise ValueError("there has been no gradient yet")
        hidden = self._last.hidden
        whole = ~hidden if not hidden.all() else torch.ones_like(hidden)
        both = self._log_likelihood(self._last), self._last.kl()
        log_likelihood, kl = (each[:, whole.to(each.device)].cpu() for each in both)
        weights = log_likelihood - kl
        bound = weights.logsumexp(0) - math.log(len(weights))
        return Elbo(log_likelihood.mean(0)[None], kl.mean(0)[None], (bound - weights.mean(0))[None])

    def _log_likelihood(self, last: _Last) -> Tensor:
        """log p(x|z) of each draw and row, (K, M)."""
        return columns.log_prob(self._vae.likelihoods(last.out, last.constants), last.own).sum(-1)
