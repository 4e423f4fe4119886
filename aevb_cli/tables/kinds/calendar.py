"""Dates and times of day as text, and the numbers that they are: days since 1970, parts of the calendar, hours."""

import math
import re
from calendar import isleap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from aevb_cli.settings import WEEKDAYS, DateOrder, DatePart
from aevb_cli.tables.kinds import months
from aevb_cli.tables.space import FloatArray

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAY_NAME = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
_TIME = (
    r"(?P<hour>\d{1,3}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>[.,]\d+)?)? ?(?P<half>[ap]\.?m\.?)?"
    r" ?(?P<zone>z|utc|gmt|[+-]\d\d:?(?:\d\d)?)?"
)
_PIVOT = 69
"""Two-digit years from it on are of the 1900s, as POSIX has it."""

_NUMERIC = r"(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<y>\d{4}|\d\d)"
_FORMS: dict[DateOrder, tuple[str, ...]] = {
    "ymd": (
        r"(?P<y>\d{4})(?P<mark>[-/.])(?P<m>\d{1,2})(?P=mark)(?P<d>\d{1,2})",
        r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",
        r"(?P<y>\d{4})-(?P<of_year>\d{3})",
        rf"(?P<y>\d{{4}})[- /]{_MONTH}[- /](?P<d>\d{{1,2}})",
        r"(?P<y>\d\d)(?P<mark>[-/.])(?P<m>\d{1,2})(?P=mark)(?P<d>\d{1,2})",
    ),
    "dmy": (
        _NUMERIC.replace("<a>", "<d>").replace("<b>", "<m>"),
        rf"{_DAY_NAME}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\.?[- /]?{_MONTH},?[- /]?(?P<y>\d{{4}}|\d\d)",
    ),
    "mdy": (
        _NUMERIC.replace("<a>", "<m>").replace("<b>", "<d>"),
        rf"{_DAY_NAME}{_MONTH}[- /]?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?[- /](?P<y>\d{{4}}|\d\d)",
    ),
    "ym": (
        r"(?P<y>\d{4})[-/](?P<m>\d\d)",
        r"(?P<y>\d{4}) ?m(?P<m>\d{1,2})",
        rf"(?P<y>\d{{4}})[- /]?{_MONTH}",
        rf"{_MONTH}(?:[- /]?(?P<y>\d{{4}})|[- /]?'(?P<short>\d\d))",  # Dec06 and Dec-06 may be a day
        r"(?P<m>\d{1,2})/(?P<y>\d{4})",
    ),
    "quarter": (r"(?P<y>\d{4})[- ]?q(?P<q>[1-4])", r"q(?P<q>[1-4])[- /]?(?P<y>\d{4})"),
    "week": (r"(?P<y>\d{4})-?w(?P<w>\d\d)(?:-?(?P<weekday>[1-7]))?",),
}
_FLAGS = re.ASCII | re.IGNORECASE
ORDERS: dict[DateOrder, tuple[re.Pattern[str], ...]] = {
    order: tuple(re.compile(rf"{form}(?:[t ,]+{_TIME})?", _FLAGS) for form in forms) for order, forms in _FORMS.items()
}
_CTIME = rf"{_DAY_NAME}{_MONTH} (?P<d>\d{{1,2}}) {_TIME}(?: [a-z]+)? (?P<y>\d{{4}})"
ORDERS["mdy"] += (re.compile(_CTIME, _FLAGS),)
EXAMPLES: dict[DateOrder, str] = {
    "ymd": "2024-01-31",
    "dmy": "31/01/2024, the day first",
    "mdy": "01/31/2024, the month first",
    "ym": "2024-01",
    "quarter": "2024Q1",
    "week": "2024-W05",
}
_CLOCK = re.compile(_TIME, _FLAGS)
_EPOCH = date(1970, 1, 1).toordinal()
_POINTS = re.compile(r"\d{1,2}\.\d{1,2}\.", re.ASCII)
_RATIO = re.compile(r"\d+:\d+", re.ASCII)
_FIRST_DAY, _LAST_DAY, _SOME = 18000101, 21001231, 100
_YEAR = 365
_MILLISECONDS = 86_400_000
"""Of a day: what days as doubles keep of the time."""


@dataclass(frozen=True)
class Moment:
    """A date. days: since 1970-01-01, by universal time where a zone is given; local: the same by its own clock."""

    days: float
    local: float

    @property
    def date(self) -> date:
        """The day by its own clock."""
        return date.fromordinal(_EPOCH + math.floor(self.local))


def _of_year(moment: Moment) -> float:
    """The share of its year that has passed, as an angle."""
    day = moment.date
    first = date(day.year, 1, 1).toordinal()
    return 2 * math.pi * (moment.local + _EPOCH - first) / (366 if isleap(day.year) else 365)


PARTS: dict[DatePart, Callable[[Moment], float]] = {
    "days": lambda moment: moment.days,
    "season, sine": lambda moment: math.sin(_of_year(moment)),
    "season, cosine": lambda moment: math.cos(_of_year(moment)),
    "weekday": lambda moment: moment.date.weekday(),
    "hour, sine": lambda moment: math.sin(2 * math.pi * moment.local),
    "hour, cosine": lambda moment: math.cos(2 * math.pi * moment.local),
}
"""The values that a date has, by name. weekday: 0 for Monday."""


def moment(word: str, order: DateOrder) -> Moment | None:
    """Return the date of a cell, read in this order of its parts, in any known language; None where it is none."""
    text = " ".join(word.split())
    found = _found(text, order)
    if found is None and (english := months.in_english(text)):
        return _found(english, order)
    return found


