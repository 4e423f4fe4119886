"""From a training's options to its full request, with the defaults that depend on the table.

An option that is None was not given.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aevb_cli import places, tables
from aevb_cli.defaults import (
    ENSEMBLE_TRAINING,
    GUARANTEED,
    dropout_for,
    ensemble_for,
    ensemble_training_for,
    iterations_for,
    latent_batch_for,
    latent_for,
    width_for,
)
from aevb_cli.errors import UsageError
from aevb_cli.model_settings import (
    Binarisation,
    BnnSettings,
    Estimator,
    LatentPrior,
    LatentSettings,
    NoiseModel,
    Recipe,
    VaeSettings,
)
from aevb_cli.settings import AS_FOUND, PLOT_ROWS, ColumnRequest, ReadOptions, TrainingRequest, TrainingSettings
from aevb_cli.tables import Table
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.likelihoods import are_classes


@dataclass(frozen=True)
class VaeOptions:
    """The options of a variational auto-encoder and of its training."""

    hidden: Sequence[int] | None = None
    decoder_hidden: Sequence[int] | None = None
    dropout: float | None = None
    latent: int | None = None
    samples: int = VaeSettings.samples
    alpha: float | None = None
    guarantee: bool | None = None
    prior: LatentPrior | None = None
    importance: int | None = None
    binarise: Binarisation | None = None
    seed: int = TrainingSettings.seed
    max_iterations: int | None = None
    patience: int = TrainingSettings.patience
    batch_size: int | None = None
    learning_rate: float = TrainingSettings.learning_rate
    held_out: bool = True
    keep_rows: int = PLOT_ROWS

    def settings(self, table: TrainingTable) -> VaeSettings | LatentSettings:
        """The model's settings for a table; UsageError for an option that this model does not have."""
        rows = len(table.features)
        if self.latent is not None:
            return self._of_latent(table.features)
        self._refuse("--latent", prior=self.prior, importance=self.importance, binarise=self.binarise)
        return VaeSettings(
            tuple(self.hidden or (width_for(rows),) * 2),
            dropout_for(rows) if self.dropout is None else self.dropout,
            tuple(self.decoder_hidden or VaeSettings.decoder_hidden),
            self.samples,
            VaeSettings.alpha if self.alpha is None else self.alpha,
            rows >= GUARANTEED if self.guarantee is None else self.guarantee,
        )

    def _of_latent(self, features: Table) -> LatentSettings:
        """The settings of a model with a hidden z."""
        self._refuse("--target", alpha=self.alpha, guarantee=self.guarantee)
        rows, columns = features.values.shape
        gaps = 1 - sum(extent.known for extent in features.extent) / (rows * columns)
        default = latent_for(rows, columns, self.latent or 1, self.prior, gaps=gaps)
        return replace(
            default,
            hidden=tuple(self.hidden or default.hidden),
            decoder_hidden=tuple(self.decoder_hidden or default.decoder_hidden),
            dropout=default.dropout if self.dropout is None else self.dropout,
            samples=self.samples,
            importance=self.importance or default.importance,
            binarise=self.binarise is not None,
        )

    def _refuse(self, other: str, **given: object) -> None:
        """Raise UsageError for an option that only goes with another one."""
        for name, value in given.items():
            if value is not None:
                raise UsageError(f"--{name}: it goes with {other} only. Leave it out, or give that one.")

    def training(self, rows: int) -> TrainingSettings:
        """The training's settings for a table of so many rows."""
        iterations = self.max_iterations or iterations_for(rows)
        batch = TrainingSettings.batch_size if self.latent is None else latent_batch_for(rows)
        return TrainingSettings(
            self.seed, iterations, self.patience, self.batch_size or batch, self.learning_rate, self.held_out
        )


@dataclass(frozen=True)
class BnnOptions:
    """The options of an ensemble of Bayesian neural networks and of its training. kl_weight: one or several."""

    recipe: Recipe | None = None
    members: int | None = None
    noise_model: NoiseModel = BnnSettings.noise_model
    kl_weight: Sequence[float] | None = None
    prior_scale: float = BnnSettings.prior_scale
    estimator: Estimator | None = None
    guarantee: bool | None = None
    hidden: Sequence[int] | None = None
    seed: int = ENSEMBLE_TRAINING.seed
    max_iterations: int | None = None
    patience: int | None = None
    batch_size: int | None = None
    learning_rate: float = ENSEMBLE_TRAINING.learning_rate
    held_out: bool = True
    keep_rows: int = PLOT_ROWS

    def settings(self, table: TrainingTable) -> BnnSettings:
        """The model's settings for a table."""
        rows, classes = len(table.features), are_classes(table)
        words = [len(column.categories) for column in table.features.columns]
        default = ensemble_for(
            rows, self.members, self.recipe, self.kl_weight, classes=classes, numbers=words.count(0), words=sum(words)
        )
        return replace(
            default,
            hidden=tuple(self.hidden or default.hidden),
            noise_model=self.noise_model,
            prior_scale=self.prior_scale,
            estimator=self.estimator or default.estimator,
            guarantee=default.guarantee if self.guarantee is None else self.guarantee,
        )

    def training(self, rows: int) -> TrainingSettings:
        """The training's settings for a table of so many rows."""
        default = ensemble_training_for(rows)
        return TrainingSettings(
            self.seed,
            self.max_iterations or default.max_iterations,
            self.patience or 0,
            self.batch_size or default.batch_size,
            self.learning_rate,
            self.held_out,
            default.while_gaining and self.patience is None,
        )


def training_request(
    options: VaeOptions | BnnOptions,
    table: TrainingTable,
    columns: ColumnRequest,
    data: Sequence[str],
    read: ReadOptions = AS_FOUND,
    likelihood: Sequence[str] | None = None,
) -> TrainingRequest:
    """The full request for a table. data: its paths, "-" for stdin, none for a table in memory."""
    settings, training = options.settings(table), options.training(len(table.features))
    paths = tables.ordered(data) if table.sampled else data
    return TrainingRequest(
        settings,
        training,
        columns,
        tuple(map(places.without_secrets, paths)),
        read,
        tuple(likelihood or ()),
        table.sampled,
        options.keep_rows,
    )


_FAR_BEYOND = 2
"""How many times as many rows as training looks at a table has that is sampled unless told otherwise."""


def sample(options: VaeOptions | BnnOptions, rows: int | None) -> tables.Sample | None:
    """The rows to draw of a table; None where all are wanted. rows: how many are asked for, 0 for all, None: not told.

    Unless told otherwise, as many as the longest training looks at: each minibatch holds new rows, until all were seen.
    With fewer iterations than the default there are as many, so that a training can go on.
    """
    if rows is not None:
        return tables.Sample(rows, options.seed) if rows else None
    longest = [each.training(sys.maxsize) for each in (options, replace(options, max_iterations=None))]
    looked_at = max(each.max_iterations * each.batch_size for each in longest)
    return tables.Sample(looked_at, options.seed, _FAR_BEYOND * looked_at)
