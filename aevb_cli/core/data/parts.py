"""Columns that were made of another, such as the parts of a date: which of them help in rows left out."""

from collections.abc import Sequence

from torch import Tensor

from aevb_cli.core.data.regression import ERRORS, GAIN, Regression, Sample, best_regression, fall
from aevb_cli.core.data.smooth import smooth_functions


def useful(
    x: Tensor, z: Tensor, categories: Sequence[int], parts: Sequence[Sequence[int]], group: Tensor | None = None
) -> tuple[int, ...]:
    """Which parts are to be given beside the other columns, the most useful one first.

    x: (N, D) in units, words as codes, NaN where missing; z: (N, J), NaN where not known; categories: (D,), each
    column's number of words, 0 for a number; parts: the columns of each part, such as those of the sine and cosine of
    the time of year; group: (N,) int64, of rows that are left out together. Where there are too few rows to judge by,
    none is.
    """
    sample = Sample.of(x, z, group) if parts else None
    if sample is None:
        return ()
    optional = {column for part in parts for column in part}
    given = [column for column in range(x.shape[1]) if column not in optional]
    left, found, now = dict(enumerate(parts)), list[int](), _with(sample, categories, given)
    while left:
        judged = {  # no regression is kept: each holds a matrix of all columns for every fold
            place: fall(now.rest, _with(sample, categories, [*given, *part]).rest) for place, part in left.items()
        }
        pays = {place: share for place, (share, errors) in judged.items() if share > GAIN and errors > ERRORS}
        if not pays:
            break
        found.append(max(pays, key=pays.__getitem__))
        given += left.pop(found[-1])
        now = _with(sample, categories, given)
    return tuple(found)


def _with(sample: Sample, categories: Sequence[int], columns: Sequence[int]) -> Regression:
    """The regression on some columns."""
    functions = smooth_functions(sample.x[:, list(columns)], [categories[column] for column in columns])
    return best_regression(functions, sample.z, sample.fold)
