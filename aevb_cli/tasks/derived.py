"""What is kept or added where it helps in rows left out: parts of dates, columns of many words, codes as words."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from aevb_cli.core.data.codes import codes
from aevb_cli.core.data.groups import RowGroups
from aevb_cli.core.data.parts import useful
from aevb_cli.core.data.regression import LEAST_ROWS
from aevb_cli.settings import Column
from aevb_cli.tables import Table, code
from aevb_cli.tables.space import FloatArray

_WIDEST = 100
"""Features beyond which rows left out are not asked: the regressions that answer would outlast the training."""

_FEW, _MANY = 5, 0.25
"""Words, and words beside the rows, beyond which rows left out decide: with fewer, weak effects would be missed, and a
few rows cannot tell."""


@dataclass(frozen=True)
class Derived:
    """A table whose first columns are the features.

    codes: how many words those numbers have that are words as well; useless: columns of words that were left out.
    """

    table: Table
    features: int
    codes: dict[str, int] = field(default_factory=dict)
    useless: tuple[str, ...] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all columns of the table."""
        return frozenset(self.table.names)

    @property
    def targets(self) -> list[tuple[Column, FloatArray]]:
        """Each target, and its values, (rows,)."""
        return list(zip(self.table.columns[self.features :], self.table.values.T[self.features :], strict=True))


def derived(table: Table, features: int, groups: RowGroups, *, guess: bool, words: Container[str] = ()) -> Derived:
    """Leave out the parts of dates and the columns of many words that do not help, and add the codes that do.

    features: how many columns of the table are features, the first ones; guess: False where rows left out are not to
    be asked: a date is its days alone then; words: the columns that may be left out.
    """
    guess &= features <= _WIDEST
    columns = table.columns[:features]
    dates = list(_parts_of_dates(columns))
    judged = guess and _known(table, features) >= LEAST_ROWS
    many = [[place] for place in _many_words(columns, len(table)) if columns[place].name in words] if judged else []
    if len(many) == features:
        many = []
    parts = [*dates, *many]
    chosen = useful(*_tensors(table, features), parts, groups.group) if guess and parts else ()
    gone = {place for number, part in enumerate(parts) for place in part if number not in chosen}
    useless = tuple(columns[place].name for (place,) in many if place in gone)
    if gone:
        table = table.select([name for place, name in enumerate(table.names) if place not in gone])
    left = Derived(table, features - len(gone), useless=useless)
    return _with_codes(left, groups) if guess else left


def _known(table: Table, features: int) -> int:
    """In how many rows all targets are known."""
    return int((~np.isnan(table.values[:, features:])).all(1).sum())


def _parts_of_dates(columns: Sequence[Column]) -> Iterable[list[int]]:
    """The columns of each part of a date but its days; the sine and the cosine of an angle are one part."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, column in enumerate(columns):
        if column.reading and column.reading.kind == "date" and column.reading.part != "days":
            found.setdefault((column.column, column.reading.part.partition(",")[0]), []).append(place)
    return found.values()


def _many_words(columns: Sequence[Column], rows: int) -> list[int]:
    """The columns with so many words that each is seen a few times only, and may tell less than it confuses."""
    return [place for place, column in enumerate(columns) if len(column.categories) > max(_FEW, _MANY * rows)]


def _with_codes(given: Derived, groups: RowGroups) -> Derived:
    """The table with a column of words for each code, after the features."""
    table, features = given.table, given.features
    found = [place for place in codes(*_tensors(table, features), groups.group) if not table.columns[place].reading]
    made = [code(table.names[place], table.values[:, place], beside=True) for place in found]
    columns = [column for each, _ in made for column in each.columns]
    values = [piece for _, parts in made for (piece,) in parts]
    sizes = {column.column: len(column.categories) for column in columns}
    wider = table.inserted(features, columns, values) if made else table
    return Derived(wider, features + len(made), sizes, given.useless)


def _tensors(table: Table, features: int) -> tuple[torch.Tensor, torch.Tensor, list[int]]:
    """The features, the targets, and the features' numbers of words.

    Of a target of classes there is a column for each of the most frequent ones, 1 where a row is of it: the order of
    codes tells nothing.
    """
    x, z = torch.from_numpy(table.values).tensor_split([features], 1)
    targets = [
        _indicators(values) if len(column.categories) > 2 else values[:, None]
        for column, values in zip(table.columns[features:], z.unbind(1), strict=True)
    ]
    words = [len(column.categories) for column in table.columns[:features]]
    return x, torch.cat(targets, 1) if targets else z, words


_JUDGED, _SHARE = 8, 0.02
"""The most classes by which columns are judged, and the share of the rows that each but the first has at least: of
fewer rows none may be among those that are looked at."""


def _indicators(codes: torch.Tensor) -> torch.Tensor:
    """1 where a row is of a class, 0 where not, of the most frequent classes, (N, classes). codes: (N,)."""
    unknown = codes.isnan()
    counts, order = codes[~unknown].long().bincount().sort(descending=True, stable=True)
    often = order[: max(1, min(_JUDGED, int((counts > _SHARE * len(codes)).sum())))]
    return (codes[:, None] == often).to(codes.dtype).masked_fill(unknown[:, None], torch.nan)
