"""The variational auto-encoder with a hidden z: q(z|x), p(x|z), p(z), and what is made of them.

Inside, columns are in the units of their families. Public methods say where they take or return units of the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import torch
from torch import Generator, Tensor

from aevb_cli.core import likelihoods as columns
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.calibration.robust import floored
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.rows import Batch, sample, spaced, total
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.base import Distribution, Family
from aevb_cli.core.families.columns import Columns
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.latent import prior
from aevb_cli.core.latent.cells import Cells, units
from aevb_cli.core.latent.entry import Entry
from aevb_cli.core.latent.networks import Networks, Parts
from aevb_cli.core.latent.start import first
from aevb_cli.core.mixture import Mixture, Predictor
from aevb_cli.core.networks.mlp import fill
from aevb_cli.core.training.objective import Elbo
from aevb_cli.model_settings import LatentSettings
from aevb_cli.settings import ColumnFamilies

INDICATORS = 100
"""The most columns of which every one has an input that tells whether its cell is there. Of more columns only those
have it that lack cells in the table: the first layer would become twice as large."""

_SCORED = 1000
"""Held-out rows, or draws of z for fewer of them, of which a window is scored: it must not take as long as itself."""

_MOST_DRAWS = 8


@dataclass(frozen=True)
class LatentVae:
    """A VAE whose z is hidden (KW section 3 and appendix C; Kingma & Welling 2014).

    x: D columns; z: J latent variables. likelihoods: the families of p(x|z), by column; features: from the table's
    units to the families'; entry: from these to what the encoder sees.
    parameters: (1, P): the encoder, the decoder, the families' constants, and the prior's pseudo-inputs.
    recalibration: of the bands of missing cells, (M, 1), from held-out rows' cells of all columns of numbers.
    log_jacobian: what turns a mean log-density of the training rows per unit of the families into one per unit of x.
    """

    settings: LatentSettings
    inputs: Inputs
    likelihoods: Columns
    features: Scaling
    entry: Entry
    parameters: Tensor = field(repr=False)
    recalibration: Recalibration = field(repr=False)
    log_jacobian: float = 0.0
    targets: ClassVar[None] = None
    guarantee: ClassVar[None] = None

    @classmethod
    def initial(
        cls,
        settings: LatentSettings,
        x: Tensor,
        z: None,
        members: int,
        generator: Generator,
        categories: Sequence[int] | None = None,
        families: ColumnFamilies | None = None,
    ) -> "LatentVae":
        """Fit scaling and likelihoods to the table and draw the first weights.

        x: (N, D) in units, words as codes, NaN where missing; z, members: nothing and 1; categories: (D,), the number
        of words of each column, None where all are numbers; families: those that are given.
        """
        del z, members
        categories, families = categories or (0,) * x.shape[1], families or ColumnFamilies()
        likelihoods = columns.choose(x, categories, families.features, families.levels)
        features = Scaling.fit(x, units=units(likelihoods.families)).counted_from(families.levels)
        own = features.standardise(sample(x))
        entry = Entry.fit(own, likelihoods)
        inputs = Inputs.fit(x, _Seen(features, entry), categories)
        if x.shape[1] <= INDICATORS:
            inputs = replace(inputs, masked=(True,) * x.shape[1], stand_ins=((),) * x.shape[1])
        shift = float(total(x, lambda part: features.log_slopes(part).nansum())) / len(x)
        empty = cls(settings, inputs, likelihoods, features, entry, torch.empty(0), Recalibration.none(1), shift)
        return replace(empty, parameters=first(empty.networks, likelihoods, inputs, entry, own, generator)[None])

    @cached_property
    def networks(self) -> Networks:
        """The shapes of its networks."""
        return Networks(self.settings, self.inputs.width, self.likelihoods.width, self.likelihoods.constants)

    @property
    def parts(self) -> Parts:
        """The parameters by part."""
        return self.networks.parts(self.parameters[0])

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the hidden variables, z1, z2, ...."""
        return tuple(f"z{number + 1}" for number in range(self.settings.latent))

    @property
    def target_families(self) -> tuple[Family, ...]:
        """None: z is hidden."""
        return ()

    def named(self) -> dict[str, Tensor]:
        """The parameters as named views: `encoder.0.weight` (1, in, out) and so on."""
        return self.networks.named(self.parameters)

    def filled(self, tensors: dict[str, Tensor]) -> "LatentVae":
        """The model with its parameters taken from named tensors; KeyError or ValueError where they do not fit."""
        model = replace(self, parameters=torch.zeros(1, sum(self.networks.sizes)))
        fill(model.named(), tensors)
        return model

    @cached_property
    def cells(self) -> Cells:
        """What turns the table's units into those of the families."""
        return Cells(self.features, self.likelihoods, torch.tensor(self.inputs.categories) > 0)

    def binarised(self, own: Tensor, generator: Generator | None = None) -> Tensor:
        """Grey levels drawn as 0 or 1, where that is asked for, as `Cells.binarised` has it. own: (N, D)."""
        return self.cells.binarised(own, generator) if self.settings.binarise else own

    def batch(self, x: Tensor, z: None = None) -> Batch:
        """Rows in the units of the families. x: (N, D)."""
        del z
        return (self.own(x),)

    def own(self, x: Tensor) -> Tensor:
        """Rows in the units of the families, NaN for missing cells and words that did not train. x: (N, D).

        What a column cannot hold counts as the nearest that it can: a level beyond the last one, a share of a count.
        """
        return self.cells.own(x)

    def log_slopes(self, x: Tensor) -> Tensor:
        """What turns a row's log-density per unit of the families into one per unit of x. x: (N, D). Returns (N,)."""
        return self.features.log_slopes(x).nansum(1)

    def in_units(self, p: Distribution) -> Distribution:
        """A distribution of columns in the table's units, but for the lowest level, `lowest`, of which it is one above.

        p: (..., D) in the families' units.
        """
        return self.features.in_units(p)

    @cached_property
    def lowest(self) -> Tensor:
        """The lowest level of columns of levels, 0 of others. (D,)."""
        return torch.where(torch.tensor(self.likelihoods.standardised), 0, self.features.loc)

    def encode(self, own: Tensor) -> Normal:
        """q(z|x) of rows in the families' units, (N, D), whose missing cells are not seen. Returns (N, J)."""
        return self.encoded(self.inputs(self.entry.near(own)))

    def encoded(self, seen: Tensor) -> Normal:
        """q(z|x) of the encoder's inputs, (N, width). Returns (N, J)."""
        return self.networks.encode(self.parts, seen)

    @property
    def components(self) -> Normal | None:
        """q(z|u) of the pseudo-inputs, (U, J), of the parameters as they are; None where the prior is N(0, I)."""
        return self.encoded(self.parts.pseudo_inputs.cpu()) if self.settings.pseudo_inputs else None

    def decode(self, z: Tensor) -> Distribution:
        """p(x|z) in the families' units. z: (..., J). Returns (..., D)."""
        parts = self.parts
        return self.likelihoods(self.networks.decode(parts, z), parts.constants.cpu())

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) in nats. z: (..., J)."""
        return prior.log_prob(z, self.components)

    def posterior(self, x: Tensor) -> Normal:
        """q(z|x). x: (N, D) in units. Returns (N, J)."""
        return self.encode(self.own(x)).map(Tensor.double)

    def drawn(self, draws: int, generator: Generator) -> Predictor:
        """q(z|x) as a mixture of one component; cells that are missing are not seen."""
        del draws, generator

        def predict(x: Tensor) -> Mixture:
            return Mixture(self.posterior(x).map(lambda each: each[None]))

        return Predictor(predict, predict, lambda x: torch.zeros(len(x), dtype=torch.bool))

    def elbo(self, batch: Batch, generator: Generator) -> Elbo:
        """The terms of rows, one draw of z each, (1, N), in nats per unit of the families."""
        own = self.binarised(batch[0])
        q = self.encode(own)
        z = q.rsample(1, generator)
        kl = q.log_prob(z).sum(-1) - self.log_prior(z) if self.components else q.kl_to_standard().sum(-1)[None]
        return Elbo(columns.log_prob(self.decode(z), own).sum(-1), kl)

    def bound(self, batch: Batch, generator: Generator) -> float:
        """The mean ELBO in nats per row and unit of x."""
        return float(self.elbo(batch, generator).elbo.mean()) + self.log_jacobian

    def score(self, batch: Batch, left_out: Tensor, generator: Generator) -> Tensor:
        """The mean bound of held-out rows, of few from several draws of z each, in nats per row and unit of x.

        left_out: (1, M).
        """
        rows = batch[0][left_out[0]]
        some = (rows[spaced(len(rows), _SCORED)],)
        count = max(1, min(_MOST_DRAWS, _SCORED // len(rows)))
        draws = torch.stack([self.elbo(some, generator).elbo[0] for _ in range(count)])
        return floored(draws.mean(0)).mean() + self.log_jacobian

    def final_score(self, batch: Batch, left_out: Tensor) -> float:
        """As `score`."""
        return float(self.score(batch, left_out, Generator().manual_seed(0)))

    def finished(self, batch: Batch, left_out: Tensor) -> tuple["LatentVae", None]:
        """The model as it is: a hidden z has no target that could be calibrated."""
        del batch, left_out
        return self, None

    def recalibrated(self, pit: Tensor) -> "LatentVae":
        """The model with the bands of missing cells recalibrated by held-out cells' transforms, (M, 1)."""
        return replace(self, recalibration=Recalibration.of(pit))

    def coverage(self, level: float) -> Tensor:
        """The coverage to expect of the bands of missing cells, cross-validated on held-out rows. Returns (1,)."""
        return self.recalibration.expected(level)


@dataclass(frozen=True)
class _Seen:
    """From the table's units to what the encoder sees, as `Inputs` has it."""

    features: Scaling
    entry: Entry

    def standardise(self, values: Tensor) -> Tensor:
        """Of values in units, (..., D)."""
        return self.entry(self.features.standardise(values))
