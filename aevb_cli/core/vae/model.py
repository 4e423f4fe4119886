"""The variational auto-encoder: q(z|x), p(x|z), p(z), and the objective for z hidden, observed or observed in part.

Everything inside is standardised; a model turns units into standardised values at its doors and back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.held_out import HeldOut
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.rows import Batch, known, sample
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.columns import Columns, JointLocationScale
from aevb_cli.core.families.gaussian import standard_normal_log_prob
from aevb_cli.core.families.location_scale import LocationScale
from aevb_cli.core.mixture import Mixture, Predict
from aevb_cli.core.networks.mlp import MLP, fill
from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.vae import columns
from aevb_cli.settings import ColumnFamilies, VaeSettings

Posterior = LocationScale | JointLocationScale


@dataclass(frozen=True)
class Vae:
    """K VAEs whose latent z has a N(0, I) prior (KW section 3 and appendix C.2; report section 2).

    x: D columns; z: J latent variables. With `targets` (J columns) z stands for those columns and may be observed.
    likelihoods: the families of p(x|z), by column; posteriors: of q(z|x), by latent variable, location-scale all.
    parameters: (K, P), for each member the encoder's two networks, of mu and of sigma, the decoder, and the posteriors'
    and the likelihoods' constants.
    calibration: (J,), what the held-out rows say sigma has to be multiplied with.
    known: (D,), the share of the training rows in which a column's cell is there; all, where it is not told.
    """

    settings: VaeSettings
    inputs: Inputs
    likelihoods: Columns
    posteriors: Columns
    features: Scaling
    targets: Scaling | None
    members: int
    parameters: Tensor = field(repr=False)
    calibration: Tensor = field(repr=False)
    known: Tensor | None = field(default=None, repr=False)

    @classmethod
    def initial(
        cls,
        settings: VaeSettings,
        x: Tensor,
        z: Tensor | None,
        members: int,
        generator: Generator,
        categories: Sequence[int] | None = None,
        families: ColumnFamilies | None = None,
    ) -> "Vae":
        """Fit scaling and likelihoods to the table and draw the first weights.

        x: (N, D) and z: (N, J) or None, in units, words as codes; categories: (D,) numbers of words, None where all
        columns are numbers; families: those that are asked for.
        """
        categories = categories or (0,) * x.shape[1]
        families = families or ColumnFamilies()
        likelihoods = columns.choose(x, categories, families.features)
        features = Scaling.fit(x, ~torch.tensor(likelihoods.standardised))
        targets, latent = (None, settings.latent) if z is None else (Scaling.fit(z), z.shape[1])
        posteriors = Columns.named(families.of_targets(latent), (0,) * latent)
        inputs = Inputs.fit(x, features, categories)
        nothing, ones, there = torch.empty(0), torch.ones(latent), known(x) / len(x)
        empty = cls(settings, inputs, likelihoods, posteriors, features, targets, members, nothing, ones, there)
        seen = inputs(features.standardise(sample(x)))
        rows = torch.randn(len(seen), latent, generator=generator)
        encoder = empty.encoder.initial(2 * members, seen, generator)
        decoder = empty.decoder.initial(members, rows, generator)
        constants = torch.cat([posteriors.start, likelihoods.start]).expand(members, -1)
        return replace(empty, parameters=torch.cat([encoder.view(members, -1), decoder, constants], 1))

    @property
    def encoder(self) -> MLP:
        """x -> mu, and x -> sigma: one shape, two networks."""
        return MLP((self.inputs.width, *self.settings.hidden, len(self.calibration)), self.settings.dropout)

    @property
    def decoder(self) -> MLP:
        """z -> what the columns' distributions need."""
        return MLP((len(self.calibration), self.settings.decoder_hidden, self.likelihoods.width))

    @property
    def log_jacobian(self) -> float:
        """Of x: what turns a density per standardised unit into one per unit, in nats per row.

        A cell that is not there has no density, and no unit.
        """
        if self.known is None:
            return float(self.features.log_jacobian)
        return -float(self.known.double() @ self.features.scale.log())

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the hidden variables z1, z2, ...; none where z is a target."""
        return () if self.targets else tuple(f"z{number + 1}" for number in range(self.settings.latent))

    @property
    def sizes(self) -> list[int]:
        """How many parameters the networks of mu and of sigma, the decoder, and both kinds of constants have."""
        encoder = self.encoder.size
        return [encoder, encoder, self.decoder.size, self.posteriors.constants, self.likelihoods.constants]

    def split(self, parameters: Tensor) -> tuple[Tensor, ...]:
        """Views of rows (K, P) as the parts that `sizes` counts."""
        return parameters.split(self.sizes, 1)

    def member(self, number: int) -> "Vae":
        """One of the K models on its own."""
        return replace(self, members=1, parameters=self.parameters[number : number + 1].clone())

    def named(self) -> dict[str, Tensor]:
        """The parameters as named views: `mu.0.weight` (K, in, out) and so on; `constants` (K, C)."""
        mu, sigma, decoder, *_ = self.split(self.parameters)
        encoder = self.encoder.named(mu, "mu") | self.encoder.named(sigma, "sigma")
        constants = self.parameters[:, sum(self.sizes[:3]) :]
        return (
            encoder | self.decoder.named(decoder, "decoder") | ({"constants": constants} if constants.numel() else {})
        )

    def filled(self, tensors: dict[str, Tensor]) -> "Vae":
        """The model with its parameters taken from named tensors; KeyError or ValueError where they do not fit."""
        whole = replace(self, parameters=torch.zeros(self.members, sum(self.sizes)))
        fill(whole.named(), tensors)
        return whole

    def batch(self, x: Tensor, z: Tensor | None) -> Batch:
        """Standardised rows: x (N, D), then z (N, J) with NaN where it is not known, if there are targets."""
        standardised = self.features.standardise(x)
        if self.targets is None or z is None:
            return (standardised,)
        return standardised, self.targets.standardise(z)

    def encode(self, x: Tensor) -> Posterior:
        """q(z|x) with location mu(x) and scale sigma(x), standardised. x: (N, D). Returns (K, N, J)."""
        mu, sigma, _, constants, _ = self.split(self.parameters)
        seen = self.inputs(x)[None]
        return self.posteriors.of((self.encoder(mu, seen), self.encoder(sigma, seen)), constants[:, None])

    def decode(self, z: Tensor) -> Distribution:
        """p(x|z), standardised. z: (..., K, N, J); its shape is (..., K, N, D)."""
        lead, (members, rows, latent) = z.shape[:-3], z.shape[-3:]
        stacked = z.reshape(-1, members, rows, latent).transpose(0, 1).reshape(members, -1, latent)
        _, _, decoder, _, constants = self.split(self.parameters)
        out = self.decoder(decoder, stacked).unflatten(1, (-1, rows)).transpose(0, 1)
        return self.likelihoods(out.reshape(*lead, members, rows, -1), constants[:, None])

    def elbo(self, batch: Batch, generator: Generator) -> Elbo:
        """The terms of rows at the parameters as they are, without dropout. (K, N), nats per standardised unit."""
        q = self.encode(batch[0])
        return self.terms(batch, q, q.rsample(self.settings.samples, generator), self.decode)

    def terms(self, batch: Batch, q: Posterior, z: Tensor, decode: Callable[[Tensor], Distribution]) -> Elbo:
        """SGVB (KW eq. 7; report eq. 7) and, for rows with an observed z, M2's terms (M2 eq. 6-9 with y replaced by z).

        batch: x (M, D), and the observed z (M, J) or nothing; q: of its rows, (K, M, J); z: drawn of it, (L, K, M, J).
        Where only some of a row's targets are known, the others are drawn from q(z|x), and the divergence counts for
        them alone. Returns (K, M) terms in nats per standardised unit.
        """
        x, *observed = batch
        kl = q.kl_to_standard()
        if not observed:
            return Elbo(_log_likelihood(decode(z), x), kl.sum(-1))
        known = ~observed[0].isnan()
        value = observed[0].nan_to_num()
        hidden, mixed = _log_likelihood(decode(torch.stack([z, torch.where(known, value, z)])), x)
        labelled = torch.where(
            known,
            standard_normal_log_prob(value) + self.settings.alpha * q.log_prob(value),
            -kl,
        )
        return Elbo(hidden, kl.sum(-1), torch.where(known.any(-1), mixed + labelled.sum(-1), 0))

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        """The calibrated log q(z|x) of left-out rows with a known z; the ELBO where z is hidden. Nats per row."""
        x, *observed = batch
        if not observed:
            return self.elbo(batch, generator).elbo[left_out].mean()
        q, total = self.encode(x), torch.zeros(())
        known = left_out[..., None] & ~observed[0].isnan()
        calibrated = q.at(q.location, q.noise_factor(observed[0], known))
        for density, there in zip(calibrated.log_prob(observed[0]).unbind(-1), known.unbind(-1), strict=True):
            total = total + density[there].mean().nan_to_num()
        return total

    def finished(self, batch: Batch, left_out: Tensor) -> tuple["Vae", HeldOut]:
        """The first member, its sigma scaled by the factor under which the left-out rows are likeliest.

        Also q(z|x) for each of these rows by a member that has not seen it, as calibrated (1, M, J). batch: rows that
        some member left out; left_out: (K, M), by whom.
        """
        x, *observed = batch
        q, row, member = self.encode(x), torch.arange(len(x)), left_out.float().argmax(0)
        factor = self.calibration
        if observed and len(x):
            factor = q.noise_factor(observed[0], left_out[..., None] & ~observed[0].isnan())
        held_out = q.map(lambda each: each[member, row][None])
        held_out = held_out.at(held_out.location, factor)
        return replace(self.member(0), calibration=factor), HeldOut(held_out, held_out)

    def recalibrated(self, pit: Tensor) -> "Vae":
        """The same: its intervals are those of q(z|x), whose sigma the left-out rows have scaled."""
        del pit
        return self

    def coverage(self, level: float) -> None:
        """Nothing but what the left-out rows' own intervals hold."""
        del level

    def posterior(self, x: Tensor) -> Posterior:
        """q(z|x) of the first member, calibrated, in the targets' units. x: (N, D). Returns (N, J)."""
        q = self.encode(self.features.standardise(x)).map(lambda each: each[0])
        q = q.at(q.location, self.calibration)
        return q.map(Tensor.double) if self.targets is None else q.affine(self.targets.loc, self.targets.scale)

    def drawn(self, draws: int, generator: Generator) -> Predict:
        """q(z|x) as a mixture of one: the weights are point estimates, no draw differs from another."""
        del draws, generator
        return lambda x: Mixture(self.posterior(x).map(lambda each: each[None]))

    def reconstruct(self, x: Tensor) -> Tensor:
        """E(x|z) at the first member's posterior mean, in units. x: (N, D). Returns (N, D)."""
        return self.features.restore(self.decode(self.encode(self.features.standardise(x)).location).mean[0])


def leave_out(settings: VaeSettings, rows: int, generator: Generator) -> LeftOut:
    """The model sees every row; further members, of which each leaves out a fold, calibrate it."""
    del settings
    return folds.leave_out(rows, generator)


def _log_likelihood(p: Distribution, x: Tensor) -> Tensor:
    """1/L sum_l log p(x|z(l)). x: (M, D); p: of z (..., L, K, M, J). Returns (..., K, M)."""
    return columns.log_prob(p, x).sum(-1).mean(-3)
