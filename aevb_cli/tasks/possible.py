"""Observed targets that a model says cannot be: a price below 0, a third value where there were two."""

from collections.abc import Sequence

import numpy as np

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families import FAMILIES
from aevb_cli.core.families.base import Support
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tasks.outside import Records


def check_possible(
    source: str, columns: Sequence[Column], families: Sequence[str], scaling: Scaling, z: np.ndarray, records: Records
) -> None:
    """Raise DataError for the first number that its target's family gives no probability. Words passed when read.

    families: each target's, by name; z: (N, J), in units, NaN where not known; records: their numbers.
    """
    low, step = scaling.loc.tolist(), scaling.scale.tolist()
    for place, (column, family) in enumerate(zip(columns, families, strict=True)):
        if column.categories:
            continue
        pair = (low[place], low[place] + step[place])
        values, first = np.unique(z[:, place], return_index=True)
        each = zip(first.tolist(), values.tolist(), strict=True)
        if rows := [row for row, value in each if not np.isnan(value) and not _possible(family, value, pair)]:
            which = f"is {pair[0]:g} or {pair[1]:g}" if family == "bernoulli" else f"the model takes for {family}"
            raise DataError(
                f"{source}, record {records[min(rows)]}, column '{column.column}': {z[min(rows), place]:g} cannot be a "
                f"value of this target, which {which}. Mend it or drop the record."
            )


def _possible(family: str, value: float, pair: tuple[float, float]) -> bool:
    """pair: the values that a target of two had in training."""
    if family == "bernoulli":
        return bool(np.isclose(value, pair, rtol=1e-9, atol=0).any())
    return FAMILIES[family].refuse(Support(value, value, 0, value == np.floor(value))) is None
