"""Constant columns from which a hidden z is learned all the same: pixels at the border, and those that are named."""

from collections.abc import Container, Iterable, Sequence
from fnmatch import fnmatchcase

from aevb_cli.tables import Table
from aevb_cli.tables.kinds import cells
from aevb_cli.tasks.levels import MOST, stems

_NEIGHBOURS = 2
"""Columns of one name, but for its number, that must vary."""


def kept(table: Table, features: Container[str], likelihood: Sequence[str]) -> frozenset[str]:
    """The names of the constant columns that stay: those that can have a family, and are named or have neighbours.

    features: the columns of the file that are named as such; likelihood: NAME=KIND, as it is given.
    """
    named = {
        column.name
        for column, extent in zip(table.columns, table.extent, strict=True)
        if extent.constant
        and extent.known
        and not column.categories
        and ((column.column in features and _level(extent.low)) or _told(column.name, extent.low, likelihood))
    }
    beside = (names for places in stems(table.names).values() for names in _beside(table, places))
    return frozenset(named.union(beside))


def _told(name: str, value: float, likelihood: Sequence[str]) -> bool:
    """Whether a family is given for a constant column that it can have."""
    families = {text.rpartition("=")[2] for text in likelihood if fnmatchcase(name, text.rpartition("=")[0])}
    return ("bernoulli" in families and 0 <= value <= 1) or ("beta-binomial" in families and _level(value))


def _level(value: float) -> bool:
    return value == int(value) and abs(value) < MOST


def _beside(table: Table, places: Sequence[int]) -> Iterable[str]:
    """The constant ones among columns of one name, if the others are all whole, or all from 0 to 1, and so are they."""
    varying = [place for place in places if not table.extent[place].constant]
    constant = [place for place in places if table.extent[place].constant and table.extent[place].known]
    if not constant or len(varying) < _NEIGHBOURS or any(table.columns[place].categories for place in places):
        return
    low, high = (min(table.extent[place].low for place in varying), max(table.extent[place].high for place in varying))
    shares = low >= 0 and high <= 1
    if not shares and not all(cells.whole(table.values[:, place]) for place in varying):
        return
    for place in constant:
        value = table.extent[place].low
        if low <= value <= high and (value in {0, 1} if shares else _level(value)):
            yield table.names[place]
