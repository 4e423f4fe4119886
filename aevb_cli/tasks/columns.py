"""Choose a table's features and targets, and check them."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

from aevb_cli.core.data.groups import RowGroups
from aevb_cli.core.families import FAMILIES
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import ColumnFamilies, ColumnRequest, Likelihood
from aevb_cli.tables import Extent, RawTable, Table
from aevb_cli.tasks.outliers import set_aside
from aevb_cli.tasks.rows import Rows, complete, enough, together


@dataclass(frozen=True)
class TrainingTable:
    """The rows to train on, and notes for the user on what was used and what was left out.

    all_columns: the features, then the targets; feature_count: the number of features; constant: features left out;
    groups: of rows that are left out together.
    """

    all_columns: Table
    feature_count: int
    notes: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()
    groups: RowGroups = field(default=RowGroups(), repr=False)

    @cached_property
    def features(self) -> Table:
        """The columns to predict from."""
        return self.all_columns.select(self.all_columns.names[: self.feature_count])

    @cached_property
    def targets(self) -> Table | None:
        """The columns to predict; None where z is hidden."""
        names = self.all_columns.names[self.feature_count :]
        return self.all_columns.select(names) if names else None


def assign(raw: RawTable, request: ColumnRequest) -> TrainingTable:
    """Choose features and targets, give the columns their types, and leave out what cannot be used.

    Raises
    ------
    UsageError
        the options contradict each other, or leave no feature or no target.
    DataError
        a column or a cell cannot be used.
    """
    if not isinstance(request.group, str | None):
        raise UsageError(f"--group {request.group!r}: it takes the name of one column.")
    target, features = _names(raw, request)
    table = raw.typed([*features, *target])
    outliers = set_aside(raw.source, table, target)
    given = Rows(table, None if request.group is None else raw.groups(request.group))
    rows, notes = complete(raw.source, given, features, request.missing)
    if request.known:
        rows, more = _known_rows(raw.source, rows, target)
        notes += more
    varying, more = _varying(raw.source, rows.table.select(features))
    rows = replace(rows, table=rows.table.select([*varying, *target]))
    summary = _summary(raw.source, rows.table, target, varying)
    groups, repeats = together(raw.source, rows, len(varying), request)
    constant = tuple(name for name in features if name not in varying)
    return TrainingTable(rows.table, len(varying), (*outliers, *notes, *more, *repeats, summary), constant, groups)


def split_names(given: Sequence[str] | None, known: Sequence[str]) -> list[str] | None:
    """Split `a,b` at its commas, unless a column has just that name."""
    if given is None:
        return None
    return [name for each in given for name in ([each] if each in known else each.split(","))]


def families(table: TrainingTable, given: Sequence[str], *, of_features: bool = True) -> ColumnFamilies:
    """Parse `NAME=KIND`, the families given for columns. of_features: the model has a distribution of its features.

    Raises
    ------
    UsageError
        there is no such column or family, the column cannot have it, or has two.
    """
    found: tuple[dict[int, Likelihood], dict[int, Likelihood]] = ({}, {})
    for text in given:
        name, _, kind = text.rpartition("=")
        target = table.targets is not None and name in table.targets.names
        part = table.targets if table.targets and target else table.features
        if reason := _refused(table, part, name, kind) or _unsuitable(part, name, kind, target=target):
            raise UsageError(f"--likelihood {text}: {reason}.")
        place = part.names.index(name)
        if not target and not of_features:
            raise UsageError(f"--likelihood {text}: this model has no distribution of its features. Name a target.")
        if found[target].setdefault(place, cast(Likelihood, kind)) != kind:
            raise UsageError(f"--likelihood {text}: '{name}' has another one already. Give one for each column.")
    return ColumnFamilies(*found)


def _refused(table: TrainingTable, part: Table, name: str, kind: str) -> str | None:
    """What is wrong with the name of a column or of a family."""
    if not name:
        return f"write a column's name, = and one of {', '.join(FAMILIES)}"
    if name in table.constant:
        return f"column '{name}' is constant and was left out"
    if name not in part.names:
        return f"there is no column '{name}' among features and targets{_nearest(name, table.all_columns.names)}"
    if kind not in FAMILIES:
        return f"'{kind}' is none of {', '.join(FAMILIES)}{_nearest(kind, FAMILIES)}"
    return None


def _unsuitable(part: Table, name: str, kind: str, *, target: bool) -> str | None:
    """Why the column cannot have the family."""
    if target and FAMILIES[kind].kind != "number":
        return f"a target has one of {', '.join(each.name for each in FAMILIES.values() if each.kind == 'number')}"
    place = part.names.index(name)
    extent, words = part.extent[place], len(part.columns[place].categories)
    return FAMILIES[kind].refuse(extent.low, extent.high, words)


def _nearest(given: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(given.casefold(), list(known), 1, 0.6)
    return f" (did you mean '{close[0]}'?)" if close else ""


def _names(raw: RawTable, request: ColumnRequest) -> tuple[list[str], list[str]]:
    """The names of targets and features. Defaults: the last column, and all others but the groups'."""
    target, features = split_names(request.target, raw.names), split_names(request.features, raw.names)
    hidden = request.hidden
    if target and hidden:
        raise UsageError("--latent learns hidden variables, and --target names one that is not. Give one of the two.")
    if target is None:
        target = [] if hidden else [name for name in raw.names if name not in (features or ())][-1:]
    if features is None:
        features = [name for name in raw.names if name not in target and name != request.group]
    if request.group in target:
        raise UsageError(f"Column '{request.group}' is the target, and --group names it too. Name another by either.")
    _check_names(raw.source, target, features, hidden=hidden)
    return list(dict.fromkeys(target)), list(dict.fromkeys(features))


