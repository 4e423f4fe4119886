"""The Bayesian neural network: q(w), p(w), its ELBO, and draws of w.

Everything inside is standardised; a model turns units into standardised values at its doors and back.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration import Stacking, mixed, stack
from aevb_cli.core.distributions import Normal, positive
from aevb_cli.core.elbo import Batch, Elbo
from aevb_cli.core.inputs import Inputs
from aevb_cli.core.networks import VariationalMLP
from aevb_cli.core.predictive import Predictor
from aevb_cli.core.scaling import Scaling
from aevb_cli.settings import BnnSettings

FIRST_SPREAD = 0.05
"""The first standard deviation of a weight, over the square root of its layer's fan-in."""

HELD_OUT_DRAWS = 20


@dataclass(frozen=True)
class Bnn:
    """K mean-field networks z = f(x; w) + noise, q(w) = N(mu, diag softplus(rho)^2) (report section 2.1; Blundell).

    x: D columns; z: J targets. The noise's scale is an output of the network (KG eq. 8), or learned and constant.
    The networks come in groups, one for each KL weight, as many in each.
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
    calibration: Stacking = field(repr=False)

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
        features, targets = Scaling.fit(x, torch.tensor(categories) > 0), Scaling.fit(z)
        inputs = Inputs.fit(features.standardise(x), categories, settings.bins, settings.frequencies)
        none = Stacking.none(len(settings.kl_weights), z.shape[1])
        empty = cls(settings, inputs, features, targets, members, len(x), torch.empty(0), none)
        mu = empty.network.initial(members, inputs(features.standardise(x[:1])), generator)
        rho = torch.empty_like(mu)
        for weight, bias in empty.network.split(rho):
            first = math.log(math.expm1(FIRST_SPREAD / math.sqrt(weight.shape[1])))  # softplus turns it into the sd
            weight.fill_(first)
            bias.fill_(first)
        noise = torch.zeros(members, z.shape[1])
        flat = torch.cat([mu.flatten(), rho.flatten(), noise.flatten()])
        return replace(empty, parameters=flat.requires_grad_())

    @property
    def network(self) -> VariationalMLP:
        """x -> mean of z and, where the noise depends on x, its raw scale."""
        outputs = 1 if self.settings.noise_model == "constant" else 2
        sizes = (self.inputs.width, *self.settings.hidden, outputs * len(self.targets.loc))
        return VariationalMLP(sizes, activation=self.settings.activation)

    @property
    def log_jacobian(self) -> float:
        """Of z: what turns a density per standardised unit into one per unit, in nats per row."""
        return float(self.targets.log_jacobian)

    @cached_property
    def prior_scale(self) -> Tensor:
        """The prior's standard deviation of each weight, (size,)."""
        scale = torch.full((1, self.network.size), self.settings.prior_scale)
        if self.settings.prior == "fan-in":
            for weight, _ in self.network.split(scale):
                weight.mul_((2 / weight.shape[1]) ** 0.5)
        return scale[0]

    @cached_property
    def kl_weight(self) -> Tensor:
        """Each member's weight of the divergence, (K, 1)."""
        groups = len(self.settings.kl_weights)
        weights = torch.tensor(self.settings.kl_weights)
        return weights.repeat_interleave(-(-self.members // groups))[: self.members, None]

    def weights(self) -> tuple[Tensor, Tensor, Tensor]:
        """Views of the flat parameters: mu and rho (K, size), the constant noise's raw scale (K, 1, J)."""
        size = self.members * self.network.size
        mu, rho, noise = self.parameters.split([size, size, self.members * len(self.targets.loc)])
        return mu.view(self.members, -1), rho.view(self.members, -1), noise.view(self.members, 1, -1)

    def named(self) -> dict[str, Tensor]:
        """The parameters as named views: `mu.0.weight` (K, in, out) and so on."""
        mu, rho, noise = self.weights()
        return self.network.named(mu, "mu") | self.network.named(rho, "rho") | {"noise": noise}

    def filled(self, tensors: dict[str, Tensor]) -> "Bnn":
        """The model with its parameters taken from named tensors; KeyError or RuntimeError where they do not fit."""
        size = self.members * (2 * self.network.size + len(self.targets.loc))
        whole = replace(self, parameters=torch.zeros(size))
        for name, view in whole.named().items():
            view.copy_(tensors[name])
        return replace(whole, parameters=whole.parameters.requires_grad_())

    def batch(self, x: Tensor, z: Tensor) -> Batch:
        """Standardised rows x (N, D) and z (N, J), and what the networks see of x (N, width)."""
        rows = self.features.standardise(x)
        return rows, self.targets.standardise(z), self.inputs(rows)

    def likelihood(self, out: Tensor, noise: Tensor) -> Normal:
        """p(z|x, w) from a network's output. out: (K, N, J or 2J); noise: (K, 1, J). Returns loc, scale (K, N, J)."""
        if self.settings.noise_model == "constant":
            return Normal(out, positive(noise).expand_as(out))
        loc, raw = out.chunk(2, -1)
        return Normal(loc, positive(raw))

    def elbo(self, batch: Batch, generator: Generator) -> Elbo:
        """E_q log p(z|x, w) by local reparameterisation, and each row's share of KL(q(w) || p(w)). Terms (K, M)."""
        _, z, seen = batch
        mu, rho, noise = self.weights()
        sigma = torch.nn.functional.softplus(rho)
        out = self.network.sampled(mu, sigma.square(), seen[None], generator)
        log_likelihood = self.likelihood(out, noise).log_prob(z).sum(-1)
        share = (self.divergence(mu, sigma) / self.rows)[:, None].expand_as(log_likelihood)
        exact = set(self.settings.kl_weights) == {1.0}
        return Elbo(log_likelihood, share, None if exact else (1 - self.kl_weight) * share)

    def divergence(self, mu: Tensor, sigma: Tensor) -> Tensor:
        """KL(q(w) || p(w)) of each network, summed over its weights, in nats. (K, size) -> (K,)."""
        return Normal(mu / self.prior_scale, sigma / self.prior_scale).kl_to_standard().sum(-1)

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        """The log-likelihood of left-out rows at the noise's best factor, in nats per row."""
        _, z, seen = batch
        mu, rho, noise = self.weights()
        variance = torch.nn.functional.softplus(rho).square()
        p = self.likelihood(self.network.sampled(mu, variance, seen[None], generator), noise)
        squares = ((z - p.loc) / p.scale).square()
        factor = torch.stack([each[left_out].mean().sqrt() for each in squares.unbind(-1)])
        return Normal(p.loc, p.scale * factor).log_prob(z).sum(-1)[left_out].mean()

    def finished(self, batch: Batch, left_out: Tensor) -> tuple["Bnn", Tensor, Normal]:
        """The members that predict, stacked; the left-out rows' places (M,) and calibrated mixture (S, M, J)."""
        groups = len(self.settings.kl_weights)
        kept = groups * self.settings.members
        of_group = left_out.view(groups, -1, left_out.shape[1])
        rows = of_group.any(1).all(0).nonzero()[:, 0]
        draws = self._held_out(batch[2][rows], of_group[:, :, rows].float().argmax(1))
        stacking = stack(draws, batch[1][rows], self.settings.members)
        parts = [part.detach()[:kept].flatten() for part in self.weights()]
        flat = torch.cat(parts).requires_grad_()
        return replace(self, members=kept, parameters=flat, calibration=stacking), rows, mixed(draws, stacking)

    def _held_out(self, seen: Tensor, place: Tensor) -> Normal:
        """Draws of the members that have not seen a row. seen: (M, width); place: (C, M), in a group. (C, S, M, J)."""
        mu, rho, noise = (part.detach() for part in self.weights())
        sigma, generator = torch.nn.functional.softplus(rho), Generator().manual_seed(0)
        groups = len(place)
        member = place + torch.arange(groups)[:, None] * (self.members // groups)
        row, draws = torch.arange(len(seen)), []
        for _ in range(HELD_OUT_DRAWS):
            weights = mu + sigma * torch.randn(mu.shape, generator=generator)
            with torch.no_grad():
                p = self.likelihood(self.network(weights, seen[None]), noise)
            draws.append((p.loc[member, row], p.scale[member, row]))
        loc, scale = (torch.stack(part, 1) for part in zip(*draws, strict=True))
        return Normal(loc, scale)

    def drawn(self, draws: int, generator: Generator) -> Predictor:
        """Draw w from q for good, "each a new neural network" (report section 2.1): the groups' share by their weights.

        Returns a function from x (N, D) in units to p(z|x, w): loc, scale (S, N, J) in units.
        """
        mu, rho, noise = (part.detach() for part in self.weights())
        size, shares = self.settings.members, self.calibration.spread(draws).tolist()
        group = torch.arange(len(shares)).repeat_interleave(torch.tensor(shares))
        member = torch.cat([place * size + torch.arange(n) * size // n for place, n in enumerate(shares) if n])
        eps = torch.randn(draws, mu.shape[1], generator=generator)
        weights = mu[member] + torch.nn.functional.softplus(rho[member]) * eps
        count = torch.zeros(self.members, 1, 1).index_add_(0, member, torch.ones(draws, 1, 1))
        noise_factor, spread = (each[group][:, None] for each in (self.calibration.noise, self.calibration.epistemic))

        def predict(x: Tensor) -> Normal:
            with torch.no_grad():
                seen = self.inputs(self.features.standardise(x))
                p = self.likelihood(self.network(weights, seen[None]), noise[member])
                centre = torch.zeros(self.members, *p.loc.shape[1:]).index_add_(0, member, p.loc) / count.clamp(min=1)
                loc = centre[member] + spread * (p.loc - centre[member])
            return Normal(self.targets.restore(loc), self.targets.restore_scale(p.scale * noise_factor))

        return predict
