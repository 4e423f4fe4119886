"""Observed targets that a model says cannot be: a price below 0, a third value where there were two."""

from collections.abc import Sequence

import numpy as np

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Support
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables.space import FloatArray
from aevb_cli.tasks.outside import Records


def check_possible(
    source: str, columns: Sequence[Column], families: Sequence[str], scaling: Scaling, z: np.ndarray, records: Records
) -> None:
    """Raise DataError for the first number that its target's family gives no probability. Words passed when read.

    families: each target's, by name; z: (N, J), in units, NaN where not known; records: their numbers.
    """
    low, step = scaling.loc.tolist(), scaling.scale.tolist()
    for place, (column, family) in enumerate(zip(columns, families, strict=True)):
        known = np.flatnonzero(~np.isnan(z[:, place]))
        values, pair = z[known, place], (low[place], low[place] + step[place])
        if column.categories or not len(values) or _possible(family, values, pair):
            continue
        row = next(row for row, value in zip(known.tolist(), values, strict=True) if not _possible(family, value, pair))
        which = f"is {pair[0]:g} or {pair[1]:g}" if family == "bernoulli" else f"the model takes for {family}"
        raise DataError(
            f"{source}, record {records[row]}, column '{column.column}': {z[row, place]:g} cannot be a value of this "
            f"target, which {which}. Mend it or drop the record."
        )


def _possible(family: str, values: FloatArray | float, pair: tuple[float, float]) -> bool:
    """Whether all values can be. pair: those that a target of two had in training."""
    if family == "bernoulli":
        return bool((np.isclose(values, pair[0], 1e-9, 0) | np.isclose(values, pair[1], 1e-9, 0)).all())
    whole = bool(np.all(values == np.floor(values)))
    return FAMILIES[family].refuse(Support(float(np.min(values)), float(np.max(values)), 0, whole)) is None
