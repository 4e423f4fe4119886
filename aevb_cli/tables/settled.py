"""Numbers that a column can have, near those that a model draws or expects."""

import numpy as np

from aevb_cli.forms import PARTS, Form, Part
from aevb_cli.settings import Column
from aevb_cli.tables.space import FloatArray

_LAST_HOUR = 24 - 1 / 60


def settled(form: Form, column: Column, values: FloatArray, *, drawn: bool) -> FloatArray:
    """Return numbers that the column can have: on its side of 0, with no more decimals than it has. values: (rows,).

    drawn: they are draws, of which one on the wrong side is 0 where training rows were, and mirrored where none was: so
    no number comes up more often than it did. Others, such as the ends of an interval, stop at the last possible one.
    """
    if column.categories:
        return values
    if column.reading and column.reading.kind == "date":
        return _rounded(values, form.part, 24)
    if form.bound == "day":
        values = _rounded(np.mod(values, 24) if drawn else np.clip(values, 0, 24), form.part, 1)
        return np.where(values < 24, values, 0 if drawn else _LAST_HOUR)
    sign = {"": 0, ">": 1, "<": -1}[form.bound[:1]]
    if sign:
        mirrored = drawn and "=" not in form.bound
        values = sign * (np.abs(values) if mirrored else np.maximum(sign * values, 0))
    if (column.reading and column.reading.kind != "number") or form.digits < 0:
        return values
    values = np.round(values, form.digits) + 0.0  # no -0
    return np.where(values == 0, sign * 10.0**-form.digits, values) if form.bound in {">0", "<0"} else values


def _rounded(values: FloatArray, part: Part, hours: float) -> FloatArray:
    """Round dates or times to their finest part. hours: of one of their units."""
    if not part:
        return values
    size = PARTS[part] / hours
    return np.rint(values / size) * size
