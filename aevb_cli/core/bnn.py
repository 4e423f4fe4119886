"""The Bayesian neural network: q(w), p(w), its ELBO, and draws of w.

Everything inside is standardised; a model turns units into standardised values at its doors and back.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration import judge, noise_factor
from aevb_cli.core.distributions import Normal, positive
from aevb_cli.core.elbo import Batch, Elbo
from aevb_cli.core.inputs import Inputs
from aevb_cli.core.networks import VariationalMLP
from aevb_cli.core.predictive import Predictor
from aevb_cli.core.scaling import Scaling
from aevb_cli.settings import BnnSettings

FIRST_SPREAD = 0.05
"""The first standard deviation of a weight, over the square root of its layer's fan-in."""

HELD_OUT_DRAWS = 50


@dataclass(frozen=True)
class Bnn:
    """K mean-field networks z = f(x; w) + noise, q(w) = N(mu, diag softplus(rho)^2) (report section 2.1; Blundell).

    x: D columns; z: J targets. The noise's scale is an output of the network (KG eq. 8), or learned and constant.
    parameters: flat; mu (K, size), rho (K, size), and the constant noise's raw scale (K, J).
    rows: of the training table, over which the divergence is spread.
    """

    settings: BnnSettings
    inputs: Inputs
    features: Scaling
    targets: Scaling
    members: int
    rows: int
    parameters: Tensor = field(repr=False)
    calibration: Tensor = field(repr=False)

    @classmethod
    def initial(
        cls,
        settings: BnnSettings,
        x: Tensor,
        z: Tensor,
        members: int,
        generator: Generator,
        categories: Sequence[int] | None = None,
    ) -> "Bnn":
        """Fit the scaling to the table and draw the first weights.

        x: (N, D) and z: (N, J), in units, words as codes; categories: (D,) numbers of words, None where all columns
        are numbers.
        """
        categories = categories or (0,) * x.shape[1]
        inputs, words = Inputs.fit(x, categories), torch.tensor(categories) > 0
        features, targets = Scaling.fit(x, words), Scaling.fit(z)
        empty = cls(settings, inputs, features, targets, members, len(x), torch.empty(0), torch.ones(z.shape[1]))
        mu = empty.network.initial(members, inputs(features.standardise(x)), generator)
        rho = torch.empty_like(mu)
        for weight, bias in empty.network.split(rho):
            rho_start = inverse_softplus(FIRST_SPREAD / math.sqrt(weight.shape[1]))
            weight.fill_(rho_start)
            bias.fill_(rho_start)
        noise = torch.zeros(members, z.shape[1])
        flat = torch.cat([mu.flatten(), rho.flatten(), noise.flatten()])
        return replace(empty, parameters=flat.requires_grad_())

    @property
    def network(self) -> VariationalMLP:
        """x -> mean of z and, where the noise depends on x, its raw scale."""
        outputs = 1 if self.settings.noise_model == "constant" else 2
        return VariationalMLP((self.inputs.width, *self.settings.hidden, outputs * len(self.calibration)))

    @property
    def log_jacobian(self) -> float:
        """Of z: what turns a density per standardised unit into one per unit, in nats per row."""
        return float(self.targets.log_jacobian)

    def weights(self) -> tuple[Tensor, Tensor, Tensor]:
        """Views of the flat parameters: mu and rho (K, size), the constant noise's raw scale (K, 1, J)."""
        size = self.members * self.network.size
        mu, rho, noise = self.parameters.split([size, size, self.members * len(self.calibration)])
        return mu.view(self.members, -1), rho.view(self.members, -1), noise.view(self.members, 1, -1)

    def named(self) -> dict[str, Tensor]:
        """The parameters as named views: `mu.0.weight` (K, in, out) and so on."""
        mu, rho, noise = self.weights()
        return self.network.named(mu, "mu") | self.network.named(rho, "rho") | {"noise": noise}

    def filled(self, tensors: dict[str, Tensor]) -> "Bnn":
        """The model with its parameters taken from named tensors; KeyError or RuntimeError where they do not fit."""
        size = self.members * (2 * self.network.size + len(self.calibration))
        whole = replace(self, parameters=torch.zeros(size))
        for name, view in whole.named().items():
            view.copy_(tensors[name])
        return replace(whole, parameters=whole.parameters.requires_grad_())

    def batch(self, x: Tensor, z: Tensor) -> Batch:
        """Standardised rows: x (N, D) and z (N, J)."""
        return self.features.standardise(x), self.targets.standardise(z)

    def likelihood(self, out: Tensor, noise: Tensor) -> Normal:
        """p(z|x, w) from a network's output. out: (K, N, J or 2J); noise: (K, 1, J). Returns loc, scale (K, N, J)."""
        if self.settings.noise_model == "constant":
            return Normal(out, positive(noise).expand_as(out))
        loc, raw = out.chunk(2, -1)
        return Normal(loc, positive(raw))

    def elbo(self, batch: Batch, generator: Generator) -> Elbo:
        """E_q log p(z|x, w) by local reparameterisation, and each row's share of KL(q(w) || p(w)). Terms (K, M)."""
        x, z = batch
        mu, rho, noise = self.weights()
        sigma = torch.nn.functional.softplus(rho)
        out = self.network.sampled(mu, sigma.square(), self.inputs(x)[None], generator)
        log_likelihood = self.likelihood(out, noise).log_prob(z).sum(-1)
        share = (self.divergence(mu, sigma) / self.rows)[:, None].expand_as(log_likelihood)
        weight = self.settings.kl_weight
        return Elbo(log_likelihood, share, None if weight == 1 else (1 - weight) * share)

    def divergence(self, mu: Tensor, sigma: Tensor) -> Tensor:
        """KL(q(w) || N(0, prior_scale^2)) of each network, summed over its weights, in nats. (K, size) -> (K,)."""
        scale = self.settings.prior_scale
        return Normal(mu / scale, sigma / scale).kl_to_standard().sum(-1)

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        """The log-likelihood of left-out rows at the noise's best factor, in nats per row."""
        x, z = batch
        p = self._sampled(x, generator)
        factor = self._misfit(p, z, left_out)
        return Normal(p.loc, p.scale * factor).log_prob(z).sum(-1)[left_out].mean()

    def finished(self, batch: Batch, left_out: Tensor) -> "Bnn":
        """The members that predict, their noise scaled to what the left-out rows make likeliest."""
        factor = noise_factor(self.held_out(batch, left_out), batch[1][judge(left_out)[0]])
        kept = [part.detach()[: self.settings.members].flatten() for part in self.weights()]
        return replace(
            self, members=self.settings.members, parameters=torch.cat(kept).requires_grad_(), calibration=factor
        )

    def held_out(self, batch: Batch, left_out: Tensor) -> Normal:
        """p(z|x, w) of each left-out row at draws of a member that has not seen it, standardised. Returns (S, M, J)."""
        rows, member = judge(left_out)
        mu, rho, noise = (part.detach() for part in self.weights())
        sigma, generator = torch.nn.functional.softplus(rho), Generator().manual_seed(0)
        place, draws = torch.arange(len(rows)), []
        for _ in range(HELD_OUT_DRAWS):
            weights = mu + sigma * torch.randn(mu.shape, generator=generator)
            with torch.no_grad():
                p = self.likelihood(self.network(weights, self.inputs(batch[0][rows])[None]), noise)
            draws.append((p.loc[member, place], p.scale[member, place]))
        loc, scale = (torch.stack(part) for part in zip(*draws, strict=True))
        return Normal(loc, scale)

    def _sampled(self, x: Tensor, generator: Generator) -> Normal:
        mu, rho, noise = self.weights()
        with torch.no_grad():
            variance = torch.nn.functional.softplus(rho).square()
            return self.likelihood(self.network.sampled(mu, variance, self.inputs(x)[None], generator), noise)

    def _misfit(self, p: Normal, z: Tensor, left_out: Tensor) -> Tensor:
        """The root mean square of standardised residuals over left-out rows, (J,)."""
        squares = ((z - p.loc) / p.scale).square()
        return torch.stack([each[left_out].mean().sqrt() for each in squares.unbind(-1)])

    def drawn(self, draws: int, generator: Generator) -> Predictor:
        """Draw w from q for good, "each a new neural network" (report section 2.1), evenly over the members.

        Returns a function from x (N, D) in units to p(z|x, w): loc, scale (S, N, J) in units.
        """
        mu, rho, noise = (part.detach() for part in self.weights())
        member = torch.arange(draws) * self.members // draws
        eps = torch.randn(draws, mu.shape[1], generator=generator)
        weights = mu[member] + torch.nn.functional.softplus(rho[member]) * eps

        def predict(x: Tensor) -> Normal:
            with torch.no_grad():
                p = self.likelihood(
                    self.network(weights, self.inputs(self.features.standardise(x))[None]), noise[member]
                )
            scale = self.targets.restore_scale(p.scale * self.calibration)
            return Normal(self.targets.restore(p.loc), scale)

        return predict


def inverse_softplus(value: float) -> float:
    """The raw number that softplus turns into `value`."""
    return math.log(math.expm1(value))