def _found(text: str, order: DateOrder) -> Moment | None:
    for form in ORDERS[order]:
        found = form.fullmatch(text)
        if found:
            return _moment(found)
    return None


def value(word: str, order: DateOrder, part: DatePart) -> float:
    """Return a part of a cell's date as a number; NaN where it is none."""
    found = moment(word, order)
    return math.nan if found is None else PARTS[part](found)


def orders(words: Sequence[str]) -> list[DateOrder]:
    """Return the orders in which all of a column's cells are dates; of two with the same dates the first."""
    found = [order for order in ORDERS if all(moment(word, order) is not None for word in words)]
    if found == ["ym"] and all(map(_span_of_years, words)):
        return []
    if "dmy" in found and all(_POINTS.match(word) for word in words):
        return ["dmy"]  # with points the day stands first wherever they are used
    same = len(found) > 1 and all(len({moment(word, order) for order in found}) == 1 for word in words)
    return found[:1] if same else found


def may_be_days(numbers: FloatArray) -> bool:
    """Whether all numbers have eight digits that may be a year, a month and a day, such as 20240131. (rows,)."""
    some = numbers[:_SOME]
    if ((some < _FIRST_DAY) | (some > _LAST_DAY)).any():  # most columns: a look at all cells would take its time
        return False
    known = numbers[~np.isnan(numbers)]
    if not len(known) or known.min() < _FIRST_DAY or known.max() > _LAST_DAY:
        return False
    month, day = known // 100 % 100, known % 100
    return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (known % 1 == 0)).all())


def parts(words: Sequence[str], order: DateOrder) -> list[DatePart]:
    """Return the parts that may tell something of a column's dates, the days first."""
    moments = [found for word in words if (found := moment(word, order)) is not None]
    return ["days", *_further(moments)]


def written(word: str, order: DateOrder) -> str:
    """Return a cell's date in words, such as 31 Jan 2024; empty where it is none."""
    found = moment(word, order)
    return "" if found is None else f"{found.date.day} {_MONTHS[found.date.month - 1].title()} {found.date.year}"


def is_ratio(word: str) -> bool:
    """Whether a cell has a colon between numbers and is no time, such as 1:5."""
    return bool(_RATIO.fullmatch(word)) and math.isnan(hours(word))


def hours(word: str) -> float:
    """Return a time of day or a duration in hours; NaN where a cell is none."""
    found = _CLOCK.fullmatch(" ".join(word.split()))
    share = None if found is None or found["zone"] else _clock(found)
    return math.nan if share is None else round(share * 24, 9)


def _further(moments: Sequence[Moment]) -> Iterator[DatePart]:
    local = np.array([moment.local for moment in moments])
    if local.max() - local.min() > _YEAR:
        yield from ("season, sine", "season, cosine")
    if len({moment.date.weekday() for moment in moments}) == len(WEEKDAYS):
        yield "weekday"
    if np.unique(np.round(local * _MILLISECONDS) % _MILLISECONDS).size > 1:
        yield from ("hour, sine", "hour, cosine")


def _moment(found: re.Match[str]) -> Moment | None:
    parts = found.groupdict()
    share = _clock(found) if parts["hour"] else 0.0
    if share is None or share > 1:
        return None
    try:
        day = _day(parts).toordinal()
        date.fromordinal(day + math.floor(share))  # 24:00 is the next day, and the last one has none
    except ValueError:
        return None
    local = day - _EPOCH + share
    return Moment(local - _offset(parts["zone"]), local)


def _day(parts: dict[str, str | None]) -> date:
    written = parts["y"] or parts.get("short") or ""
    year = int(written)
    if len(written) < 4:
        year += 1900 if year >= _PIVOT else 2000
    if parts.get("w"):
        return date.fromisocalendar(year, int(parts["w"] or 0), int(parts["weekday"] or 1))
    if parts.get("of_year"):
        return date(year, 1, 1) + timedelta(days=_within(int(parts["of_year"] or 0), 1, 365 + isleap(year)) - 1)
    if parts.get("q"):
        return date(year, 3 * int(parts["q"] or 0) - 2, 1)
    name = parts.get("name")
    month = _MONTHS.index(name.lower()) + 1 if name else int(parts["m"] or 0)
    return date(year, month, int(parts.get("d") or 1))


def _within(number: int, low: int, high: int) -> int:
    """The number; ValueError where it does not lie between these."""
    if not low <= number <= high:
        raise ValueError(number)
    return number


def _clock(found: re.Match[str]) -> float | None:
    """The share of a day; None where minutes, seconds or a 12-hour clock are none."""
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    half = (found["half"] or "").lower()[:1]
    if minute > 59 or second > 60 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + 12 * (half == "p")
    fraction = float("0" + (found["fraction"] or ".0").replace(",", "."))
    time = timedelta(hours=hour, minutes=minute, seconds=second + fraction)
    return time / timedelta(days=1)


def _offset(zone: str | None) -> float:
    """A zone's offset from universal time, in days."""
    if not zone or zone.lower() in {"z", "utc", "gmt"}:
        return 0.0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return (minutes if zone[0] == "+" else -minutes) / 1440


def _span_of_years(word: str) -> bool:
    """Whether a cell such as 2000-01 may be two years, the second of which follows the first."""
    digits = re.sub(r"\D", "", word)
    return len(digits) == 6 and int(digits[4:]) == (int(digits[:4]) + 1) % 100
