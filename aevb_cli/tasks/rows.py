"""Which rows of a table are trained on, and which of them are left out together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from aevb_cli.core.data import groups
from aevb_cli.core.data.groups import RowGroups
from aevb_cli.errors import DataError
from aevb_cli.settings import ColumnRequest, Missing
from aevb_cli.tables import Table


@dataclass(frozen=True)
class Rows:
    """A table, and each row's group by number, (rows,), -1 where a cell names none; None: no column groups them."""

    table: Table
    group: NDArray[np.int32] | None = None

    def kept(self, kept: NDArray[np.bool_]) -> "Rows":
        """Some of the rows. kept: (rows,)."""
        return Rows(self.table.rows(kept).known_to_training(), None if self.group is None else self.group[kept])


def complete(source: str, rows: Rows, features: Sequence[str], missing: Missing) -> tuple[Rows, tuple[str, ...]]:
    """Apply the rule for empty cells of features. Returns the rows that are kept, and notes."""
    x = rows.table.select(features)
    notes: tuple[str, ...] = ()
    empty = x.incomplete
    if empty.any() and missing == "error":
        row = int(empty.argmax())
        column = features[int(np.isnan(x.values[row]).argmax())]
        raise DataError(
            f"{source}, record {row + 1}, column '{column}': the cell is empty, as in {empty.sum()} of "
            f"{len(x)} records. Fill it, leave the column out with --drop, or choose --missing drop or learn."
        )
    if empty.any() and missing == "drop":
        notes = (f"{source}: {empty.sum()} of {len(x)} rows have empty cells and were left out.",)
        rows = rows.kept(~empty)
    return enough(source, rows), notes


def enough(source: str, rows: Rows) -> Rows:
    """The rows; DataError for fewer than two."""
    if len(rows.table) < 2:
        raise DataError(f"{source}: {len(rows.table)} usable record(s): too few to learn from. Give at least two.")
    return rows


def together(source: str, rows: Rows, features: int, request: ColumnRequest) -> tuple[RowGroups, tuple[str, ...]]:
    """The groups of rows that are left out together, and notes.

    features: how many columns of the table are features, the first ones.

    Raises
    ------
    DataError
        all rows are one group.
    """
    x, z = torch.from_numpy(rows.table.values).tensor_split([features], 1)
    found = groups.equal_rows(x, z if z.shape[1] else None) if request.together else RowGroups()
    notes: tuple[str, ...] = ()
    if found.repeated:
        copies = found.copy is not None and int(found.copy.sum()) == found.repeated
        are = "are copies of an earlier one" if copies else "repeat the features of an earlier one"
        notes = (
            f"{source}: {found.repeated} of {len(x)} rows {are}. Equal ones are left out together, so that what is "
            "said to expect holds for rows that are not in the table.",
        )
    if rows.group is None:
        return found, notes
    named, note = _named(source, rows.group, request.group)
    if named is None:
        return found, (*notes, note)
    group = named if found.group is None else groups.joined(found.group, named)
    if not group.any():
        raise DataError(
            f"{source}, column '{request.group}': all rows hang together, by this column and by equal features. "
            "Name another column with --group, or none."
        )
    return RowGroups(group, found.copy, found.repeated), (*notes, note)


def thinned(source: str, column: str, group: NDArray[np.int32]) -> str:
    """A sentence on the groups of a sample, whose rows were drawn one by one. group: of each row, -1 where none."""
    groups = len(np.unique(group[group >= 0]))
    return f"{source}: rows were drawn one by one, not whole groups by column '{column}': they are of {groups} groups."


def _named(source: str, cells: NDArray[np.int32], column: str | None) -> tuple[torch.Tensor | None, str]:
    """The groups by the cells of a column, and a note; None where every row is one of its own."""
    numbers, empty = torch.from_numpy(cells.astype(np.int64)), cells < 0
    numbers[torch.from_numpy(empty)] = len(cells) + torch.arange(int(empty.sum()))  # each by itself
    group = groups.numbered(numbers)
    count, alone = int(group.max()) + 1, int(empty.sum())
    if count == 1:
        raise DataError(
            f"{source}, column '{column}': all rows are of one group, so none could be left out. "
            "Name another column with --group, or none."
        )
    rest = f" {alone} rows without a group stand each for itself." if alone else ""
    if count == len(cells):
        return None, f"{source}: column '{column}' has a group for every row, so it changes nothing.{rest}"
    return group, (
        f"{source}: {count - alone} groups by column '{column}' are left out whole, so that what is said to expect "
        f"holds for new groups.{rest}"
    )
