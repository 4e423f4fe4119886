"""The rows and columns of a table that a model is trained on, and what the user is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from aevb_cli import tables
from aevb_cli.core.data.groups import RowGroups
from aevb_cli.errors import DataError
from aevb_cli.forms import Form
from aevb_cli.settings import ColumnRequest, Taken
from aevb_cli.tables import Extent, Found, RawTable, Table
from aevb_cli.tables.table import quoted
from aevb_cli.tasks import classes, constants, roles, taken, ticks
from aevb_cli.tasks.derived import Derived, derived
from aevb_cli.tasks.outliers import set_aside
from aevb_cli.tasks.roles import Roles, listed
from aevb_cli.tasks.rows import Rows, complete, enough, thinned, together

_ROW_NUMBERS = {"unnamed: 0", "rownames", "row.names", "row_names", "index", "id", "rowid", "row"}
"""Names of a first column that, where its cells count the rows, is no more than that."""


@dataclass(frozen=True)
class TrainingTable:
    """The rows to train on, and notes for the user on what was used and what was left out.

    all_columns: the features, then the targets; feature_count: the number of features; taken: what each column of the
    file was taken for; groups: of rows that are left out together; forms: how it writes its cells, where z is hidden,
    else its truth values alone; sampled: how many rows of a larger table were drawn, 0 where it has no others;
    minded: those of the notes that who uses the model is to know, too, without the table's name.
    """

    all_columns: Table
    feature_count: int
    notes: tuple[str, ...] = ()
    taken: tuple[Taken, ...] = ()
    groups: RowGroups = field(default=RowGroups(), repr=False)
    forms: tuple[Form, ...] = ()
    sampled: int = 0
    minded: tuple[str, ...] = ()

    @cached_property
    def features(self) -> Table:
        """The columns to predict from."""
        return self.all_columns.select(self.all_columns.names[: self.feature_count])

    @cached_property
    def targets(self) -> Table | None:
        """The columns to predict; None where z is hidden."""
        names = self.all_columns.names[self.feature_count :]
        return self.all_columns.select(names) if names else None


def assign(raw: RawTable, request: ColumnRequest, likelihood: Sequence[str] = ()) -> TrainingTable:
    """Choose features and targets, give the columns their types, and leave out what cannot be used.

    likelihood: NAME=KIND, for columns that may be constant where z is hidden.

    Raises
    ------
    UsageError
        the options contradict each other, or leave no feature or no target.
    DataError
        a column or a cell cannot be used.
    """
    parts = roles.of(raw, request)
    role = "predicted" if request.classes else "numeric"
    typed = raw.typed([*parts.features, *parts.targets], parts.types, **{role: parts.targets})
    if raw.options.strict:
        _check_guesses(raw.source, typed.found)
    for each in typed.found:
        if each.name in parts.targets:
            _check_target(raw.source, each, words=request.classes)
    found = list(typed.found)
    if parts.by_default and not raw.options.strict:
        found[0] = _without_row_numbers(found[0], typed.table)
    outliers = set_aside(raw.source, typed.table, parts.targets)
    features = [column.name for each in found if each.name not in parts.targets for column in each.columns]
    _check_features(raw.source, found, features, parts)
    rows, notes = _rows(raw, typed.table.select([*features, *parts.targets]), features, parts, request)
    if not request.hidden:
        found, rows = ticks.as_words(found, rows, features)
    forms = tables.forms(raw, [each for each in found if request.hidden or _is_truth(each)], rows.table)
    varying = _varying(raw.source, rows.table.select(features), parts, likelihood if request.hidden else None)
    rows = replace(rows, table=rows.table.select([*varying, *parts.targets]))
    used = list(dict.fromkeys(column.column for column in rows.table.columns[: len(varying)]))
    summary = _summary(raw.source, rows.table, parts.targets, used)
    groups, repeats = together(raw.source, rows, len(varying), request)
    guess = request.codes and not raw.options.strict and bool(parts.targets)
    optional = [name for name in parts.features if name not in parts.types] if parts.by_default else []
    final = derived(rows.table, len(varying), groups, guess=guess, words=optional)
    described = (*(_taken(each, final) for each in found), *parts.left_out)
    rare = classes.rare(raw.source, rows.table.select(parts.targets)) if parts.targets else ()
    lines = (*raw.notes, *outliers, *notes, *repeats, summary, *rare, *taken.sentences(described, parts.targets))
    minded = tuple(
        line.removeprefix(f"{raw.source}: ").removeprefix(f"{raw.source}, ")
        for line in (*outliers, *notes, *repeats, *rare)
    )
    return TrainingTable(final.table, final.features, lines, described, groups, forms, raw.sampled, minded)


def _is_truth(found: Found) -> bool:
    """Whether a column is read as 0 and 1, whose words are worth keeping."""
    return any(each.reading and each.reading.kind == "boolean" and not each.categories for each in found.columns)


def _rows(
    raw: RawTable, table: Table, features: Sequence[str], parts: Roles, request: ColumnRequest
) -> tuple[Rows, tuple[str, ...]]:
    """The rows that are kept, and notes."""
    given = Rows(table, None if request.group is None else raw.groups(request.group))
    rows, notes = complete(raw.source, given, features, request.missing)
    if raw.sampled and request.group is not None and given.group is not None:
        notes = (*notes, thinned(raw.source, request.group, given.group))
    if not request.known:
        return rows, notes
    unknown = rows.table.select(parts.targets).incomplete
    if not unknown.any():
        return rows, notes
    _check_extents(raw.source, rows.table.select(parts.targets))
    left_out = f"{raw.source}: {unknown.sum()} rows whose target is not known were left out."
    return enough(raw.source, rows.kept(~unknown)), (*notes, left_out)


def _check_guesses(source: str, found: Sequence[Found]) -> None:
    """Raise DataError for the first column that is not plainly numbers or words."""
    for each in found:
        if each.guess:
            raise DataError(
                f"{source}, column '{each.name}': {each.guess}. With --strict nothing is guessed: say what it is with "
                f"--types {quoted(each.name)}=KIND, or --drop it."
            )


def _check_target(source: str, target: Found, *, words: bool) -> None:
    """Raise DataError for a target that cannot be predicted. words: whether words can."""
    if target.left_out == "empty":
        raise DataError(f"{source}: nothing stands in column '{target.name}'. Name another with --target.")
    if target.left_out.startswith("it holds "):  # lists, bytes and the like, of which a target of words is none either
        raise DataError(
            f"{source}: target '{target.name}' {target.left_out.removeprefix('it ')}. Name another with --target."
        )
    if target.kind.startswith("date"):
        also = f", or take them for words with --types {quoted(target.name)}=category" if words else ""
        raise DataError(f"{source}: target '{target.name}' holds dates, not numbers. Name another with --target{also}.")
    if words:
        classes.check(source, target)
    elif len(target.columns) != 1 or target.columns[0].categories:
        raise DataError(
            f"{source}: target '{target.name}' holds words, not numbers. Name another with --target, or predict words "
            "with aevb train-bnn."
        )


def _without_row_numbers(first: Found, table: Table) -> Found:
    """The first column, left out where it does nothing but count the rows."""
    if first.name.casefold() in _ROW_NUMBERS and first.columns and table.names[0] == first.name:
        values = table.values[:, 0]
        if values[0] in {0, 1} and np.array_equal(values, values[0] + np.arange(len(values))):
            return Found(first.name, left_out="row numbers", guess="row numbers")
    return first


def _check_features(source: str, found: Sequence[Found], features: Sequence[str], parts: Roles) -> None:
    if not features:
        gone = ", ".join(f"'{each.name}' ({each.left_out})" for each in found if each.left_out)
        raise DataError(
            f"{source}: no column is left to predict {listed(parts.targets)} from: left out are {gone}. "
            "Give columns that vary and repeat."
        )


def _varying(source: str, x: Table, parts: Roles, likelihood: Sequence[str] | None) -> list[str]:
    """The names of the features that are not constant, or may be. likelihood: None where none may."""
    varying = {name: extent for name, extent in zip(x.names, x.extent, strict=True) if not extent.constant}
    ticked = ticks.of(x) if likelihood is None else []
    if not varying and not ticked:
        raise DataError(f"{source}: every feature is constant. Give columns that vary.")
    _check_size(source, varying)
    if likelihood is None:
        return [name for name in x.names if name in varying or name in ticked]
    kept = constants.kept(x, () if parts.by_default else parts.features, likelihood)
    return [name for name in x.names if name in varying or name in kept]


def _taken(found: Found, final: Derived) -> Taken:
    """What is told of a column: constant ones are left out."""
    used = [column for column in found.columns if column.name in final.names]
    kind = found.kind
    if found.name in final.codes:
        kind += f" and code ({final.codes[found.name]} categories)"
    elif kind == "date":
        named = dict.fromkeys(column.reading.part.partition(",")[0] for column in used if column.reading)
        kind += f" ({', '.join(named)})"
    for column, codes in final.targets:
        if column.name == found.name and column.categories:
            kind = classes.described(column, codes)
    reason = "of no use in rows left out" if found.name in final.useless else "constant"
    return Taken(found.name, kind, found.missing, found.left_out or ("" if used else reason))


def _summary(source: str, table: Table, targets: Sequence[str], features: Sequence[str]) -> str:
    """A sentence on the rows and columns; DataError for targets that cannot be predicted."""
    if not targets:
        return f"{source}: {len(table)} rows. Hidden variables behind {listed(features)}."
    z = table.select(targets)
    _check_extents(source, z)
    _check_size(source, dict(zip(z.names, z.extent, strict=True)))
    unknown = int(z.incomplete.sum())
    share = f" (unknown in {unknown})" if unknown else ""
    return f"{source}: {len(table)} rows. Target {listed(z.names)}{share} from {listed(features)}."


def _check_size(source: str, columns: dict[str, Extent]) -> None:
    """Raise DataError for a column whose variance double precision cannot hold."""
    for name, extent in columns.items():
        if not 1e-140 < extent.high / 2 - extent.low / 2 < 1e140:
            raise DataError(
                f"{source}, column '{name}': its values, from {extent.low:g} to {extent.high:g}, are beyond what can "
                "be computed with. Mend them or change the unit."
            )


def _check_extents(source: str, z: Table) -> None:
    for column, extent in zip(z.columns, z.extent, strict=True):
        if extent.known < 2:
            raise DataError(
                f"{source}: target '{column.name}' is known in {extent.known} record(s). At least two must be."
            )
        if extent.constant:
            unknown = " Empty cells count as unknown: write there what they mean." if extent.known < len(z) else ""
            raise DataError(f"{source}: target '{column.name}' is constant: there is nothing to predict.{unknown}")
