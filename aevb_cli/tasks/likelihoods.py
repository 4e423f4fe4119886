"""The distributions that a user gives for columns, NAME=KIND."""

from collections.abc import Sequence
from typing import cast

from aevb_cli.core.families import FAMILIES
from aevb_cli.errors import UsageError
from aevb_cli.settings import ColumnFamilies, Likelihood
from aevb_cli.tables import Table
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.roles import nearest


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
    left_out = {each.name: each.left_out for each in table.taken if each.left_out}
    if not name:
        return f"write a column's name, = and one of {', '.join(FAMILIES)}"
    if name in left_out:
        return f"column '{name}' was left out: {left_out[name]}"
    if name not in part.names:
        return f"there is no column '{name}' among features and targets{nearest(name, table.all_columns.names)}"
    if kind not in FAMILIES:
        return f"'{kind}' is none of {', '.join(FAMILIES)}{nearest(kind, FAMILIES)}"
    return None


def _unsuitable(part: Table, name: str, kind: str, *, target: bool) -> str | None:
    """Why the column cannot have the family."""
    if target and FAMILIES[kind].kind != "number":
        return f"a target has one of {', '.join(each.name for each in FAMILIES.values() if each.kind == 'number')}"
    place = part.names.index(name)
    extent, words = part.extent[place], len(part.columns[place].categories)
    return FAMILIES[kind].refuse(extent.low, extent.high, words)
