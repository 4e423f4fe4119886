"""The gradient of the VAE's bound, by automatic differentiation through its networks up to log p(x|z).

With K draws of z for each row the bound is log 1/K sum_k w_k, w = p(x, z) / q(z|x) (Burda et al. 2016, eq. 8); with one
it is the ELBO (KW eq. 3). By q's parameters its gradient is sum_k v_k^2 dlog w_k/dz dz/dphi, v = w / sum w: the doubly
reparameterised one (Tucker et al. 2019, eq. 8), whose variance falls as K grows.
"""

import math
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.latent import prior
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.networks.differentiable import Training
from aevb_cli.core.training.objective import Elbo

_MOST_HIDDEN = 0.6
"""The largest share of a row's cells that is hidden from the encoder."""


class _Last(NamedTuple):
    """What the terms of a gradient are made of.

    out: of the decoder, (K, M, width); constants: of the families, as they were; own: (M, D), NaN where missing or
    hidden; kl: (K, M); hidden: (M,), the rows with cells hidden.
    """

    out: Tensor
    constants: Tensor
    own: Tensor
    kl: Tensor
    hidden: Tensor


class LatentGradient:
    """The gradient of the one member's bound (`objective.Gradient`)."""

    def __init__(self, vae: LatentVae, members: slice, rows: int) -> None:
        del members, rows
        self._vae = vae
        self.widest = max((*vae.settings.hidden, *vae.settings.decoder_hidden), default=0)
        with torch.inference_mode(False):
            self._gradient = torch.zeros_like(vae.parameters)
            self._places = vae.networks.parts(self._gradient[0])
            leaves = [leaf.detach().requires_grad_() for leaf in vae.parts.tensors]
            for leaf, place in zip(leaves, self._places.tensors, strict=True):
                leaf.grad = place
            self._parts = vae.parts.like(leaves)
        self._last: _Last | None = None

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        """As `objective.Gradient` has it."""
        samples, rows = self._vae.settings.samples, batch[0]
        with torch.inference_mode(False), torch.enable_grad():
            own = self._vae.binarised(rows.expand(samples, *rows.shape).flatten(0, 1), generator)
            self._write(own, weight[0].expand(samples, -1).flatten() / samples, generator)
        return self._gradient

    def _write(self, own: Tensor, weight: Tensor, generator: Generator) -> None:
        """Write the gradient of the rows' bounds. own: (M, D) in the families' units; weight: (M,)."""
        vae, parts = self._vae, self._parts
        own, hidden = self._some_hidden(own, generator)
        q, components = self._encoded(vae.inputs.inside(vae.entry.near(own)), generator)
        eps = torch.randn((vae.settings.importance, *q.location.shape), generator=generator)
        z = q.location + q.scale * eps.to(q.location.device)
        out = vae.networks.decode(parts, z.flatten(0, 1), Training(0, generator)).unflatten(0, z.shape[:2])
        kl = _divergence(q, z, components)
        self._last = last = _Last(out.detach(), parts.constants.detach().clone(), own, kl.detach(), hidden)
        weight = weight.expand(kl.shape)
        if len(z) > 1:
            share = (_log_likelihood(vae, last) - last.kl).softmax(0)
            z.register_hook(lambda gradient: gradient * share[..., None])
            weight = weight * share
        self._places.pseudo_inputs.zero_()  # of all gradients the one that is added to what is there
        _Told.apply(out, kl, self._by_outputs(last, weight), -weight).backward()

    def _encoded(self, seen: Tensor, generator: Generator) -> tuple[Normal, Normal | None]:
        """q(z|x) of the encoder's inputs (M, width), and q(z|u) of the pseudo-inputs, by the same products."""
        parts, training = self._parts, Training(len(seen), generator)
        if not self._vae.settings.pseudo_inputs:
            return self._vae.networks.encode(parts, seen, training), None
        both = self._vae.networks.encode(parts, torch.cat([seen, parts.pseudo_inputs]), training)
        return both.map(lambda each: each[: len(seen)]), both.map(lambda each: each[len(seen) :])

    def _by_outputs(self, last: _Last, weight: Tensor) -> Tensor:
        """The gradient of the weighted log p(x|z) by the decoder's outputs; writes that by the families' constants."""
        likelihoods = self._vae.likelihoods
        by_out, by_constants = likelihoods.gradient(last.out, last.constants, last.own)
        places = (index for block in likelihoods.blocks for index in block.constants)
        for index, each in zip(places, by_constants, strict=True):
            self._places.constants[index] = (each * weight[..., None]).sum((0, 1))
        return by_out * weight[..., None]

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
        both = _log_likelihood(self._vae, self._last), self._last.kl
        log_likelihood, kl = (each[:, whole.to(each.device)].cpu() for each in both)
        weights = log_likelihood - kl
        bound = weights.logsumexp(0) - math.log(len(weights))
        return Elbo(log_likelihood.mean(0)[None], kl.mean(0)[None], (bound - weights.mean(0))[None])


class _Told(torch.autograd.Function):
    """A scalar whose gradients by the first two arguments are the last two.

    To tell gradients to `torch.autograd.backward` imports sympy, which takes a third of a second.
    """

    @staticmethod
    def forward(ctx: Any, out: Tensor, kl: Tensor, by_out: Tensor, by_kl: Tensor) -> Tensor:
        ctx.told = by_out, by_kl
        return out.new_zeros(())

    @staticmethod
    def backward(ctx: Any, _: Tensor) -> tuple[Tensor, Tensor, None, None]:
        return *ctx.told, None, None


def _divergence(q: Normal, z: Tensor, components: Normal | None) -> Tensor:
    """KL(q(z|x) || p(z)), (K, M), in closed form or from the draws z, (K, M, J), of which the mean is it."""
    if len(z) == 1 and components is None:
        return q.kl_to_standard().sum(-1)[None]
    # q's parameters count through several z alone: what log q(z|x) adds by them directly is 0 on average
    log_q = (q if len(z) == 1 else q.map(Tensor.detach)).log_prob(z).sum(-1)
    return log_q - prior.log_prob(z, components)


def _log_likelihood(vae: LatentVae, last: _Last) -> Tensor:
    """log p(x|z) of each draw and row, (K, M)."""
    return columns.log_prob(vae.likelihoods(last.out, last.constants), last.own).sum(-1)
