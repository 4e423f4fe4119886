"""The header of a model file: every key with its type and bounds.

What is read may be forged. Nothing here needs torch, for `aevb inspect` does without.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from aevb_cli.core.data.layout import Layout
from aevb_cli.forms import Form
from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings
from aevb_cli.settings import Column, ColumnRequest, Likelihood, ReadOptions, Taken, TrainingSettings

_LARGEST = 1e150
"""Beyond it the squares of a column's numbers are not finite."""

_LONGEST = 2**63 - 1

T = TypeVar("T")
Some = Annotated[tuple[T, ...], Meta(min_length=1)]
Count = Annotated[int, Meta(ge=0, le=_LONGEST)]
Location = Annotated[float, Meta(gt=-_LARGEST, lt=_LARGEST)]
Scale = Annotated[float, Meta(gt=1 / _LARGEST, lt=_LARGEST)]
Factor = Annotated[float, Meta(ge=0, le=1e38)]
Share = Annotated[float, Meta(ge=0, le=1)]
Error = Annotated[float, Meta(ge=0)]


class Record(Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object with these keys and no others."""


class Columns(Record, frozen=True):
    """The columns in the order of the tensor `rows`; table: what those of the training table were taken for.

    forms: how the table writes its cells, where z is hidden.
    """

    features: Some[Column]
    targets: tuple[Column, ...]
    table: tuple[Taken, ...]
    forms: tuple[Form, ...]


class Scaling(Record, frozen=True):
    """Mean and standard deviation of each column, in its unit."""

    loc: tuple[Location, ...]
    scale: tuple[Scale, ...]


class Scalings(Record, frozen=True):
    """Of the features, and of the targets where there are any."""

    features: Scaling
    targets: Scaling | None


class Families(Record, frozen=True):
    """The distribution of each column; features: of p(x|z), None where the model has none."""

    features: tuple[Likelihood, ...] | None
    targets: tuple[Likelihood, ...]


class Request(Record, frozen=True):
    """What training was asked for, beside its settings. data: the table's paths, - for stdin."""

    columns: ColumnRequest
    data: tuple[str, ...]
    read: ReadOptions
    likelihood: tuple[str, ...]


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
    coverage: dict[Annotated[str, Meta(pattern=r"\A[0-9.e-]+\Z")], list[Share]]
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
    coverage: dict[Annotated[str, Meta(pattern=r"\A[0-9.e-]+\Z")], Share]


class Units(Record, frozen=True):
    """Of each hidden variable whether the model uses it, and how many nats a row tells about it."""

    active: list[bool]
    information: list[Error]


class Result(Record, frozen=True):
    """How training ended. rows: of the table, whose SHA-256 is given; elbo: nats per row.

    hidden, units: where z is hidden, units not in files of format 4.
    """

    rows: Annotated[int, Meta(ge=1, le=_LONGEST)]
    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    iterations: Count
    converged: bool
    elbo: float | None
    held_out: HeldOut | None
    hidden: Hidden | None
    units: Units | None


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


def decode(given: Mapping[str, Any]) -> Header:
    """The record of a header in JSON values; ValueError where a key is missing, too many, or of another type.

    What one part must be beside another is for `checks` to say.
    """
    header = msgspec.convert(given, VaeHeader | LatentHeader | BnnHeader)
    _check_keys(header, given)
    if _has_whole_number(given.get("calibration")):  # msgspec takes 1 for 1.0; what was a tensor is never written so
        raise ValueError("the calibration holds a whole number")
    _check_texts(header.request.data, [given["versions"], given["columns"], {**given["request"], "data": ""}])
    return header


def _check_keys(header: Header, given: Mapping[str, Any]) -> None:
    """Of the parts that are dataclasses: msgspec fills in what they lack, and passes over what they do not know."""
    columns, stored = header.columns, given["columns"]
    parts = [
        (header.settings, given["settings"]),
        (header.training, given["training"]),
        (header.inputs, given["inputs"]),
        (header.request.columns, given["request"]["columns"]),
        (header.request.read, given["request"]["read"]),
        *zip(columns.features, stored["features"], strict=True),
        *zip(columns.targets, stored["targets"], strict=True),
        *zip(columns.table, stored["table"], strict=True),
        *zip(columns.forms, stored["forms"], strict=True),
        *((column.reading, part["reading"]) for column, part in _read(columns, stored) if column.reading),
    ]
    for record, part in parts:
        if odd := {field.name for field in fields(record)} ^ part.keys():
            raise ValueError(f"the key '{min(odd)[:60]}' is missing, or one too many")


def _read(columns: Columns, stored: Mapping[str, Any]) -> Iterator[tuple[Column, Mapping[str, Any]]]:
    yield from zip(columns.features, stored["features"], strict=True)
    yield from zip(columns.targets, stored["targets"], strict=True)


def _has_whole_number(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_whole_number, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int)


def _check_texts(paths: Sequence[str], others: Any) -> None:
    """No NUL and no half of a surrogate pair; but a path may hold the bytes that it has on this system."""
    encoded = msgspec.json.encode(others)
    if any("\0" in path for path in paths) or b"\\u0000" in encoded.replace(rb"\\", b""):
        raise ValueError("a text holds a NUL")
    for path in paths:
        os.fsencode(path)
