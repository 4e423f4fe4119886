"""The variational auto-encoder: q(z|x), p(x|z), p(z), and the objective for z hidden, observed or observed in part.

Everything inside is standardised; a model turns units into standardised values at its doors and back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.held_out import HeldOut
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.rows import Batch, known, sample
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.gaussian import Normal, positive, standard_normal_log_prob
from aevb_cli.core.mixture import Predictive, Predictor
from aevb_cli.core.networks.mlp import MLP
from aevb_cli.core.training import folds
from aevb_cli.core.training.folds import LeftOut
from aevb_cli.core.training.objective import Elbo
from aevb_cli.core.vae.columns import Columns, Likelihoods
from aevb_cli.settings import Likelihood, VaeSettings


@dataclass(frozen=True)
class Vae:
    """K Gaussian VAEs whose latent z has a N(0, I) prior (KW section 3 and appendix C.2; report section 2).

    x: D columns; z: J latent variables. With `targets` (J columns) z stands for those columns and may be observed.
    parameters: (K, P), for each member the encoder's two networks, of mu and of sigma, then the decoder.
    calibration: (J,), what the held-out rows say sigma has to be multiplied with.
    known: (D,), the share of the training rows in which a column's cell is there; all, where it is not told.
    """

    settings: VaeSettings
    inputs: Inputs
    likelihoods: Likelihoods
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
        told: Mapping[int, Likelihood] | None = None,
    ) -> "Vae":
        """Fit scaling and likelihoods to the table and draw the first weights.

        x: (N, D) and z: (N, J) or None, in units, words as codes; categories: (D,) numbers of words, None where all
        columns are numbers; told: likelihoods by the column's place, where its type does not tell.
        """
        categories = categories or (0,) * x.shape[1]
        likelihoods = Likelihoods.fit(x, categories, told or {})
        features = Scaling.fit(x, ~torch.tensor(likelihoods.gaussian))
        targets, latent = (None, settings.latent) if z is None else (Scaling.fit(z), z.shape[1])
        inputs = Inputs.fit(x, features, categories)
        nothing, ones, there = torch.empty(0), torch.ones(latent), known(x) / len(x)
        empty = cls(settings, inputs, likelihoods, features, targets, members, nothing, ones, there)
        seen = inputs(features.standardise(sample(x)))
        rows = torch.randn(len(seen), latent, generator=generator)
        encoder = empty.encoder.initial(2 * members, seen, generator)
        decoder = empty.decoder.initial(members, rows, generator)
        return replace(empty, parameters=torch.cat([encoder.view(members, -1), decoder], 1))

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

    def split(self, parameters: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Views of rows (K, P) as the networks of mu and of sigma (K, size), and the decoder (K, size)."""
        encoder = self.encoder.size
        mu, sigma, decoder = parameters.split([encoder, encoder, self.decoder.size], 1)
        return mu, sigma, decoder

    def member(self, number: int) -> "Vae":
        """One of the K models on its own."""
        return replace(self, members=1, parameters=self.parameters[number : number + 1].clone())

    def named(self) -> dict[str, Tensor]:
        """The parameters as named views: `mu.0.weight` (K, in, out) and so on."""
        mu, sigma, decoder = self.split(self.parameters)
        encoder = self.encoder.named(mu, "mu") | self.encoder.named(sigma, "sigma")
        return encoder | self.decoder.named(decoder, "decoder")

    def filled(self, tensors: dict[str, Tensor]) -> "Vae":
        """The model with its parameters taken from named tensors; KeyError or RuntimeError where they do not fit."""
        whole = replace(self, parameters=torch.zeros(self.members, 2 * self.encoder.size + self.decoder.size))
        for name, view in whole.named().items():
            view.copy_(tensors[name])
        return whole

    def batch(self, x: Tensor, z: Tensor | None) -> Batch:
        """Standardised rows: x (N, D), then z (N, J) with NaN where it is not known, if there are targets."""
        standardised = self.features.standardise(x)
        if self.targets is None or z is None:
            return (standardised,)
        return standardised, self.targets.standardise(z)

    def encode(self, x: Tensor) -> Normal:
        """q(z|x) = N(mu(x), diag sigma(x)^2), standardised. x: (N, D). Returns loc, scale (K, N, J)."""
        mu, sigma, _ = self.split(self.parameters)
        seen = self.inputs(x)[None]
        return Normal(self.encoder(mu, seen), positive(self.encoder(sigma, seen)))

    def decode(self, z: Tensor) -> Columns:
        """p(x|z), standardised. z: (..., K, N, J); the columns' log_prob is (..., K, N, D)."""
        lead, (members, rows, latent) = z.shape[:-3], z.shape[-3:]
        stacked = z.reshape(-1, members, rows, latent).transpose(0, 1).reshape(members, -1, latent)
        out = self.decoder(self.split(self.parameters)[2], stacked)
        return Columns(self.likelihoods, out.unflatten(1, (-1, rows)).transpose(0, 1).reshape(*lead, members, rows, -1))

    def elbo(self, batch: Batch, generator: Generator) -> Elbo:
        """The terms of rows at the parameters as they are, without dropout. (K, N), nats per standardised unit."""
        q = self.encode(batch[0])
        return self.terms(batch, q, q.rsample(self.settings.samples, generator), self.decode)

    def terms(self, batch: Batch, q: Normal, z: Tensor, decode: Callable[[Tensor], Columns]) -> Elbo:
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
        for column, factor in enumerate(self._misfit(q, observed[0], left_out)):
            known = left_out & ~observed[0][:, column].isnan()
            calibrated = Normal(q.loc[..., column], q.scale[..., column] * factor)
            total = total + calibrated.log_prob(observed[0][:, column])[known].mean().nan_to_num()
        return total

    def finished(self, batch: Batch, left_out: Tensor) -> tuple["Vae", HeldOut]:
        """The first member, its sigma scaled so that the left-out rows' standardised residuals have unit variance.

        Also q(z|x) for each of these rows by a member that has not seen it, as calibrated (1, M, J). batch: rows that
        some member left out; left_out: (K, M), by whom.
        """
        x, *observed = batch
        q, row, member = self.encode(x), torch.arange(len(x)), left_out.float().argmax(0)
        factor = self._misfit(q, observed[0], left_out) if observed and len(x) else self.calibration
        held_out = Normal(q.loc[member, row][None], q.scale[member, row][None] * factor)
        return replace(self.member(0), calibration=factor), HeldOut(held_out, held_out)

    def recalibrated(self, pit: Tensor) -> "Vae":
        """The same: its intervals are those of q(z|x), whose sigma the left-out rows have scaled."""
        del pit
        return self

    def coverage(self, level: float) -> None:
        """Nothing but what the left-out rows' own intervals hold."""
        del level

    def _misfit(self, q: Normal, observed: Tensor, left_out: Tensor) -> Tensor:
        """The root mean square of (z - mu)/sigma over left-out rows: the maximum-likelihood factor on sigma. (J,)."""
        known = left_out[..., None] & ~observed.isnan()
        squares = torch.where(known, ((observed.nan_to_num() - q.loc) / q.scale).square(), 0).sum((0, 1))
        return torch.where(known.any(1).any(0), (squares / known.sum((0, 1)).clamp(min=1)).sqrt(), 1.0)

    def posterior(self, x: Tensor) -> Normal:
        """q(z|x) of the first member, calibrated, in the targets' units. x: (N, D). Returns loc, scale (N, J)."""
        q = self.encode(self.features.standardise(x))
        loc, scale = q.loc[0], q.scale[0] * self.calibration
        if self.targets is None:
            return Normal(loc.double(), scale.double())
        return self.targets.restore_normal(Normal(loc, scale))

    def drawn(self, draws: int, generator: Generator) -> Predictor:
        """q(z|x) as a mixture of one: the weights are point estimates, no draw differs from another."""
        del draws, generator

        def predict(x: Tensor) -> Predictive:
            q = self.posterior(x)
            return Predictive(Normal(q.loc[None], q.scale[None]))

        return predict

    def reconstruct(self, x: Tensor) -> Tensor:
        """E(x|z) at the first member's posterior mean, in units. x: (N, D). Returns (N, D)."""
        return self.features.restore(self.decode(self.encode(self.features.standardise(x)).loc).mean[0])

    def log_weights(self, x: Tensor, eps: Tensor) -> Tensor:
        """log p(x, z) - log q(z|x) at draws from q: their mean estimates the ELBO, their log-mean-exp log p(x).

        x: (N, D) in units; eps: (S, N or 1, J), standard normal. Returns (S, N), nats per row and unit of x, of the
        first member.
        """
        rows = self.features.standardise(x)
        q = self.encode(rows)
        z = (q.loc[0] + q.scale[0] * eps)[:, None]
        weights = (
            self.decode(z).log_prob(rows).sum(-1)
            + standard_normal_log_prob(z).sum(-1)
            - q.log_prob(z).sum(-1)
        )  # fmt: skip
        there = (~x.isnan()).double()  # a cell that is marginalised has no units
        return weights[:, 0].double() - there @ self.features.scale.log()


def leave_out(settings: VaeSettings, rows: int, generator: Generator) -> LeftOut:
    """The model sees every row; further members, of which each leaves out a fold, calibrate it."""
    del settings
    return folds.leave_out(rows, generator)


def _log_likelihood(columns: Columns, x: Tensor) -> Tensor:
    """1/L sum_l log p(x|z(l)). x: (M, D); columns: of z (..., L, K, M, J). Returns (..., K, M)."""
    return columns.log_prob(x).sum(-1).mean(-3)
