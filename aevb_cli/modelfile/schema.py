"""The header of a model file: every key with its type and bounds.

What is read may be forged. Nothing here needs torch, for `aevb inspect` does without.
"""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from aevb_cli.core.data.layout import Layout
from aevb_cli.forms import Form
from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings
from aevb_cli.settings import Column, ColumnRequest, Likelihood, ReadOptions, Taken, TrainingSettings

_LARGEST = 1e150
"""Beyond it the squares of a column's numbers are not finite."""

_LONGEST = 2**63 - 1

PREDICTED = 9
"""What the tensor `held_out.predicted` has of a row and a target: the observed value, the mean, and quantiles."""

T = TypeVar("T")
Some = Annotated[tuple[T, ...], Meta(min_length=1)]
Count = Annotated[int, Meta(ge=0, le=_LONGEST)]
Location = Annotated[float, Meta(gt=-_LARGEST, lt=_LARGEST)]
Scale = Annotated[float, Meta(gt=1 / _LARGEST, lt=_LARGEST)]
Factor = Annotated[float, Meta(ge=0, le=1e38)]
Share = Annotated[float, Meta(ge=0, le=1)]
Error = Annotated[float, Meta(ge=0)]
Level = Annotated[str, Meta(pattern=r"\A[0-9.e-]+\Z")]


class Record(Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object with these keys and no others."""


class Columns(Record, frozen=True):
    """The columns in the order of the tensor `rows`; table: what those of the training table were taken for.

    forms: how the table writes its cells, where z is hidden, else its truth values alone.
    """

    features: Some[Column]
    targets: tuple[Column, ...]
    table: tuple[Taken, ...]
    forms: tuple[Form, ...]


class Scaling(Record, frozen=True):
    """Mean and standard deviation of each column, in its unit, and the lowest and highest standardised cell.

    ends: None where all columns are standardised as they are, and in files of earlier versions.
    """

    loc: tuple[Location, ...]
    scale: tuple[Scale, ...]
    ends: tuple[tuple[Location, ...], tuple[Location, ...]] | None = None


class Scalings(Record, frozen=True):
    """Of the features, and of the targets where there are any."""

    features: Scaling
    targets: Scaling | None


class Families(Record, frozen=True):
    """The distribution of each column; features: of p(x|z), None where the model has none."""

    features: tuple[Likelihood, ...] | None
    targets: tuple[Likelihood, ...]


class Request(Record, frozen=True):
    """What training was asked for, beside its settings. data: the table's paths, - for stdin.

    sample: how many rows of the table were drawn, 0 where it was trained on all; keep_rows: the most of its rows that
    the file carries.
    """

    columns: ColumnRequest
    data: tuple[str, ...]
    read: ReadOptions
    likelihood: tuple[str, ...]
    sample: Count
    keep_rows: Count


class HeldOut(Record, frozen=True):
    """The scores of rows that no member used for them has seen, for each target. coverage: by the intervals' level.

    groups: how many of the rows are independent; the errors are standard errors, None where they are not known;
    neighbours: the correlation of the errors of neighbouring rows, None where it tells nothing. Classes have no rmse,
    but accuracy, and beside it and the log-likelihood those of the classes' shares; None for other targets.
    """

    rows: Count
    groups: Annotated[int, Meta(ge=1, le=_LONGEST)]
    rmse: list[float | None]
    rmse_error: list[Error | None] | None
    log_likelihood: list[float]
    log_likelihood_error: list[Error] | None
    neighbours: list[Annotated[float, Meta(ge=-1e9, le=1e9)]] | None
    coverage: dict[Level, list[Share]]
    accuracy: list[Share | None]
    base_accuracy: list[Share | None]
    base_log_likelihood: list[Annotated[float, Meta(le=0)] | None]


class Hidden(Record, frozen=True):
    """What rows that were left out say of a model with a hidden z.

    rows: how many; elbo, log_px, log_px_error: means over them in nats per row and unit of x, and the standard error;
    coverage: of the bands of cells that were hidden, by the bands' level; cells: how many these are, and how
    many that are independent tell a coverage as well.
    """

    rows: Count
    elbo: float
    log_px: float
    log_px_error: Error
    cells: Count
    independent_cells: Count
    coverage: dict[Level, Share]


class Units(Record, frozen=True):
    """Of each hidden variable whether the model uses it, and how many nats a row tells about it."""

    active: list[bool]
    information: list[Error]


class Result(Record, frozen=True):
    """How training ended. rows: of the table, whose SHA-256 is given; elbo: nats per row.

    hidden, units: where z is hidden, units not in files of format 4; notes: said of the table's rows and cells.
    """

    rows: Annotated[int, Meta(ge=1, le=_LONGEST)]
    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    iterations: Count
    converged: bool
    elbo: float | None
    held_out: HeldOut | None
    hidden: Hidden | None
    units: Units | None
    notes: list[str]


class Stacking(Record, frozen=True):
    """Of each group of members its weight and factors (C, J); between: (J,)."""

    weights: Some[Share]
    noise: Some[tuple[Factor, ...]]
    epistemic: Some[tuple[Factor, ...]]
    between: tuple[Factor, ...]


class Recalibration(Record, frozen=True):
    """How many held-out rows recalibrate the intervals; their numbers are the tensor `pit`."""

    rows: Annotated[int, Meta(ge=1)]


class Guarantee(Record, frozen=True):
    """How the intervals are guaranteed; the numbers are tensors."""

    method: Literal["CV+", "split conformal"]
    rows: Annotated[int, Meta(ge=1)]
    folds: Annotated[int, Meta(ge=1, le=10**4)]
    least: float = msgspec.field(name="least coverage at 0.9")


class Common(Record, frozen=True, tag_field="kind"):
    """The keys that every kind of model has."""

    versions: dict[str, str]
    columns: Columns
    scaling: Scalings
    inputs: Layout
    families: Families
    training: TrainingSettings
    request: Request
    result: Result
    recalibration: Recalibration | None
    guarantee: Guarantee | None


class VaeHeader(Common, frozen=True, tag=VaeSettings.kind):
    """The header of a variational auto-encoder. calibration: a factor on sigma for each z."""

    settings: VaeSettings
    calibration: Some[Annotated[float, Meta(gt=1e-38, le=1e38)]]


class LatentHeader(Common, frozen=True, tag=LatentSettings.kind):
    """The header of a variational auto-encoder with a hidden z.

    entry: what the encoder sees of the columns in the families' units; levels: of each column of levels how many there
    are, 0 of others.
    """

    settings: LatentSettings
    entry: Scaling
    levels: tuple[Count, ...]


class BnnHeader(Common, frozen=True, tag=BnnSettings.kind):
    """The header of an ensemble of Bayesian neural networks."""

    settings: BnnSettings
    calibration: Stacking


Header = VaeHeader | LatentHeader | BnnHeader
