"""The Bayesian neural network: q(w), p(w), its ELBO, and draws of w.

Inside, all values are standardised. Public methods say where they take or return units.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.held_out import FEW_DRAWS, HELD_OUT_DRAWS, blind_draws, judged, rows_of, stacked
from aevb_cli.core.bnn.predictive import DrawnNetworks, drawn_weights
from aevb_cli.core.bnn.prior import encoding_factors, first_weights, prior_sd
from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.diverged import diverged
from aevb_cli.core.calibration.held_out import HeldOut
from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.calibration.robust import floored
from aevb_cli.core.calibration.stacking import FEW, Stacking, cross_fitted, stacked_score
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.rows import Batch
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.data.unknown import UnknownCells
from aevb_cli.core.families.base import Distribution, Family
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.head import Head
from aevb_cli.core.mixture import Predictor
from aevb_cli.core.networks.mlp import VariationalMLP, fill
from aevb_cli.model_settings import BnnSettings
from aevb_cli.settings import ColumnFamilies

BOUND_DRAWS = 20
"""Draws of the weights for the ELBO of a finished model."""


@dataclass(frozen=True)
class Bnn:
    """K mean-field networks z = f(x; w) + noise, q(w) = N(mu, diag softplus(rho)^2) (report section 2.1; Blundell).

    x: D columns; z: J targets, each of a family. The noise's scale is an output of the network (KG eq. 8), or a learned
    constant, as are a family's other parameters.
    The networks form groups of equal size, one for each KL weight.
    head: the targets' families; parameters: (K, P), for each member mu (size), rho (size), and the head's constants.
    rows: N of the training table; each row's share of the KL is 1/N.
    """

    settings: BnnSettings
    inputs: Inputs
    features: Scaling
    targets: Scaling
    head: Head
    members: int
    rows: int
    parameters: Tensor = field(repr=False)
    calibration: Stacking = field(repr=False)
    recalibration: Recalibration = field(repr=False)
    guarantee: ConformalIntervals | None = field(default=None, repr=False)

    @classmethod
    def initial(
        cls, settings: BnnSettings, x: Tensor, z: Tensor, members: int, generator: Generator,
        categories: Sequence[int] | None = None, families: ColumnFamilies | None = None,
        words: Sequence[int] | None = None,
    ) -> "Bnn":  # fmt: skip
        """Fit the scaling to the table and draw the first weights.

        x: (N, D) and z: (N, J), in units, words as codes; categories, words: (D,) and (J,), the number of words of each
        column, None where all are numbers; families: of the targets, None where all are Gaussian.
        """
        categories, words = categories or (0,) * x.shape[1], words or (0,) * z.shape[1]
        names = (families or ColumnFamilies()).of_targets(z.shape[1])
        head = Head.named(names, words, location_only=settings.noise_model == "constant")
        features = Scaling.fit(x, torch.tensor(categories) > 0)
        targets = Scaling.fit(z, units=[family.unit for family in head.families])
        head, constants = head.fitted(targets.standardise(z))
        inputs = Inputs.fit(x, features, categories, settings.bins, max(settings.frequencies, default=0))
        uncalibrated = Stacking.none(len(settings.kl_weights), z.shape[1]), Recalibration.none(z.shape[1])
        empty = cls(settings, inputs, features, targets, head, members, len(x), torch.empty(0), *uncalibrated)
        seen = inputs(features.standardise(x[:1]))
        mu, rho = first_weights(settings, empty.network, inputs, empty.group, seen, generator)
        return replace(empty, parameters=torch.cat([mu, rho, constants.expand(members, -1)], 1))

    @property
    def network(self) -> VariationalMLP:
        """From x to the head's raw outputs: locations and, where the noise depends on x, raw scales."""
        sizes = (self.inputs.width, *self.settings.hidden, self.head.width)
        return VariationalMLP(sizes, activation=self.settings.activation)

    @property
    def log_jacobian(self) -> float:
        """What turns a log-density of z per standardised unit into one per unit, in nats per row."""
        return float(self.targets.log_jacobian)

    @cached_property
    def group(self) -> Tensor:
        """Each member's group, (K,)."""
        groups = len(self.settings.kl_weights)
        return torch.arange(groups).repeat_interleave(-(-self.members // groups))[: self.members]

    @cached_property
    def kl_weight(self) -> Tensor:
        """Each member's KL weight, (K, 1)."""
        return torch.tensor(self.settings.kl_weights)[self.group, None]

    @cached_property
    def prior_scale(self) -> Tensor:
        """The prior's standard deviation of each weight, (K, size)."""
        return prior_sd(self.settings, self.network, encoding_factors(self.settings, self.inputs, self.group))

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of hidden variables: none."""
        return ()

    def split(self, parameters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Views of rows (K, P) as mu and rho (K, size), and the head's raw constants (K, C)."""
        size = self.network.size
        mu, rho, constants = parameters.split([size, size, self.head.constants], 1)
        return mu, rho, constants

    def q(self) -> tuple[Normal, Tensor]:
        """q(w) of each member's weights, (K, size), and the head's raw constants (K, 1, C), on the CPU."""
        mu, rho, constants = self.split(self.parameters)
        return Normal(mu, torch.nn.functional.softplus(rho)), constants[:, None].cpu()

    def named(self) -> dict[str, Tensor]:
        """The parameters as named views: `mu.0.weight` (K, in, out) and so on; `constants` (K, C)."""
        mu, rho, constants = self.split(self.parameters)
        weights = self.network.named(mu, "mu") | self.network.named(rho, "rho")
        return weights | ({"constants": constants} if self.head.constants else {})

    def filled(self, tensors: dict[str, Tensor]) -> "Bnn":
        """The model with its parameters taken from named tensors; KeyError or ValueError where they do not fit."""
        model = replace(self, parameters=torch.zeros(self.members, 2 * self.network.size + self.head.constants))
        fill(model.named(), tensors)
        return model

    def batch(self, x: Tensor, z: Tensor) -> Batch:
        """The networks' inputs (N, width), and standardised z (N, J). x: (N, D) and z: (N, J), in units."""
        return self.inputs(self.features.standardise(x)), self.targets.standardise(z)

    def divergence(self, q: Normal, members: slice = slice(None)) -> Tensor:
        """KL(q(w) || p(w)) of some members, summed over their weights, in nats. q: (K', size). Returns (K',)."""
        prior = self.prior_scale[members]
        return Normal(q.location / prior, q.scale / prior).kl_to_standard().sum(-1)

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        """The mean log-likelihood of held-out rows at the best noise factor, in nats per row. left_out: (K, M)."""
        rows, own = rows_of(left_out)
        seen, z = (each[rows] for each in batch)
        q, constants = self.q()
        p = self.head(self.network(q.rsample(1, generator)[0], seen), constants)
        factor = p.noise_factor(z, own[..., None].expand_as(z))
        return floored(p.moved(p.coordinates, factor).log_prob(z).sum(-1)[own]).mean()

    def final_score(self, batch: Batch, left_out: Tensor) -> float:
        """The score of the stacked prediction of held-out rows, in nats per row. left_out: (K, M)."""
        return stacked_score(self._judged(batch, left_out, FEW_DRAWS)[0], batch[1])

    def blind(self, batch: Batch, left_out: Tensor) -> Distribution:
        """Stacked predictions of held-out rows by members and a stacking that have not seen them, (S, M, J)."""
        return cross_fitted(self._judged(batch, left_out)[0], batch[1], FEW)

    def bound(self, batch: Batch, generator: Generator) -> float:
        """The first member's bound on log p(z|x), in nats per row and unit of z, by BOUND_DRAWS draws."""
        q, constants = replace(self, parameters=self.parameters[:1]).q()
        draws = q.rsample(BOUND_DRAWS, generator)
        p = self.head(self.network(draws[:, 0], batch[0][None]), constants)
        return float(p.log_prob(batch[1]).sum(-1).mean() - self.divergence(q, slice(1)) / self.rows) + self.log_jacobian

    def finished(self, batch: Batch, left_out: Tensor) -> tuple["Bnn", HeldOut]:
        """The members that predict, stacked, and the predictions of held-out rows.

        batch: rows that some member left out; left_out: (K, M) of bool, by which members.
        """
        groups, size = len(self.settings.kl_weights), self.settings.members
        (draws, sound), z, guarantee = self._judged(batch, left_out), batch[1], None
        stacking, held_out = stacked(draws, z, self.calibration, size)
        if self.settings.guarantee and size > 1:
            guarantee = ConformalIntervals.fit(held_out.blind, z, left_out[:size].float().argmax(0))
        parameters = self.parameters.view(groups, -1, self.parameters.shape[1])[:, :size].flatten(0, 1).clone()
        wide = stacking.widened(sound)
        kept = replace(self, members=groups * size, parameters=parameters, calibration=wide, guarantee=guarantee)
        return kept, held_out

    def recalibrated(self, pit: Tensor) -> "Bnn":
        """The model with intervals recalibrated by held-out rows' probability integral transforms, (M, J)."""
        return replace(self, recalibration=Recalibration.of(pit, self.head.are("class")))

    def coverage(self, level: float) -> Tensor:
        """The coverage to expect of intervals of this level, cross-validated on held-out rows. Returns (J,)."""
        found = self.recalibration.expected(level)
        if self.guarantee is None:
            return found
        return torch.where(torch.tensor(self.head.are("number")), self.guarantee.expected(level), found)

    @property
    def target_families(self) -> tuple[Family, ...]:
        """The targets' families, (J,)."""
        return self.head.families

    def diverged(self, batch: Batch) -> bool:
        """Whether a network of each group that would predict has diverged, as rows tell."""
        wrong = diverged(self._at_means(batch[0]), batch[1]).view(len(self.settings.kl_weights), -1)
        return bool(wrong[:, : self.settings.members].any(1).all())

    def without(self) -> tuple[float, ...]:
        """The KL weights whose networks do not predict, as they have diverged or lost what others have learned."""
        weights = self.calibration.weights.tolist()
        return tuple(kl for kl, weight in zip(self.settings.kl_weights, weights, strict=True) if weight == 0)

    def _at_means(self, seen: Tensor) -> Distribution:
        """Predictions by the means of all members' weights, (K, M, J). seen: (M, width)."""
        q, constants = self.q()
        return self.head(self.network(q.location, seen[None]), constants)

    def _judged(self, batch: Batch, left_out: Tensor, most: int = HELD_OUT_DRAWS) -> tuple[Distribution, Tensor]:
        """Draws for held-out rows of the groups that may predict; and which groups these are. left_out: (K, M)."""
        groups, single = len(self.settings.kl_weights), self.settings.members == 1
        sound, left_out = judged(self._at_means(batch[0]), batch[1], left_out, groups, single=single)
        draws = self._held_out_draws(batch[0], left_out, most)
        return draws if sound.all() else draws.map(lambda each: each[sound]), sound

    def _held_out_draws(self, seen: Tensor, left_out: Tensor, most: int = HELD_OUT_DRAWS) -> Distribution:
        """Draws of the members that have not seen a row: `blind_draws`. seen: (M, width); left_out: (K, M)."""
        (q, constants), groups = self.q(), len(self.settings.kl_weights)
        generator, alike = Generator().manual_seed(0), left_out[self.group == 0]  # in every group
        return blind_draws(
            lambda rows: self.head(self.network(q.rsample(1, generator)[0], seen[rows]), constants), alike, groups, most
        )

    def drawn(self, draws: int, generator: Generator) -> Predictor:
        """Draw w from q, "each a new neural network" (report section 2.1), of each group as its stacking weight asks.

        Returns a function from x (N, D) in units to the mixture of p(z|x, w) over these draws.
        """
        q, constants = self.q()
        size, shares = self.settings.members, self.calibration.spread(draws).tolist()
        group = torch.arange(len(shares)).repeat_interleave(torch.tensor(shares))
        member = torch.cat([place * size + torch.arange(n) * size // n for place, n in enumerate(shares) if n])
        weights, leader = drawn_weights(q, member, self.network.trunk_size, self.settings.sharing, generator)
        guarantee = self.guarantee and self.guarantee.of(member % size % self.guarantee.folds)
        inner = UnknownCells(self.inputs), self.features, self.targets, self.network, self.head
        outer = self.calibration, CalibratedIntervals(self.recalibration, guarantee)
        networks = DrawnNetworks(*inner, weights, constants[member], member, group, size, leader, *outer)
        return Predictor(networks.known, networks.marginal, networks.unknown.rows)
