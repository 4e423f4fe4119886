"""A date in a column whose order of day, month and year is known, or one that can be read in one way only."""

import math
import re

from aevb_cli.settings import DateOrder, DatePart
from aevb_cli.tables.kinds import calendar
from aevb_cli.tables.kinds.calendar import Moment

_OF_DAYS: tuple[DateOrder, ...] = ("ymd", "dmy", "mdy")
_YEAR, _NAME = re.compile(r"\d{4}"), re.compile(r"[^\W\d_]{3}")


def value(word: str, order: DateOrder, part: DatePart) -> float:
    """Return a part of a cell's date as a number; NaN where it is none.

    >>> value("31/01/2024", "dmy", "days") == value("2024-01-31", "dmy", "days") == value("Jan 31, 2024", "dmy", "days")
    True
    """
    found = calendar.moment(word, order) or (_unmistakable(word) if order in _OF_DAYS else None)
    return math.nan if found is None else calendar.PARTS[part](found)


def _unmistakable(word: str) -> Moment | None:
    """Return a date that begins with its year, as ISO has it, or names its month; None for others."""
    text = word.strip()
    if _YEAR.match(text):
        return calendar.moment(text, "ymd")
    if _NAME.search(text.partition(":")[0]):  # what follows is a time, perhaps with the name of a zone
        return calendar.moment(text, "dmy") or calendar.moment(text, "mdy")
    return None
