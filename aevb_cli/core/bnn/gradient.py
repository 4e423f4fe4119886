"""The gradient of the Bayesian neural network's objective, every part of it in closed form."""

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.families.gaussian import LOG_SQRT_2PI, Normal, positive
from aevb_cli.core.networks.passes import LocalPass, Pass
from aevb_cli.core.training.objective import Elbo


class BnnGradient:
    """The gradient of some members (`objective.Gradient`). Features come first: (K, ., M)."""

    def __init__(self, model: Bnn, members: slice, rows: int) -> None:
        self._model, parameters = model, model.parameters[members]
        self._first = slice(members.start, members.start + 1)
        self._mu, self._rho, self._noise = model.split(parameters)
        self._gradient = torch.zeros_like(parameters)
        self._grad_mu, self._grad_rho, self._grad_noise = model.split(self._gradient)
        self._grad_sigma, self._buffer = (torch.empty_like(self._mu.contiguous()) for _ in range(2))
        self._pull = model.kl_weight[members].to(parameters.dtype) / model.rows
        self._shrink = self._pull / model.prior_scale[members].to(parameters.dtype).square()
        self._constant = model.settings.noise_model == "constant"
        targets = len(model.targets.loc)
        self._targets = targets
        self._grad_out = parameters.new_empty(len(parameters), targets * (1 if self._constant else 2), rows)
        self._grad_loc, self._grad_raw = self._grad_out[:, :targets], self._grad_out[:, targets:]
        self._batch: Batch | None = None
        self._local = model.settings.estimator == "local"
        if self._local:
            self._at_draws = LocalPass(model.network, self._mu, self._buffer, self._grad_mu, self._grad_sigma, rows)
        else:
            self._eps = torch.empty_like(self._buffer)
            self._at_weights = Pass(model.network, self._buffer, self._grad_mu, rows, shared=True)

    def __call__(self, batch: Batch, weight: Tensor, generator: Generator) -> Tensor:
        """As `objective.Gradient` has it."""
        if batch is not self._batch:  # the whole table is the same one every time
            seen, z = self._batch = batch
            self._seen, self._z = seen[None], z.T
        self._sigma = torch.nn.functional.softplus(self._rho)
        if self._local:
            torch.mul(self._sigma, self._sigma, out=self._buffer)  # the variance
            self._at_draws.backward(self._head(self._at_draws.forward(self._seen, generator), weight))
            self._grad_sigma.mul_(self._sigma).mul_(2)
        else:
            self._eps.normal_(generator=generator)
            torch.addcmul(self._mu, self._sigma, self._eps, out=self._buffer)  # one draw of the weights
            self._at_weights.backward(self._head(self._at_weights.forward(self._seen), weight))
            torch.mul(self._grad_mu, self._eps, out=self._grad_sigma)
        self._subtract_divergence()
        torch.sigmoid(self._rho, out=self._buffer)  # d sigma / d rho
        torch.mul(self._grad_sigma, self._buffer, out=self._grad_rho)
        return self._gradient

    def _head(self, out: Tensor, weight: Tensor) -> Tensor:
        """The gradient of the weighted log N(z; loc, scale) by the network's output."""
        loc, raw = (out, self._noise[..., None]) if self._constant else out.chunk(2, 1)
        self._scale = positive(raw)
        self._residual = (self._z - loc).div_(self._scale)
        share = weight[:, None] / self._scale
        torch.mul(self._residual, share, out=self._grad_loc)
        by_scale = torch.addcmul(share, self._grad_loc, self._residual, value=-1).neg_()
        if self._constant:
            torch.mul(by_scale.sum(2), self._noise.sigmoid(), out=self._grad_noise)
        else:
            torch.mul(by_scale, raw.sigmoid(), out=self._grad_raw)
        return self._grad_out

    def _subtract_divergence(self) -> None:
        """KL(q || p) = sum (mu^2 + sigma^2) / 2 p^2 - log sigma + ..., by mu and sigma, times its weight over N."""
        self._grad_mu.addcmul_(self._mu, self._shrink, value=-1)
        self._grad_sigma.addcmul_(self._sigma, self._shrink, value=-1).addcdiv_(self._pull, self._sigma)

    def terms(self) -> Elbo:
        """As `objective.Gradient` has it."""
        model = self._model
        density = self._residual[:1].square().mul_(-0.5).sub_(self._scale[:1].log()).sub_(LOG_SQRT_2PI).sum(1)
        q = Normal(self._mu[:1], self._sigma[:1])
        share = (model.divergence(q, self._first) / model.rows)[:, None]
        exact = set(model.settings.kl_weights) == {1.0}
        return Elbo(density, share, None if exact else share - self._pull[:1] * model.rows * share)
