"""The gradient of the Bayesian neural network's objective, in closed form."""

import math

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.networks.passes import DrawnPass, LocalPass
from aevb_cli.core.training.objective import Elbo

_LOG2_E = math.log2(math.e)

_LARGEST_POWER = 100.0
"""Of 2. It does not overflow, and log(1 + 2^power) is log 2^power to the last digit long before."""


class BnnGradient:
    """The gradient of some members' objective (`objective.Gradient`). Tensors are (K, features, rows)."""

    def __init__(self, model: Bnn, members: slice, rows: int) -> None:
        self._model, parameters = model, model.parameters[members]
        self.widest = max(model.settings.hidden, default=0)
        self._head = model.head.to(parameters.device)
        self._first = slice(members.start, members.start + 1)
        self._mu, self._rho, constants = model.split(parameters)
        self._gradient = torch.zeros_like(parameters)
        self._grad_mu, self._grad_rho, grad_constants = model.split(self._gradient)
        self._sigma, self._exp_rho, self._grad_sigma, self._buffer = (
            torch.empty_like(self._mu.contiguous()) for _ in range(4)
        )
        self._kl_share = model.kl_weight[members].to(parameters) / model.rows
        self._kl_over_variance = self._kl_share / model.prior_scale[members].to(parameters).square()
        # Tensors, since torch makes one of a number in each call, which takes longer than the rest of a small one.
        self._one, self._log2_e = parameters.new_ones(()), parameters.new_full((), _LOG2_E)
        self._constants = constants[..., None]
        self._grad_out = parameters.new_empty(len(parameters), model.head.width, rows)
        self._grad_raw = [block.raw(self._grad_out, grad_constants[..., None], 1) for block in self._head.blocks]
        self._batch: Batch = ()
        self._out = parameters.new_empty(0)
        self._fixed = self._head.gain is None  # the outputs are the raw values
        self._local = model.settings.estimator == "local"
        places = self._grad_mu, self._grad_sigma, rows
        self._pass: LocalPass | DrawnPass
        if self._local:
            self._pass = LocalPass(model.network, self._mu, self._buffer, *places)
        else:
            mirrored = model.settings.estimator == "antithetic"
            self._pass = DrawnPass(model.network, self._mu, self._sigma, *places, mirrored=mirrored)

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        """As `objective.Gradient` has it."""
        if batch is not self._batch:  # a table that fits into one minibatch is the same tensors every time
            seen, z = self._batch = batch
            self._seen, self._z = seen[None], [block.values(z.mT, 0) for block in self._head.blocks]
        self._update_sigma()
        if self._local:
            torch.mul(self._sigma, self._sigma, out=self._buffer)  # the variance
        self._pass.backward(self._gradient_by_out(self._pass.forward(self._seen, generator), weight))
        if self._local:
            self._grad_sigma.mul_(self._sigma).mul_(2)
        self._subtract_kl()
        torch.add(self._exp_rho, self._one, out=self._buffer)
        torch.mul(self._grad_sigma, self._exp_rho.div_(self._buffer), out=self._grad_rho)  # d sigma / d rho
        return self._gradient

    def _update_sigma(self) -> None:
        """Write e^rho and sigma = softplus(rho) = log(1 + e^rho): faster than softplus, and sigmoid for its derivative.

        Where e^rho would overflow, softplus(rho) is rho to the last digit.
        """
        torch.mul(self._rho, self._log2_e, out=self._exp_rho).clamp_(max=_LARGEST_POWER).exp2_()
        torch.maximum(torch.log1p(self._exp_rho, out=self._sigma), self._rho, out=self._sigma)

    def _gradient_by_out(self, out: Tensor, weight: Tensor) -> Tensor:
        """The gradient of the weighted log p(z|x, w) by the network's outputs; writes that by the head's constants."""
        blocks = self._head.blocks
        if out is not self._out or not self._fixed:  # a pass writes into the same tensor every time
            raw = self._head.raw(out, 1)
            self._out, self._raw = out, [block.raw(raw, self._constants, 1) for block in blocks]
        weight = weight[:, None]
        for block, values, z, into in zip(blocks, self._raw, self._z, self._grad_raw, strict=True):
            block.family.weighted_gradient(values, z, weight[..., None] if block.words else weight, into)
        if self._head.gain is not None:
            self._grad_out.mul_(self._head.gain[:, None])
        return self._grad_out

    def _subtract_kl(self) -> None:
        """Subtract the gradient of KL(q || p) times KL weight / N, where p = N(0, s^2).

        KL = sum (mu^2 + sigma^2) / 2 s^2 - log sigma + const has the derivatives mu / s^2 and sigma / s^2 - 1 / sigma.
        """
        self._grad_mu.addcmul_(self._mu, self._kl_over_variance, value=-1)
        self._grad_sigma.addcmul_(self._sigma, self._kl_over_variance, value=-1).addcdiv_(self._kl_share, self._sigma)

    def terms(self) -> Elbo:
        """As `objective.Gradient` has it."""
        model = self._model
        blocks = zip(model.head.blocks, self._raw, self._z, strict=True)
        densities = [
            block.family(*(each[:1].cpu() for each in raw)).log_prob(z.cpu()).sum(1) for block, raw, z in blocks
        ]
        q = Normal(self._mu[:1].cpu(), self._sigma[:1].cpu())
        kl = (model.divergence(q, self._first) / model.rows)[:, None]
        unweighted = set(model.settings.kl_weights) == {1.0}
        return Elbo(
            torch.stack(densities).sum(0) if len(densities) > 1 else densities[0],
            kl,
            None if unweighted else kl - self._kl_share[:1].cpu() * model.rows * kl,
        )
