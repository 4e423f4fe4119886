"""The variational auto-encoder whose z are columns: q(z|x), p(x|z), p(z), and the objective for z observed in part.

Inside, all values are standardised. Public methods say where they take or return units.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import torch
from torch import Generator, Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.diverged import diverged
from aevb_cli.core.calibration.held_out import HeldOut
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.calibration.robust import floored
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.rows import Batch, known, sample
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.data.unknown import UnknownCells
from aevb_cli.core.families.base import Distribution, Family
from aevb_cli.core.families.columns import Columns
from aevb_cli.core.mixture import Predictor
from aevb_cli.core.networks.mlp import MLP, fill
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.vae.held_out import judges
from aevb_cli.core.vae.predictive import of_members, predictor
from aevb_cli.core.vae.terms import Posterior, terms
from aevb_cli.model_settings import VaeSettings
from aevb_cli.settings import ColumnFamilies


@dataclass(frozen=True)
class Vae:
    """K VAEs whose z has a N(0, I) prior (KW section 3 and appendix C.2; report section 2).

    x: D columns; z: J latent variables, which are the targets, and observed where they are known.
    likelihoods: the families of p(x|z), by column; posteriors: those of q(z|x), all of location and scale.
    parameters: (K, P), for each member the encoder's networks for mu and for sigma, the decoder, and the constants of
    posteriors and likelihoods.
    The first member predicts; with a guarantee the others, which left out a fold each, give its intervals.
    calibration: (J,), noise factors on sigma, fitted to held-out rows.
    known: (D,), each column's share of present cells in the training rows; None: all are present.
    """

    settings: VaeSettings
    inputs: Inputs
    likelihoods: Columns
    posteriors: Columns
    features: Scaling
    targets: Scaling
    members: int
    parameters: Tensor = field(repr=False)
    calibration: Tensor = field(repr=False)
    recalibration: Recalibration = field(repr=False)
    guarantee: ConformalIntervals | None = field(default=None, repr=False)
    known: Tensor | None = field(default=None, repr=False)

    @classmethod
    def initial(
        cls,
        settings: VaeSettings,
        x: Tensor,
        z: Tensor,
        members: int,
        generator: Generator,
        categories: Sequence[int] | None = None,
        families: ColumnFamilies | None = None,
    ) -> "Vae":
        """Fit scaling and likelihoods to the table and draw the first weights.

        x: (N, D) and z: (N, J), in units, words as codes; categories: (D,), the number of words of each column,
        None where all are numbers; families: those that are given.
        """
        categories, families = categories or (0,) * x.shape[1], families or ColumnFamilies()
        likelihoods = columns.choose(x, categories, families.features)
        features = Scaling.fit(x, ~torch.tensor(likelihoods.standardised))
        latent = z.shape[1]
        posteriors = Columns.named(families.of_targets(latent), (0,) * latent)
        targets = Scaling.fit(z, units=[family.unit for family in posteriors.families])
        inputs = Inputs.fit(x, features, categories)
        uncalibrated = torch.ones(latent), Recalibration.none(latent)
        empty = cls(
            settings, inputs, likelihoods, posteriors, features, targets, members, torch.empty(0), *uncalibrated,
            known=known(x) / len(x),
        )  # fmt: skip
        seen = inputs(features.standardise(sample(x)))
        rows = torch.randn(len(seen), latent, generator=generator)
        encoder = empty.encoder.initial(2 * members, seen, generator)
        decoder = empty.decoder.initial(members, rows, generator)
        constants = torch.cat([posteriors.start, likelihoods.start]).expand(members, -1)
        return replace(empty, parameters=torch.cat([encoder.view(members, -1), decoder, constants], 1))

    @property
    def encoder(self) -> MLP:
        """The shape of both networks of the encoder: from x to mu, and from x to the raw sigma."""
        return MLP((self.inputs.width, *self.settings.hidden, len(self.calibration)), self.settings.dropout)

    @property
    def decoder(self) -> MLP:
        """From z to the raw values of the columns' distributions."""
        return MLP((len(self.calibration), *self.settings.decoder_hidden, self.likelihoods.width))

    @property
    def log_jacobian(self) -> float:
        """What turns a log-density of x per standardised unit into one per unit, in nats per row.

        Missing cells have no density, so each column counts by its share of present cells.
        """
        if self.known is None:
            return float(self.features.log_jacobian)
        return -float(self.known.double() @ self.features.scale.log())

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of hidden variables: none."""
        return ()

    @property
    def sizes(self) -> list[int]:
        """The numbers of parameters: of the networks for mu and sigma, the decoder, and both kinds of constants."""
        encoder = self.encoder.size
        return [encoder, encoder, self.decoder.size, self.posteriors.constants, self.likelihoods.constants]

    def split(self, parameters: Tensor) -> tuple[Tensor, ...]:
        """Views of rows (K, P) as the parts that `sizes` counts."""
        return parameters.split(self.sizes, 1)

    def member(self, number: int) -> "Vae":
        """One of the K models by itself."""
        return replace(self, members=1, parameters=self.parameters[number : number + 1].clone())

    def named(self) -> dict[str, Tensor]:
        """The parameters as named views: `mu.0.weight` (K, in, out) and so on; `constants` (K, C)."""
        mu, sigma, decoder, *_ = self.split(self.parameters)
        encoder = self.encoder.named(mu, "mu") | self.encoder.named(sigma, "sigma")
        constants = self.parameters[:, sum(self.sizes[:3]) :]
        networks = encoder | self.decoder.named(decoder, "decoder")
        return networks | ({"constants": constants} if constants.numel() else {})

    def filled(self, tensors: dict[str, Tensor]) -> "Vae":
        """The model with its parameters taken from named tensors; KeyError or ValueError where they do not fit."""
        model = replace(self, parameters=torch.zeros(self.members, sum(self.sizes)))
        fill(model.named(), tensors)
        return model

    def batch(self, x: Tensor, z: Tensor) -> Batch:
        """Standardised rows: x (N, D), then z (N, J) with NaN where it is not known."""
        return self.features.standardise(x), self.targets.standardise(z)

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x) with location mu(x) and scale sigma(x), standardised. x: (N, D). Returns (K, N, J)."""
        mu, sigma, _, constants, _ = self.split(self.parameters)
        seen = self.inputs(x)[None]
        return self.posteriors.of((self.encoder(mu, seen), self.encoder(sigma, seen)), constants[:, None].cpu())

    def decode(self, z: Tensor) -> Distribution:
        """p(x|z), standardised. z: (..., K, N, J); its shape is (..., K, N, D)."""
        lead, (members, rows, latent) = z.shape[:-3], z.shape[-3:]
        stacked = z.reshape(-1, members, rows, latent).transpose(0, 1).reshape(members, -1, latent)
        _, _, decoder, _, constants = self.split(self.parameters)
        out = self.decoder(decoder, stacked).unflatten(1, (-1, rows)).transpose(0, 1)
        return self.likelihoods(out.reshape(*lead, members, rows, -1), constants[:, None].cpu())

    def bound(self, batch: Batch, generator: Generator) -> float:
        """The first member's bound on log p(x) without dropout, in nats per row and unit of x."""
        return float(self.member(0).elbo(batch, generator).elbo.mean()) + self.log_jacobian

    def elbo(self, batch: Batch, generator: Generator) -> Elbo:
        """The terms of rows at the parameters as they are, without dropout. (K, N), nats per standardised unit."""
        q = self.encode(batch[0])
        return terms(batch, q, q.rsample(self.settings.samples, generator), self.decode, self.settings.alpha)

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        """The mean calibrated log q(z|x) of held-out rows with a known z, in nats per row.

        left_out: (K, M) of bool, which member holds out which row.
        """
        del generator
        x, z = batch
        q, total = self.encode(x), torch.zeros(())
        known = left_out[..., None] & ~z.isnan()
        calibrated = q.at(q.location, q.noise_factor(z, known))
        for density, present in zip(calibrated.log_prob(z).unbind(-1), known.unbind(-1), strict=True):
            total = total + floored(density[present]).mean().nan_to_num()
        return total

    def final_score(self, batch: Batch, left_out: Tensor) -> float:
        """As `score`. left_out: (K, M)."""
        return float(self.score(batch, left_out, Generator().manual_seed(0)))

    def finished(self, batch: Batch, left_out: Tensor) -> tuple["Vae", HeldOut]:
        """The members that are kept, with the noise factor fitted to held-out rows, and the predictions of these rows.

        A row is predicted by a member that left it out, with the same factor: (1, M, J). batch: rows that some member
        left out; left_out: (K, M) of bool, by which members.
        """
        x, z = batch
        q, row = self.encode(x), torch.arange(len(x))
        left_out = judges(q, z, left_out)
        member, factor, guarantee = left_out.float().argmax(0), self.calibration, None
        if len(x):
            factor = q.noise_factor(z, left_out[..., None] & ~z.isnan())
        held_out = q.map(lambda each: each[member, row][None])
        held_out = held_out.at(held_out.location, factor)
        if self.settings.guarantee and member.all():
            known = ~z.isnan().any(1)
            seen = held_out.map(lambda each: each[:, known])
            guarantee = of_members(ConformalIntervals.fit(seen, z[known], member[known] - 1))
        kept = self if guarantee else self.member(0)
        return replace(kept, calibration=factor, guarantee=guarantee), HeldOut(held_out)

    def diverged(self, batch: Batch) -> bool:
        """Whether the network that predicts has diverged, as rows with a known z tell."""
        known = ~batch[1].isnan().any(1)
        return bool(diverged(self.member(0).encode(batch[0][known]), batch[1][known]))

    def recalibrated(self, pit: Tensor) -> "Vae":
        """The model with intervals recalibrated by held-out rows' probability integral transforms, (M, J)."""
        return replace(self, recalibration=Recalibration.of(pit))

    @property
    def target_families(self) -> tuple[Family, ...]:
        """The targets' families, (J,)."""
        return self.posteriors.families

    def coverage(self, level: float) -> Tensor:
        """The coverage to expect of intervals of this level, cross-validated on held-out rows. Returns (J,)."""
        return (self.guarantee or self.recalibration).expected(level)

    def posterior(self, x: Tensor) -> Posterior:
        """q(z|x) of the first member, calibrated, in the targets' units. x: (N, D). Returns (N, J)."""
        return self._calibrated(x).map(lambda each: each[0])

    def _calibrated(self, x: Tensor) -> Posterior:
        """q(z|x) of every member, calibrated, in the targets' units. x: (N, D). Returns (K, N, J)."""
        q = self.encode(self.features.standardise(x))
        q = q.at(q.location, self.calibration)
        return cast(Posterior, self.targets.in_units(q))

    def drawn(self, draws: int, generator: Generator) -> Predictor:
        """q(z|x) as a mixture of one component: the weights are point estimates, so all draws are the same."""
        del draws, generator
        return predictor(UnknownCells(self.inputs), self.features, self._calibrated, self.recalibration, self.guarantee)
