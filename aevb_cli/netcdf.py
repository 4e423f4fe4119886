"""netCDF-4 files of groups, written block by block: the form in which ArviZ reads draws. The one door to h5netcdf."""

import contextlib
import importlib.util
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal

import numpy as np

from aevb_cli import places
from aevb_cli.errors import OutputError, UsageError, reason_of
from aevb_cli.kept_file import KeptFile

ENDING = ".nc"

LONG = ("chain", "draw", "row")
"""The dimensions of draws of each row; the last is that of the blocks in which a file is written."""

_ROWS, _DRAWS = 32, 1024
"""Of a chunk of the file, a quarter of a megabyte at most: what the last one has beyond the table's rows is room that
stays empty."""

Kind = Literal["number", "whole", "words"]
"""Of values: float64; int64, at least 0, MISSING where missing; text."""

Attributes = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Variable:
    """A variable of a group. dimensions: names, of which "row" is the last one.

    kind: of its values; values: all of them, of one without rows; gaps: whether cells of whole numbers may be missing;
    packed: whether it is compressed: noise cannot be.
    """

    name: str
    dimensions: tuple[str, ...]
    kind: Kind = "number"
    attributes: Attributes = field(default_factory=dict)
    values: Sequence[Any] | np.ndarray | None = None
    gaps: bool = False
    packed: bool = False


@dataclass(frozen=True)
class Group:
    """Variables with their dimensions' sizes."""

    name: str
    dimensions: Mapping[str, int]
    variables: tuple[Variable, ...]
    attributes: Attributes


MISSING = -1
"""In the place of a whole number that is missing: a count or a code is at least 0."""

Put = Callable[[str, str, int, np.ndarray], None]
"""A group's and a variable's name, the number of the first row, and values, (..., rows), NaN where missing."""


def is_named(place: object) -> bool:
    """Whether a file is named as one of these."""
    return PurePath(places.name(str(place))).suffix.lower() == ENDING


def check(asked: str, packages: Sequence[str] = ("h5netcdf",)) -> None:
    """Raise UsageError where a package is not installed. asked: what needs it, in the caller's words."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise UsageError(f"{asked}: {package} is not installed. Install it: pip install 'aevb[arviz]'")


@contextlib.contextmanager
def written(place: str, groups: Sequence[Group], attributes: Attributes) -> Iterator[Put]:
    """Yield what puts values into the file that replaces `place` at the end; the same calls give the same bytes.

    Raises
    ------
    OutputError
        the place cannot be written, or the disk is full.
    """
    import h5netcdf

    with places.replacing(place) as file, _random_access(file) as handle, _told(place):
        kept = KeptFile(handle)
        with h5netcdf.File(kept, "w") as content:
            content.attrs.update(attributes)
            for group in groups:
                _begin(content.create_group(group.name), group)

            def put(group: str, name: str, first: int, values: np.ndarray) -> None:
                _put(content[group][name], first, values)
                kept.check()

            yield put
        kept.check()


def _put(variable: Any, first: int, values: np.ndarray) -> None:
    """Write values for some rows, (..., rows)."""
    if variable.dtype.kind == "i":
        values = np.where(np.isnan(values), MISSING, values).astype(variable.dtype)
    variable[..., first : first + values.shape[-1]] = values[None] if "chain" in variable.dimensions else values


def size_of(groups: Sequence[Group], *, packed: bool = True) -> int:
    """The bytes of all values before compression; without `packed`, of those that are not compressed."""
    return sum(
        8 * math.prod(group.dimensions[name] for name in each.dimensions)
        for group in groups
        for each in group.variables
        if packed or not each.packed
    )


def _begin(into: Any, group: Group) -> None:
    """Write what is known of a group before its rows are."""
    import h5py

    types = {"number": "f8", "whole": "i8", "words": h5py.string_dtype()}
    into.attrs.update(group.attributes)
    into.dimensions = dict(group.dimensions)
    for each in group.variables:
        sizes = [group.dimensions[name] for name in each.dimensions]
        packing = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if each.packed else {}
        chunks = None if each.values is not None or 0 in sizes else _chunk(each.dimensions, sizes)
        made = into.create_variable(
            each.name,
            each.dimensions,
            types[each.kind],
            fillvalue=MISSING if each.gaps and each.kind == "whole" else None,
            chunks=chunks,
            **(packing if chunks else {}),
        )
        made.attrs.update(each.attributes)
        if each.values is not None:
            made[...] = np.asarray(each.values, object if each.kind == "words" else types[each.kind])


def _chunk(dimensions: Sequence[str], sizes: Sequence[int]) -> tuple[int, ...]:
    """The shape of a chunk: draws in equal parts, a block of rows."""
    shape = dict(zip(dimensions, sizes, strict=True))
    if "draw" in shape:
        shape["draw"] = math.ceil(shape["draw"] / math.ceil(shape["draw"] / _DRAWS))
    return tuple((shape | {"row": min(shape["row"], _ROWS)}).values())


@contextlib.contextmanager
def _random_access(file: Any) -> Iterator[int]:
    """Yield the descriptor of a file in which one can seek and read: itself, or one whose content goes to it then."""
    if getattr(file, "readable", bool)() and getattr(file, "seekable", bool)():
        yield file.fileno()
        return
    with tempfile.TemporaryFile() as content:
        yield content.fileno()
        content.seek(0)
        shutil.copyfileobj(content, file)


@contextlib.contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{places.shown(place)}: cannot be written: {reason_of(error)}. Choose another place."
        ) from error
