"""The gradient of the VAE's bound, by automatic differentiation through its networks.

With K draws of z for each row the bound is log 1/K sum_k w_k, w = p(x, z) / q(z|x) (Burda et al. 2016, eq. 8); with one
it is the ELBO (KW eq. 3). By q's parameters its gradient is sum_k v_k^2 dlog w_k/dz dz/dphi, v = w / sum w: the doubly
reparameterised one (Tucker et al. 2019, eq. 8), whose variance falls as K grows.
"""

import math

import torch
from torch import Generator, Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.latent import prior
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.latent.networks import Parts
from aevb_cli.core.training.objective import Elbo

_MOST_HIDDEN = 0.6
"""The largest share of a row's cells that is hidden from the encoder."""


class LatentGradient:
    """The gradient of the one member's bound (`objective.Gradient`)."""

    def __init__(self, vae: LatentVae, members: slice, rows: int) -> None:
        del members, rows
        self._vae = vae
        self.widest = max((*vae.settings.hidden, *vae.settings.decoder_hidden), default=0)
        with torch.inference_mode(False):
            self._gradient = torch.zeros_like(vae.parameters)
            self._parts, self._into = vae.parts, vae.networks.parts(self._gradient[0]).tensors
        self._last: tuple[Tensor, Tensor, Tensor] | None = None

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        """As `objective.Gradient` has it."""
        with torch.inference_mode(False), torch.enable_grad():
            leaves = [leaf.detach().requires_grad_() for leaf in self._parts.tensors]
            draws = self._vae.settings.samples
            own, shares = batch[0].repeat(draws, 1), weight[0].repeat(draws) / draws
            bound = self._bound(self._parts.like(leaves), self._vae.binarised(own, generator), generator)
            found = torch.autograd.grad((bound * shares).sum(), leaves, allow_unused=True)
        for into, each in zip(self._into, found, strict=True):
            if each is not None:
                into.copy_(each)
        return self._gradient

    def _bound(self, parts: Parts, own: Tensor, generator: Generator) -> Tensor:
        """The bound of each row, (M,). own: (M, D) in the families' units."""
        vae, draws = self._vae, self._vae.settings.importance
        seen, own, hidden = self._seen(own, generator)
        q = vae.networks.encode(parts, seen, generator)
        eps = torch.randn((draws, *q.location.shape), generator=generator).to(q.location.device)
        z = q.location + q.scale * eps
        p = vae.likelihoods(vae.networks.decode(parts, z), parts.constants)
        log_likelihood = columns.log_prob(p, own).sum(-1)
        components = vae.networks.encode(parts, parts.pseudo_inputs) if vae.settings.pseudo_inputs else None
        if draws == 1 and components is None:
            kl = q.kl_to_standard().sum(-1)[None]
            bound = log_likelihood - kl
        else:
            # q's parameters count through z alone: what log q(z|x) adds by them directly is 0 on average
            log_q = (q if draws == 1 else Normal(q.location.detach(), q.scale.detach())).log_prob(z).sum(-1)
            kl = log_q - prior.log_prob(z, components)
            bound = _importance_weighted(log_likelihood - kl, z)
        self._last = log_likelihood.detach(), kl.detach(), hidden
        return bound[0] if draws == 1 else bound.sum(0)

    def _seen(self, own: Tensor, generator: Generator) -> tuple[Tensor, Tensor, Tensor]:
        """The encoder's inputs, (M, width), the rows with cells hidden in some, and which rows these are, (M,)."""
        vae = self._vae
        rows = torch.rand(len(own), 1, generator=generator) < vae.settings.hide
        if vae.settings.hide:
            share = _MOST_HIDDEN * torch.rand(len(own), 1, generator=generator)
            cells = rows & (torch.rand(own.shape, generator=generator) < share)
            own = own.masked_fill(cells.to(own.device), torch.nan)
        return vae.inputs.inside(vae.entry.near(own)), own, rows[:, 0]

    def terms(self) -> Elbo:
        """As `objective.Gradient` has it: of the rows of which all cells were seen."""
        if self._last is None:
            raise ValueError("there has been no gradient yet")
        log_likelihood, kl, hidden = self._last
        whole = ~hidden if not hidden.all() else torch.ones_like(hidden)
        log_likelihood, kl = (each[:, whole.to(each.device)].cpu() for each in (log_likelihood, kl))
        weights = log_likelihood - kl
        bound = weights.logsumexp(0) - math.log(len(weights))
        return Elbo(log_likelihood.mean(0)[None], kl.mean(0)[None], (bound - weights.mean(0))[None])


def _importance_weighted(log_weights: Tensor, z: Tensor) -> Tensor:
    """Terms whose gradient is that of the bound, by z with the square of the weights. log_weights: (K, M); (K, M)."""
    share = log_weights.detach().softmax(0)
    if len(share) > 1:
        z.register_hook(lambda gradient: gradient * share[..., None])
    return share * log_weights
