"""Whole numbers that are codes: a pen, a class, a county. Found by whether knowing each by itself helps rows left out.

Two regressions are compared in rows that neither has seen: a ridge regression on smooth functions of all features taken
as numbers, alone and together, and the same with an effect of each value of one column, shrunken as random effects are.
A smooth effect of a number is in both. What only the second finds says that the values are names of something.
"""

import math
from collections.abc import Sequence

from torch import Tensor

from aevb_cli.core import parallel
from aevb_cli.core.data.regression import GAIN, Code, Sample, best_regression, fall
from aevb_cli.core.data.smooth import smooth_functions

LEAST, MOST, _OFTEN = 9, 500, 2
"""A code has so many values at least and at most, and _OFTEN rows for each on average. Of fewer, each has a bin of its
own in the encodings of numbers, which tell as much as words."""

_TRIED = 50
"""The most columns that are tried, those with the most values: in a table of hundreds the search would outlast the
training."""

_ERRORS = 3.0
"""The standard errors of the fall of the loss. Codes of pens, classes and states lie above 4; years and ages, which
help by chance or until the next year only, mostly below 3."""

_COUNTED = 6000
"""Rows of a larger table in which values are counted."""


def candidates(x: Tensor, categories: Sequence[int]) -> tuple[int, ...]:
    """The columns that may hold codes: whole numbers with few values beside the rows.

    x: (N, D) in units, NaN where missing; categories: each column's number of words, 0 for a number. The values of a
    larger table are counted in a sample of its rows.
    """
    found = []
    for place, (column, words) in enumerate(zip(x.unbind(1), categories, strict=True)):
        some = column[:: 1 + len(column) // _COUNTED]
        some = some[~some.isnan()]
        few = not words and LEAST <= len(some.unique()) <= min(MOST, len(some) / _OFTEN)
        if few and bool(((column == column.round()) | column.isnan()).all()):
            found.append(place)
    return tuple(found)


@parallel.one_thread()
def codes(x: Tensor, z: Tensor, categories: Sequence[int], group: Tensor | None = None) -> tuple[int, ...]:
    """The columns of whole numbers whose values are to be known as words as well, the most useful one first.

    x: (N, D) in units, words as codes, NaN where missing; z: (N, J), NaN where not known; categories: (D,), each
    column's number of words, 0 for a number; group: (N,) int64, of rows that are left out together. The same table
    gives the same answer. A column that tells nothing beyond one that was found before it is not found.
    """
    places = candidates(x, categories)
    sample = Sample.of(x, z, group) if places else None
    if sample is None:
        return ()
    regression = best_regression(smooth_functions(sample.x, categories), sample.z, sample.fold)
    all_codes = {place: Code.of(sample.x[:, place]) for place in places}
    tried = sorted(sorted(places, key=lambda place: -all_codes[place].count)[:_TRIED])
    left = {place: all_codes[place] for place in tried}
    least, found = _ERRORS + math.log10(len(left)) / 2, []
    while left:
        judged = {place: fall(regression.rest, regression.rest_with(code)) for place, code in left.items()}
        pays = {place: share for place, (share, errors) in judged.items() if share > GAIN and errors > least}
        if not pays:
            break
        found.append(max(pays, key=pays.__getitem__))
        regression = regression.extended(left.pop(found[-1]))
    return tuple(found)
