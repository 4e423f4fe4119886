"""Dates and times of day as text again: the pattern of a column's cells, in the letters of strftime.

strftime itself speaks the language of the process, and knows neither quarters nor hours beyond a day. A pattern of
months in another language than English ends in @ and the language.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from aevb_cli.settings import DateOrder
from aevb_cli.tables.kinds import calendar, months

_DATES: dict[DateOrder, tuple[str, ...]] = {
    "ymd": ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%j", "%Y-%b-%d", "%Y-%-m-%-d", "%Y/%-m/%-d", "%y-%m-%d"),
    "dmy": (
        *(f"{day}{mark}{month}{mark}{year}" for day, month in (("%d", "%m"), ("%-d", "%-m")) for mark in "/.-"
          for year in ("%Y", "%y")),
        *(f"{day}{mark}{month}{mark}%Y" for mark in " -" for month in ("%b", "%B") for day in ("%d", "%-d")),
        *("%d-%b-%y", "%-d-%b-%y", "%-d. %B %Y", "%-d. %b %Y", "%d. %B %Y", "%-d de %B de %Y"),
    ),
    "mdy": (
        *(f"{month}{mark}{day}{mark}{year}" for day, month in (("%d", "%m"), ("%-d", "%-m")) for mark in "/-."
          for year in ("%Y", "%y")),
        *(f"{month} {day}{mark} %Y" for mark in (",", "") for month in ("%b", "%B") for day in ("%d", "%-d")),
    ),
    "ym": ("%Y-%m", "%Y/%m", "%Ym%-m", "%YM%m", "%b %Y", "%B %Y", "%Y-%b", "%Y %b", "%m/%Y", "%-m/%Y", "%b '%y",
           "%B de %Y"),
    "quarter": ("%YQ%q", "%Y-Q%q", "%Y Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y", "%Yq%q"),
    "week": ("%G-W%V", "%GW%V", "%G-W%V-%u"),
}  # fmt: skip
_CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%L", "%H:%M:%S.%f", "%-H:%M", "%-H:%M:%S", "%I:%M %p", "%-I:%M %p",
           "%I:%M:%S %p", "%-I:%M:%S %p")  # fmt: skip
_JOINTS, _ZONES = (" ", "T", ", "), ("", "Z", "+00:00", " UTC")
_LETTER = re.compile(r"%(-?[A-Za-z])")
_TRIED, _READ = 5, 200
"""Cells by which patterns are sorted out, and those by which the remaining ones are told apart."""

_MICROSECONDS = 86_400_000_000
_LAST = date.max.toordinal()
_EPOCH = date(1970, 1, 1).toordinal()


def of_dates(words: Sequence[str], order: DateOrder) -> str:
    """Return the pattern that writes most of these dates as they stand; of none the first of this order."""
    moments = {word: found for word in words[:_READ] if (found := calendar.moment(word, order)) is not None}
    days = {word: found.days for word, found in moments.items()}
    timed = any(found.local != math.floor(found.local) for found in moments.values())
    language = months.language(list(days))
    ending = "" if language == "en" else f"@{language}"
    return _best(days, dated, (f"{pattern}{ending}" for pattern in _date_patterns(order, timed=timed)))


def of_times(words: Sequence[str]) -> str:
    """Return the pattern that writes most of these times of day or durations as they stand."""
    return _best({word: calendar.hours(word) / 24 for word in words[:_READ]}, timed, iter(_CLOCKS))


def dated(days: float, pattern: str) -> str:
    """Return a date as text. days: since 1970, held within the years 1 to 9999; to the pattern's finest unit."""
    total = round((days + _EPOCH) * _MICROSECONDS)
    unit = _unit(pattern)
    day, rest = divmod(total if unit == _MICROSECONDS else _rounded(total, unit), _MICROSECONDS)
    return _written(date.fromordinal(min(max(day, 1), _LAST)), rest, pattern)


def timed(share: float, pattern: str) -> str:
    """Return a time of day, or a duration, as text. share: of a day."""
    return _written(date.min, _rounded(round(share * _MICROSECONDS), _unit(pattern)), pattern)


def _best(values: dict[str, float], write: Callable[[float, str], str], patterns: Iterator[str]) -> str:
    known = {word: value for word, value in values.items() if not math.isnan(value)}
    first = dict(itertools.islice(known.items(), _TRIED))

    def right(pattern: str, some: dict[str, float]) -> int:
        return sum(write(value, pattern) == " ".join(word.split()) for word, value in some.items())

    scores = {pattern: right(pattern, first) for pattern in patterns}
    left = [pattern for pattern, score in scores.items() if score == max(scores.values())]
    return left[0] if len(left) == 1 else max(left, key=lambda pattern: right(pattern, known))


def _date_patterns(order: DateOrder, *, timed: bool) -> Iterator[str]:
    """Patterns of this order, plain ones first; timed: whether some cell has a time of day."""
    if not timed:
        yield from _DATES[order]
    for day, clock, joint, zone in itertools.product(_DATES[order], _CLOCKS[1:] + _CLOCKS[:1], _JOINTS, _ZONES):
        yield f"{day}{joint}{clock}{zone}"


def _unit(pattern: str) -> int:
    """Return the microseconds of the finest part that a pattern shows; of a date alone a day."""
    units = {"f": 1, "L": 1_000, "S": 1_000_000, "M": 60_000_000}
    return next((size for letter, size in units.items() if f"%{letter}" in pattern), _MICROSECONDS)


def _rounded(total: int, unit: int) -> int:
    return (total + unit // 2) // unit * unit


def _written(day: date, rest: int, pattern: str) -> str:
    """rest: microseconds since midnight; more than a day has, and they are a duration."""
    seconds, fraction = divmod(rest, 1_000_000)
    hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
    year, week, weekday = day.isocalendar()
    pattern, _, language = pattern.partition("@")
    long, short = (names.split()[day.month - 1] for names in months.NAMES.get(language, months.NAMES["en"]))
    noon = hour % 12 or 12
    parts = {
        "Y": f"{day.year:04}", "y": f"{day.year % 100:02}", "m": f"{day.month:02}", "-m": str(day.month),
        "d": f"{day.day:02}", "-d": str(day.day), "j": f"{day.timetuple().tm_yday:03}", "q": str((day.month + 2) // 3),
        "b": short, "B": long, "G": f"{year:04}", "V": f"{week:02}", "u": str(weekday),
        "H": f"{hour:02}", "-H": str(hour), "I": f"{noon:02}", "-I": str(noon), "p": "PM" if hour % 24 >= 12 else "AM",
        "M": f"{minute:02}", "S": f"{second:02}", "L": f"{fraction // 1000:03}", "f": f"{fraction:06}",
    }  # fmt: skip
    return _LETTER.sub(lambda found: parts.get(found[1], found[0]), pattern)
