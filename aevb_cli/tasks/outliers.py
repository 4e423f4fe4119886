"""Gross outliers among the cells of a training table: what becomes of them, and what is said of them."""

from collections.abc import Sequence

import numpy as np
import torch

from aevb_cli.core.data.outliers import GAP, bounds
from aevb_cli.tables import Table
from aevb_cli.tables.table import shown

_NAMED = 3


def set_aside(source: str, table: Table, targets: Sequence[str]) -> tuple[str, ...]:
    """Take the gross outliers out of a table that was just read, in place; returns a note on each column with some.

    One such cell would stretch its column's scale until all other rows look alike. A feature's counts as the nearest of
    its column's other cells, a target's as not known.
    """
    notes = []
    for column, values in zip(table.columns, table.values.T, strict=True):
        if column.categories:
            continue
        low, high = (float(end) for end in bounds(torch.from_numpy(values)[:, None]))
        far = (values < low) | (values > high)
        if not far.any():
            continue
        records, cells = np.flatnonzero(far)[:_NAMED], values[far][:_NAMED]
        usual = values[~far & ~np.isnan(values)]
        target = column.name in targets
        values[far] = np.nan if target else values[far].clip(usual.min(), usual.max())
        named = ", ".join(f"{cell:g} in record {record + 1}" for record, cell in zip(records, cells, strict=True))
        count = int(far.sum())
        more = f" and {count - _NAMED} more" if count > _NAMED else ""
        taken = "as not known" if target else f"as the nearest of the others, {usual.min():g} to {usual.max():g}"
        notes.append(
            f"{source}, column {shown(column.name)}: {named}{more}: over {GAP:g} times as far from the median as all "
            f"other cells. Counted {taken}. Mend what is wrong, or empty it."
        )
    return tuple(notes)
