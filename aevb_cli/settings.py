"""All settings and their defaults. Option help, model files and code read them from here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Process = Literal["report", "factor", "tfp"]
Likelihood = Literal["gaussian", "laplace", "logistic", "student-t", "bernoulli", "categorical"]
Missing = Literal["error", "drop", "impute"]
Unseen = Literal["error", "missing"]
PlotKind = Literal["auto", "elbo", "calibration"]
Noise = Literal["normal", "laplace", "student-t", "logistic", "uniform"]


@dataclass(frozen=True)
class SimulationSettings:
    """A simulation: the report's Algorithm 2 or another process. None: the process's own value."""

    n: int = 150
    seed: int = 0
    process: Process = "report"
    noise: Noise = "normal"
    df: float = 5.0
    w0: float | None = None
    b0: float | None = None
    low: float | None = None
    high: float | None = None
    standardise: bool = True


@dataclass(frozen=True)
class Column:
    """A column of a table: a number, or (where `categories` is not empty) one of several words."""

    name: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingSettings:
    """How a model is trained (report, Algorithm 1). patience: iterations without gain that end a stage; 0: none do.

    held_out: whether members leave out rows, on which convergence is assessed and scales are calibrated.
    """

    seed: int = 0
    max_iterations: int = 3000
    patience: int = 400
    batch_size: int = 256
    learning_rate: float = 0.003
    held_out: bool = True


LARGEST_BATCH = 1 << 20
"""The most rows of a minibatch; also the number of rows of a larger table that are shuffled together."""


@dataclass(frozen=True)
class VaeSettings:
    """A variational auto-encoder. latent: hidden variables, where no column is a target; alpha: of log q(z|x)."""

    kind: ClassVar[str] = "vae"
    networks: ClassVar[int] = 1
    hidden: tuple[int, ...] = (25, 25)
    dropout: float = 0.25
    decoder_hidden: int = 25
    latent: int = 2
    samples: int = 1
    alpha: float = 10.0


NoiseModel = Literal["input", "constant"]
Activation = Literal["leaky-relu", "gelu"]
Prior = Literal["unit", "fan-in"]
Estimator = Literal["local", "shared"]
Recipe = Literal["tuned", "report"]


@dataclass(frozen=True)
class BnnSettings:
    """An ensemble of Bayesian neural networks; the defaults are the report's single network.

    members: networks for each of `kl_weights`; prior "fan-in": weights N(0, 2 prior_scale^2 / fan_in) instead of
    N(0, prior_scale^2); bins, frequencies: of the encodings of numbers, 0: none; encoding_kl: members with a larger KL
    weight have a prior on the encodings' weights that is narrower by the factor encoding_kl / KL weight, 0: none has;
    estimator: whether training draws the weights for each row ("local") or once for a minibatch ("shared");
    guarantee: conformal intervals, where there are enough members and held-out rows.
    """

    kind: ClassVar[str] = "bnn"
    hidden: tuple[int, ...] = (25, 25)
    members: int = 1
    noise_model: NoiseModel = "input"
    kl_weights: tuple[float, ...] = (1.0,)
    prior: Prior = "unit"
    prior_scale: float = 1.0
    activation: Activation = "leaky-relu"
    bins: int = 0
    frequencies: int = 0
    encoding_kl: float = 0.0
    estimator: Estimator = "local"
    guarantee: bool = False

    @property
    def networks(self) -> int:
        """The number of networks that predict, of all KL weights."""
        return self.members * len(self.kl_weights)


LARGE = 3000
"""Rows from which on an ensemble has fewer and wider members, trained for longer, and holds out a single fold."""


def ensemble_for(rows: int, members: int | None = None, recipe: Recipe | None = None) -> BnnSettings:
    """Return the settings for a table of so many rows. members: for each KL weight; 1 selects the report's recipe.

    >>> small, large = ensemble_for(150), ensemble_for(5000)
    >>> small.members * len(small.kl_weights), small.hidden
    (80, (50, 50, 50))
    >>> large.members * len(large.kl_weights), large.hidden
    (12, (100, 100, 100))
    >>> ensemble_for(150, members=1) == BnnSettings()
    True
    """
    if (recipe or ("report" if members == 1 else "tuned")) == "report":
        return BnnSettings(members=members or 1)
    large = rows >= LARGE
    return BnnSettings(
        hidden=(100,) * 3 if large else (50,) * 3,
        members=members or (4 if large else 20),
        kl_weights=(0.1, 0.03, 0.01) if large else (0.3, 0.1, 0.03, 0.01),
        prior="fan-in",
        activation="gelu",
        bins=32 if large else 8,
        frequencies=3,
        encoding_kl=0.01,
        guarantee=rows >= GUARANTEED,
    )


GUARANTEED = 500
"""Rows from which conformal intervals are the default. With fewer, few members are blind to a row: they overshoot."""

MANY = 10
"""Members of a group from which on each is trained for fewer iterations, since averaging reduces their errors."""


def ensemble_training_for(rows: int, members: int) -> TrainingSettings:
    """Return how that ensemble is trained: one cycle of the learning rate, without early stopping."""
    if rows >= LARGE:
        return TrainingSettings(max_iterations=6000, patience=0, batch_size=200, learning_rate=0.01)
    iterations = 1200 if members >= MANY else 2000
    return TrainingSettings(max_iterations=iterations, patience=0, batch_size=100, learning_rate=0.01)


ENSEMBLE_TRAINING = ensemble_training_for(1, MANY)
"""An ensemble's training on a small table: the defaults shown before the rows are counted."""

