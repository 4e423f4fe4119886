"""The distributions of columns: those that a user gives, NAME=KIND, and those that the cells leave no choice of."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import cast, get_args

import numpy as np

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Support
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.families import OF_CLASSES, OF_FEATURES, OF_LOCATION_AND_SCALE, OF_NUMBERS
from aevb_cli.nearest import nearest
from aevb_cli.settings import ColumnFamilies, Likelihood
from aevb_cli.tables import Table
from aevb_cli.tables.kinds import cells
from aevb_cli.tables.table import quoted
from aevb_cli.tasks.columns import TrainingTable

EVERY: frozenset[Likelihood] = frozenset(get_args(Likelihood))

_FEW = 5
"""Rows below which it says nothing that numbers are but two."""

Found = tuple[dict[int, Likelihood], dict[int, Likelihood]]
"""Of features and of targets, by place."""


def families(table: TrainingTable, given: Sequence[str], *, of_features: bool = True) -> ColumnFamilies:
    """Parse `NAME=KIND`, the families given for columns; add those that are `fixed`.

    of_features: the model has a distribution of its features, and targets of location and scale; where it has no
    target, features of any family. NAME may be a pattern such as 'p*'; a plain name stands above it.

    Raises
    ------
    UsageError
        there is no such column or family, a column cannot have it, or has two.
    """
    plain: Found = ({}, {})
    by_pattern: Found = ({}, {})
    for text in given:
        name, _, kind = text.rpartition("=")
        named = _matching(table, name, of_features=of_features)
        if reason := _refused(table, name, kind, named, of_features=of_features):
            raise UsageError(f"--likelihood {text}: {reason}.")
        for column in named:
            target, part = _part(table, column)
            into = (plain if column == name else by_pattern)[target]
            if reason := _unsuitable(part, column, kind, _known(table, target=target, of_features=of_features), target):
                which = "" if column == name else f"column '{column}': "
                raise UsageError(f"--likelihood {text}: {which}{reason}.")
            if into.setdefault(part.names.index(column), cast(Likelihood, kind)) != kind:
                raise UsageError(f"--likelihood {text}: '{column}' has another one already. Give one for each column.")
    features, targets = (patterns | names for patterns, names in zip(by_pattern, plain, strict=True))
    return ColumnFamilies(features, targets if of_features else fixed(table) | targets)


def fixed(table: TrainingTable) -> dict[int, Likelihood]:
    """The families of those targets, by place, that can have no other: words, and numbers that are but two."""
    targets = table.targets or table.all_columns.select(())
    found: dict[int, Likelihood] = {}
    for place, column in enumerate(targets.columns):
        numbers = targets.extent[place].known >= _FEW and support(targets, place).pair
        two = numbers or len(column.categories) == 2
        if two or column.categories:
            found[place] = "bernoulli" if two else "categorical"
    return found


def are_classes(table: TrainingTable) -> bool:
    """Whether all targets are classes, whatever family is given for them."""
    return table.targets is not None and len(fixed(table)) == len(table.targets.names)


def support(part: Table, place: int) -> Support:
    """What a column holds."""
    extent, values, words = part.extent[place], part.values[:, place], len(part.columns[place].categories)
    pair = not words and not extent.constant
    pair = pair and bool(((values == extent.low) | (values == extent.high) | np.isnan(values)).all())
    return Support(extent.low, extent.high, words, not words and cells.whole(values), pair)


def _part(table: TrainingTable, column: str) -> tuple[bool, Table]:
    """Whether a column is a target, and the columns among which it is."""
    if table.targets is not None and column in table.targets.names:
        return True, table.targets
    return False, table.features


def _matching(table: TrainingTable, name: str, *, of_features: bool) -> list[str]:
    """The columns that a name means, or a pattern: those that have a distribution before those that have none."""
    if name in table.all_columns.names:
        return [name]
    targets = () if table.targets is None else table.targets.names
    found = [column for column in table.all_columns.names if fnmatchcase(column, name)]
    return found if of_features else [column for column in found if column in targets] or found


def _refused(table: TrainingTable, name: str, kind: str, named: Sequence[str], *, of_features: bool) -> str | None:
    """What is wrong with the name of a column or of a family. named: the columns that are meant."""
    left_out = {each.name: each.left_out for each in table.taken if each.left_out}
    if not name:
        return f"write a column's name, = and one of {', '.join(FAMILIES)}"
    if not named and name in left_out:
        return f"column '{name}' was left out: {left_out[name]}"
    if not named:
        return f"there is no column '{name}' among features and targets{nearest(name, table.all_columns.names)}"
    if kind not in FAMILIES:
        return f"'{kind}' is none of {', '.join(FAMILIES)}{nearest(kind, FAMILIES)}"
    if not of_features and not _part(table, named[0])[0]:
        return "this model has no distribution of its features. Name a target"
    return None


def _known(table: TrainingTable, *, target: bool, of_features: bool) -> frozenset[Likelihood]:
    """The families that a target, or a feature, of the model can have."""
    if not of_features:
        return EVERY - OF_FEATURES
    if target:
        return OF_LOCATION_AND_SCALE
    return OF_NUMBERS | OF_CLASSES if table.targets else EVERY


def _unsuitable(part: Table, name: str, kind: str, known: frozenset[Likelihood], target: bool) -> str | None:
    """Why the column cannot have the family."""
    if kind in OF_FEATURES and target:
        also = "" if known == OF_LOCATION_AND_SCALE else f", or categorical with --types {quoted(name)}=category"
        other = "gaussian" if known == OF_LOCATION_AND_SCALE else "negative-binomial"
        return f"{kind} is for columns from which a hidden z is learned. Give a target {other}{also}"
    if kind not in known:
        elsewhere = "; aevb train-bnn has it" if target else "; where z is hidden (--latent) it has any"
        return f"a {'target' if target else 'feature'} has one of {', '.join(_in_order(known))}{elsewhere}"
    held = support(part, part.names.index(name))
    if kind == "categorical" and not held.words:
        return f"{FAMILIES[kind].refuse(held)}. Take it for words with --types {quoted(name)}=category"
    if kind == "bernoulli" and target and not held.pair and not held.words:
        return "it holds more than two values"
    if kind == "bernoulli" and not target and held.words:
        return "it holds words, which are categorical"
    return FAMILIES[kind].refuse(held if target else held._replace(pair=False))


def _in_order(known: frozenset[Likelihood]) -> list[str]:
    return [name for name in FAMILIES if name in known]
