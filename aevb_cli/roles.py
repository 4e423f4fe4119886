"""Which columns of a table play which part, and whether they can: what is refused here cannot be learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aevb_cli.console import Screen
from aevb_cli.errors import DataError, UsageError
from aevb_cli.tables import RawTable, Table


@dataclass(frozen=True)
class Sheet:
    """The rows to be trained on. targets None: z is hidden."""

    features: Table
    targets: Table | None

    def known(self) -> "Sheet":
        """The rows whose targets are all known: the others teach nothing to a model of z given x alone."""
        assert self.targets is not None
        known = ~np.isnan(self.targets.values).any(1)
        return Sheet(*(Table(table.columns, table.values[known]) for table in (self.features, self.targets)))

    @property
    def whole(self) -> Table:
        """Features, then targets, in one table."""
        if self.targets is None:
            return self.features
        columns = (*self.features.columns, *self.targets.columns)
        return Table(columns, np.hstack([self.features.values, self.targets.values]))


def assign(
    raw: RawTable, target: Sequence[str] | None, features: Sequence[str] | None, *, hidden: bool, screen: Screen
) -> Sheet:
    """Choose the roles, give the columns their types, and say what was taken.

    hidden: without a target every column is a feature, else the last one is the target.

    Raises
    ------
    UsageError, DataError
        the roles contradict each other; a column or a cell does not do.
    """
    target, features = _names(raw, target, features, hidden=hidden)
    table = raw.typed([*features, *target])
    x = _usable(raw.source, table.select(features), screen)
    if not target:
        screen.say(f"{raw.source}: {len(x)} rows. Hidden variables behind {_listed(x.names)}.")
        return Sheet(x, None)
    z = table.select(target)
    _check_targets(raw.source, z)
    unknown = int(np.isnan(z.values).any(1).sum())
    screen.say(
        f"{raw.source}: {len(x)} rows. Target {_listed(z.names)}"
        + (f" (unknown in {unknown})" if unknown else "")
        + f" from {_listed(x.names)}."
    )
    return Sheet(x, z)


def _names(
    raw: RawTable, target: Sequence[str] | None, features: Sequence[str] | None, *, hidden: bool
) -> tuple[list[str], list[str]]:
    if target is None:
        target = [] if hidden else [name for name in raw.names if name not in (features or ())][-1:]
    if features is None:
        features = [name for name in raw.names if name not in target]
    both = [name for name in target if name in features]
    if both:
        raise UsageError(f"Column '{both[0]}' is named by both --target and --features. Name it by one of them.")
    if not features:
        raise UsageError(
            f"{raw.source}: no column is left to predict {_listed(target)} from. "
            "Give more columns, or learn hidden variables: --latent 1"
        )
    return list(dict.fromkeys(target)), list(dict.fromkeys(features))


def _usable(source: str, x: Table, screen: Screen) -> Table:
    """The features that vary."""
    if len(x) < 2:
        raise DataError(f"{source}: one record is too few to learn from. Give at least two.")
    for column in x.columns:
        if column.categories:
            raise DataError(f"{source}: column '{column.name}' holds words, not numbers. Leave it out with --features.")
    missing = np.isnan(x.values)
    if missing.any():
        row, place = np.argwhere(missing)[0]
        raise DataError(
            f"{source}, record {row + 1}, column '{x.names[place]}': the cell is empty "
            f"({missing.any(1).sum()} of {len(x)} records have such). Fill it, or leave the column out with --features."
        )
    varies = np.ptp(x.values, axis=0) > 0
    if not varies.any():
        raise DataError(f"{source}: every feature is constant. Give columns that vary.")
    for name in np.array(x.names)[~varies]:
        screen.say(f"{source}: column '{name}' is constant and was left out.")
    return x.select([name for name, keep in zip(x.names, varies, strict=True) if keep])


def _check_targets(source: str, z: Table) -> None:
    for column, values in zip(z.columns, z.values.T, strict=True):
        known = values[~np.isnan(values)]
        if column.categories:
            raise DataError(f"{source}: target '{column.name}' holds words, not numbers. Name another with --target.")
        if len(known) < 2:
            raise DataError(f"{source}: target '{column.name}' is known in {len(known)} record(s). At least two must be.")
        if np.ptp(known) == 0:
            raise DataError(f"{source}: target '{column.name}' is constant: there is nothing to predict.")


def _listed(names: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
