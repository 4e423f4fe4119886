"""Gross outliers and sentinels among the cells of a training table: what becomes of them, and what is said of them."""

import math
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import torch
from numpy.typing import NDArray

from aevb_cli.core.data.outliers import GAP, bounds
from aevb_cli.core.data.sentinels import sentinels
from aevb_cli.tables import Table
from aevb_cli.tables.space import FloatArray
from aevb_cli.tables.table import quoted, shown

_NAMED = 3


def set_aside(source: str, table: Table, targets: Sequence[str]) -> tuple[str, ...]:
    """Take the gross outliers out of a table that was just read, in place; returns a note on each column with some.

    One such cell would stretch its column's scale until all other rows look alike. A feature's counts as the nearest of
    its column's other cells, a target's as not known. Of sentinels that are too many for that it is said what they are.
    """
    notes = []
    for column, values in zip(table.columns, table.values.T, strict=True):
        if column.categories:
            continue
        where = f"{source}, column {shown(column.name)}"
        dates = column.reading is not None and column.reading.kind == "date"  # numbers of days, which nobody wrote
        found = () if dates else sentinels(torch.from_numpy(values))
        counts = [f"{_text(each)} in {np.count_nonzero(values == each)}" for each in found]
        low, high = (float(end) for end in bounds(torch.from_numpy(values)[:, None]))
        far = (values < low) | (values > high)
        if far.any():
            text = _day if dates else "{:g}".format
            notes.append(f"{where}: {_without(values, far, found, text, target=column.name in targets)}")
        if any(low <= each <= high for each in found):
            usual = values[~np.isin(values, found) & ~np.isnan(values)]
            notes.append(
                f"{where}: {', '.join(counts)} of {len(values)} rows, apart from all others ({usual.min():g} to "
                f"{usual.max():g}), are taken for numbers. {_way_out(found)}"
            )
    return tuple(notes)


def _without(
    values: FloatArray,
    far: NDArray[np.bool_],
    sentinels: Sequence[float],
    text: Callable[[float], str],
    *,
    target: bool,
) -> str:
    """Take cells out of a column, in place, and say so. values: (rows,); far: (rows,), which; text: of a value."""
    records, cells = np.flatnonzero(far)[:_NAMED], values[far][:_NAMED]
    usual = values[~far & ~np.isnan(values)]
    way_out = _way_out(sentinels) if np.isin(values[far], sentinels).all() else "Mend what is wrong, or empty it."
    values[far] = np.nan if target else values[far].clip(usual.min(), usual.max())
    named = ", ".join(f"{text(cell)} in record {record + 1}" for record, cell in zip(records, cells, strict=True))
    count = int(far.sum())
    more = f" and {count - _NAMED} more" if count > _NAMED else ""
    taken = "as not known" if target else f"as the nearest of the others, {text(usual.min())} to {text(usual.max())}"
    return f"{named}{more}: over {GAP:g} times as far from the median as all other cells. Counted {taken}. {way_out}"


def _day(days: float) -> str:
    """A date of so many days since 1970, as ISO has it."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + math.floor(days)).isoformat()


def _way_out(sentinels: Sequence[float]) -> str:
    subject = "they mean" if len(sentinels) > 1 else "it means"
    options = " ".join(f"--na {quoted(_text(each))}" for each in sentinels)
    return f"If {subject} that nothing is known, say {options}, which holds in every column."


def _text(number: float) -> str:
    return repr(number).removesuffix(".0")
