"""Columns that are made of others, where they help in rows left out: parts of dates, and codes beside their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from aevb_cli.core.data.codes import codes
from aevb_cli.core.data.groups import RowGroups
from aevb_cli.core.data.parts import useful
from aevb_cli.settings import Column
from aevb_cli.tables import Table, code


@dataclass(frozen=True)
class Derived:
    """A table whose first columns are the features. codes: how many words those have that are words as well."""

    table: Table
    features: int
    codes: dict[str, int] = field(default_factory=dict)


def derived(table: Table, features: int, groups: RowGroups, *, guess: bool) -> Derived:
    """Leave out the parts of dates that do not help, and add the codes that do.

    features: how many columns of the table are features, the first ones; guess: False where rows left out are not to
    be asked: a date is its days alone then.
    """
    parts = _parts(table.columns[:features])
    chosen = useful(*_tensors(table, features), parts, groups.group) if guess and parts else ()
    gone = {place for number, part in enumerate(parts) for place in part if number not in chosen}
    if gone:
        table = table.select([name for place, name in enumerate(table.names) if place not in gone])
    return _with_codes(table, features - len(gone), groups) if guess else Derived(table, features - len(gone))


def _parts(columns: Sequence[Column]) -> list[list[int]]:
    """The columns of each part of a date but its days; the sine and the cosine of an angle are one part."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, column in enumerate(columns):
        if column.reading and column.reading.kind == "date" and column.reading.part != "days":
            found.setdefault((column.column, column.reading.part.partition(",")[0]), []).append(place)
    return list(found.values())


def _with_codes(table: Table, features: int, groups: RowGroups) -> Derived:
    """The table with a column of words for each code, after the features."""
    found = [place for place in codes(*_tensors(table, features), groups.group) if not table.columns[place].reading]
    made = [code(table.names[place], table.values[:, place], beside=True) for place in found]
    columns = [column for each, _ in made for column in each.columns]
    values = [piece for _, parts in made for (piece,) in parts]
    sizes = {column.column: len(column.categories) for column in columns}
    return Derived(table.inserted(features, columns, values) if made else table, features + len(made), sizes)


def _tensors(table: Table, features: int) -> tuple[torch.Tensor, torch.Tensor, list[int]]:
    """The features, the targets, and the features' numbers of words."""
    x, z = torch.from_numpy(table.values).tensor_split([features], 1)
    return x, z, [len(column.categories) for column in table.columns[:features]]
