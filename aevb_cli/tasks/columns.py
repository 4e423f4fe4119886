"""Which columns of a table play which part, and whether they can: what is refused here cannot be learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast, get_args

import numpy as np

from aevb_cli.console import Screen
from aevb_cli.core.families import FAMILIES
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import ColumnFamilies, ColumnRequest, Likelihood, Missing
from aevb_cli.tables import Extent, RawTable, Table


@dataclass(frozen=True)
class TrainingTable:
    """The rows to be trained on. whole: features, then targets."""

    whole: Table
    inputs: int

    @cached_property
    def features(self) -> Table:
        """What is known of every row."""
        return self.whole.select(self.whole.names[: self.inputs])

    @cached_property
    def targets(self) -> Table | None:
        """What is to be predicted; None: z is hidden."""
        names = self.whole.names[self.inputs :]
        return self.whole.select(names) if names else None


def assign(raw: RawTable, wish: ColumnRequest, screen: Screen) -> TrainingTable:
    """Choose the roles, give the columns their types, and say what was taken.

    Raises
    ------
    UsageError, DataError
        the roles contradict each other; a column or a cell does not do.
    """
    target, features = _names(raw, split(wish.target, raw.names), split(wish.features, raw.names), hidden=wish.hidden)
    table = raw.typed([*features, *target])
    table = _whole(raw.source, table, features, wish.missing, screen)
    unknown = table.select(target).incomplete
    if wish.known and unknown.any():
        _check_targets(raw.source, table.select(target))
        screen.say(f"{raw.source}: {unknown.sum()} rows whose target is not known were left out.")
        table = _enough(raw.source, table.rows(~unknown))
        unknown = unknown[:0]
    features = _varying(raw.source, table.select(features), screen)
    sheet = TrainingTable(table.select([*features, *target]), len(features))
    if not target:
        screen.say(f"{raw.source}: {len(table)} rows. Hidden variables behind {_listed(features)}.")
        return sheet
    z = table.select(target)
    _check_targets(raw.source, z)
    _check_size(raw.source, dict(zip(z.names, z.extent, strict=True)))
    screen.say(
        f"{raw.source}: {len(table)} rows. Target {_listed(z.names)}"
        + (f" (unknown in {unknown.sum()})" if unknown.any() else "")
        + f" from {_listed(features)}."
    )
    return sheet


def _names(
    raw: RawTable, target: Sequence[str] | None, features: Sequence[str] | None, *, hidden: bool
) -> tuple[list[str], list[str]]:
    if target and hidden:
        raise UsageError("--latent learns hidden variables, and --target names one that is not. Give one of the two.")
    if target is None:
        target = [] if hidden else [name for name in raw.names if name not in (features or ())][-1:]
    if features is None:
        features = [name for name in raw.names if name not in target]
    both = [name for name in target if name in features]
    if both:
        raise UsageError(f"Column '{both[0]}' is named by both --target and --features. Name it by one of them.")
    alike = [name for name in target if f"{name}_mean" in target]
    if alike:
        raise UsageError(
            f"Targets '{alike[0]}' and '{alike[0]}_mean': what predict says of the mean of the one and of the other "
            "itself would have the same names. Rename a column, or train a model for each."
        )
    if not target and not hidden:
        raise UsageError(
            f"{raw.source}: --features leaves no column to predict. Name fewer, or give --target or --latent 1."
        )
    if not features:
        raise UsageError(
            f"{raw.source}: no column is left to predict {_listed(target)} from. "
            "Give more columns (--separator ' ' where blanks stand between them), or learn hidden variables: --latent 1"
        )
    return list(dict.fromkeys(target)), list(dict.fromkeys(features))


def split(given: Sequence[str] | None, known: Sequence[str]) -> list[str] | None:
    """Split `a,b` at its commas, unless a column has just that name."""
    if given is None:
        return None
    return [name for each in given for name in ([each] if each in known else each.split(","))]


def families(sheet: TrainingTable, asked: Sequence[str]) -> ColumnFamilies:
    """Read `NAME=KIND` for columns whose type does not tell, or that are to have another family.

    Raises
    ------
    UsageError
        no such column or kind, or the column's cells cannot have it.
    """
    found: tuple[dict[int, Likelihood], dict[int, Likelihood]] = ({}, {})
    tables = (sheet.features, sheet.targets)
    for text in asked:
        name, _, kind = text.rpartition("=")
        into, table = next(
            ((into, table) for into, table in zip(found, tables, strict=True) if table and name in table.names),
            (None, None),
        )
        if into is None or table is None or kind not in get_args(Likelihood):
            raise UsageError(f"--likelihood {text}: write a column's name, = and one of {', '.join(FAMILIES)}.")
        place = table.names.index(name)
        extent, words = table.extent[place], len(table.columns[place].categories)
        reason = FAMILIES[kind].refuse(extent.low, extent.high, words)
        if table is sheet.targets and FAMILIES[kind].kind != "number":
            reason = f"a target is one of {', '.join(each.name for each in FAMILIES.values() if each.kind == 'number')}"
        if reason:
            raise UsageError(f"--likelihood {text}: {reason}.")
        into[place] = cast(Likelihood, kind)
    return ColumnFamilies(*found)


def _whole(source: str, table: Table, features: Sequence[str], missing: Missing, screen: Screen) -> Table:
    """The rows, after the rule for empty cells of features."""
    x = table.select(features)
    empty = x.incomplete
    if empty.any() and missing == "error":
        row = int(empty.argmax())
        column = features[int(np.isnan(x.values[row]).argmax())]
        raise DataError(
            f"{source}, record {row + 1}, column '{column}': the cell is empty, as in {empty.sum()} of "
            f"{len(table)} records. Fill it, leave the column out with --features, or choose --missing drop or impute."
        )
    if empty.any() and missing == "drop":
        screen.say(f"{source}: {empty.sum()} of {len(table)} rows have empty cells and were left out.")
        table = table.rows(~empty)
    return _enough(source, table)


def _enough(source: str, table: Table) -> Table:
    if len(table) < 2:
        raise DataError(f"{source}: {len(table)} usable record(s): too few to learn from. Give at least two.")
    return table


def _varying(source: str, x: Table, screen: Screen) -> list[str]:
    """The names of the features without the constant ones."""
    varying = {name: extent for name, extent in zip(x.names, x.extent, strict=True) if not extent.constant}
    if not varying:
        raise DataError(f"{source}: every feature is constant. Give columns that vary.")
    for name in x.names:
        if name not in varying:
            screen.say(f"{source}: column '{name}' is constant and was left out.")
    _check_size(source, varying)
    return list(varying)


def _check_size(source: str, columns: dict[str, Extent]) -> None:
    """Refuse a column whose spread has a square that double precision cannot hold."""
    for name, extent in columns.items():
        if not 1e-140 < extent.high / 2 - extent.low / 2 < 1e140:
            raise DataError(
                f"{source}, column '{name}': its values, from {extent.low:g} to {extent.high:g}, are beyond what can "
                "be computed with. Mend them or change the unit."
            )


def _check_targets(source: str, z: Table) -> None:
    for column, extent in zip(z.columns, z.extent, strict=True):
        if column.categories:
            raise DataError(f"{source}: target '{column.name}' holds words, not numbers. Name another with --target.")
        if extent.known < 2:
            raise DataError(
                f"{source}: target '{column.name}' is known in {extent.known} record(s). At least two must be."
            )
        if extent.constant:
            raise DataError(f"{source}: target '{column.name}' is constant: there is nothing to predict.")


def _listed(names: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
