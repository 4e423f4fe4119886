"""Numbers that say that nothing is known, such as -999, 9999 or 97, 98 and 99, however many cells they are in.

Such a number has a form that people and programs choose for it, stands again and again, and lies far from all others.
None of these tells by itself: a price may be 99, half of a column 0, a lone cell far away a slipped point.
"""

import re
from collections.abc import Sequence

from torch import Tensor

from aevb_cli.core.data.rows import present_cells, sample

_FORM = re.compile(r"-?(9+[6-9]|77+|88+|99+\.9+|99+\.25)|-[1-9]|-32768|2147483647|-2147483648")
_HUGE = 1e15
"""From here on any number has the form: 1e20, NetCDF's 9.97e36, 1.7e38 on maps, the largest double."""

_OFTEN, _LEAST_CELLS = 3, 8
"""So often the most frequent one stands; and with fewer cells nothing is said of what is usual."""

_DIGIT, _VARIOUS = 10, 8
"""-9 to -1 are more often numbers: they are sentinels only beside more different numbers than so many."""


def sentinels(values: Tensor) -> tuple[float, ...]:
    """The sentinels of a column, ascending: beyond its other numbers by more than all that lies between these.

    Below numbers none of which is negative the distance does not matter. Beside prices, which end in 9, 999 is a price.

    values: (N,) in units, NaN where missing. A large column is judged by a sample of its rows.
    """
    cells = present_cells(sample(values[:, None])[:, 0])
    if len(cells) < _LEAST_CELLS:
        return ()
    numbers, counts = cells.unique(return_counts=True)
    ordered, count = numbers.tolist(), dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    low, high = _leading(ordered), len(ordered) - _leading(ordered[::-1])
    rest = ordered[low:high]
    if len(rest) < 2:
        return ()
    reach = rest[-1] - rest[0]
    found = [each for each in ordered[:low] if _is_below(each, rest, reach)]
    if sum(f"{each:.10g}".endswith("9") for each in rest) <= len(rest) / 2:
        found += [each for each in ordered[high:] if each > rest[-1] + reach]
    return tuple(found) if max(map(count.__getitem__, found), default=0) >= _OFTEN else ()


def _is_below(number: float, rest: Sequence[float], reach: float) -> bool:
    """Whether a number of the form is a sentinel below the others. reach: from the least of these to the greatest."""
    if number > -_DIGIT and len(rest) <= _VARIOUS:
        return False
    return number < rest[0] - reach or (number <= -_DIGIT and rest[0] >= 0)


def _leading(numbers: Sequence[float]) -> int:
    """How many have the form before the first that has not."""
    for place, number in enumerate(numbers):
        if abs(number) < _HUGE and not _FORM.fullmatch(f"{number:.10g}"):
            return place
    return len(numbers)