REPORT_ROWS = 150
"""Rows of the report's table. Larger tables get wider networks, less dropout and more iterations."""


def width_for(rows: int) -> int:
    """Return a hidden layer's default width for a table of so many rows.

    >>> [width_for(rows) for rows in (10, 150, 1000, 100_000)]
    [25, 25, 53, 256]
    """
    return min(256, max(25, round(25 * math.pow(rows / REPORT_ROWS, 0.4))))


def dropout_for(rows: int) -> float:
    """Return the default dropout rate for a table of so many rows: more data need less regularisation.

    >>> [round(dropout_for(rows), 3) for rows in (10, 150, 1000, 100_000)]
    [0.25, 0.25, 0.097, 0.01]
    """
    return 0.25 * min(1.0, math.sqrt(REPORT_ROWS / rows))


def iterations_for(rows: int) -> int:
    """Return the default limit on iterations for a table of so many rows.

    >>> [iterations_for(rows) for rows in (10, 150, 1000, 100_000)]
    [3000, 3000, 7745, 20000]
    """
    return int(min(20_000, max(3000, 3000 * math.sqrt(rows / REPORT_ROWS))))


@dataclass
class Running:
    """How this process runs. ends_at_once: it exits without a teardown (`app.main`)."""

    ends_at_once: bool = False


PROCESS = Running()

DRAWS, INTERVAL, IMPORTANCE_SAMPLES = 1000, 0.9, 100
"""Draws of the weights (S), the level of intervals, and draws of z for log p(x) of a row."""

SUFFIX = ".safetensors"  # of a model file's name

PLOT_ROWS, CHUNK_ROWS = 2000, 9216
"""The most training rows that a model file holds for its pictures, and rows that `predict` holds in memory at once."""


@dataclass(frozen=True)
class ColumnFamilies:
    """The families given for columns, by index. A target without one is Gaussian; a feature's type decides for it."""

    features: Mapping[int, Likelihood] = field(default_factory=dict)
    targets: Mapping[int, Likelihood] = field(default_factory=dict)

    def of_targets(self, count: int) -> tuple[Likelihood, ...]:
        """Each target's family."""
        return tuple(self.targets.get(place, "gaussian") for place in range(count))


@dataclass(frozen=True)
class ColumnRequest:
    """The options that choose features and targets. missing: what to do where a feature's cell is empty.

    hidden: z is hidden, and by default every column is a feature, the last too; known: leave out rows whose target is
    not known; group: a column, whose equal cells keep rows together; together: so do equal features (False: format 4).
    """

    target: Sequence[str] | None
    features: Sequence[str] | None
    missing: Missing
    hidden: bool = False
    known: bool = False
    group: str | None = None
    together: bool = True


@dataclass(frozen=True)
class TrainingRequest:
    """All options of a training, with which it can be resumed.

    data: the table's path, "-" for stdin, empty for a table in memory; likelihood: NAME=KIND for some columns.
    """

    settings: VaeSettings | BnnSettings
    training: TrainingSettings
    columns: ColumnRequest
    data: str
    separator: str | None
    likelihood: tuple[str, ...] = ()