def _check_names(source: str, target: Sequence[str], features: Sequence[str], *, hidden: bool) -> None:
    both = [name for name in target if name in features]
    if both:
        raise UsageError(f"Column '{both[0]}' is named by both --target and --features. Name it by one of them.")
    alike = [name for name in target if f"{name}_mean" in target]
    if alike:
        raise UsageError(
            f"Targets '{alike[0]}' and '{alike[0]}_mean': predict would append columns of the same name for the mean "
            "of the one and for the other. Rename a column, or train a model for each."
        )
    if not target and not hidden:
        raise UsageError(
            f"{source}: --features leaves no column to predict. Name fewer, or give --target or --latent 1."
        )
    if not features:
        raise UsageError(
            f"{source}: no column is left to predict {_listed(target)} from. "
            "Give more columns (--separator ' ' where blanks stand between them), or learn hidden variables: --latent 1"
        )


def _known_rows(source: str, rows: Rows, target: Sequence[str]) -> tuple[Rows, tuple[str, ...]]:
    """Leave out rows in which a target is not known. Returns the rows that are kept, and notes."""
    z = rows.table.select(target)
    unknown = z.incomplete
    if not unknown.any():
        return rows, ()
    _check_targets(source, z)
    note = f"{source}: {unknown.sum()} rows whose target is not known were left out."
    return enough(source, rows.kept(~unknown)), (note,)


def _varying(source: str, x: Table) -> tuple[list[str], tuple[str, ...]]:
    """The names of the features that are not constant, and a note on each that is."""
    varying = {name: extent for name, extent in zip(x.names, x.extent, strict=True) if not extent.constant}
    if not varying:
        raise DataError(f"{source}: every feature is constant. Give columns that vary.")
    _check_size(source, varying)
    constant = (name for name in x.names if name not in varying)
    notes = (f"{source}: column '{name}' is constant and was left out." for name in constant)
    return list(varying), tuple(notes)


def _summary(source: str, table: Table, target: Sequence[str], features: Sequence[str]) -> str:
    """A sentence on the rows and columns; DataError for targets that cannot be predicted."""
    if not target:
        return f"{source}: {len(table)} rows. Hidden variables behind {_listed(features)}."
    z = table.select(target)
    _check_targets(source, z)
    _check_size(source, dict(zip(z.names, z.extent, strict=True)))
    unknown = int(z.incomplete.sum())
    share = f" (unknown in {unknown})" if unknown else ""
    return f"{source}: {len(table)} rows. Target {_listed(z.names)}{share} from {_listed(features)}."


def _check_size(source: str, columns: dict[str, Extent]) -> None:
    """Raise DataError for a column whose variance double precision cannot hold."""
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
