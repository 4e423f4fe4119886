"""Dates and times in every form: the day that a cell is, the order that a column has, and the parts that tell more."""

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aevb_cli.settings import DateOrder
from aevb_cli.tables.kinds import calendar

EPOCH = datetime(1970, 1, 1)
MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905 - so many quotes


def days(text: str) -> float:
    """The days since 1970 of an ISO date, with a time or without."""
    return (datetime.fromisoformat(text) - EPOCH).total_seconds() / 86400


@pytest.mark.parametrize(
    ("order", "cell", "iso"),
    [
        ("ymd", "2024-01-31", "2024-01-31"),
        ("ymd", "2024/1/31", "2024-01-31"),
        ("ymd", "2024.01.31", "2024-01-31"),
        ("ymd", "20240131", "2024-01-31"),
        ("ymd", "2024-031", "2024-01-31"),
        ("ymd", "2024-366", "2024-12-31"),
        ("ymd", "2024-Jan-31", "2024-01-31"),
        ("ymd", "2024 January 31", "2024-01-31"),
        ("ymd", "99-01-31", "1999-01-31"),
        ("ymd", "2024-01-31T10:00", "2024-01-31T10:00"),
        ("ymd", "2024-01-31 10:00:30.5", "2024-01-31T10:00:30.500"),
        ("ymd", "2024-01-31, 10:00:30,5", "2024-01-31T10:00:30.500"),
        ("ymd", "2024-01-31 12:00 AM", "2024-01-31"),
        ("ymd", "2024-01-31 12:30 p.m.", "2024-01-31T12:30"),
        ("ymd", "2024-01-31T10:00Z", "2024-01-31T10:00"),
        ("ymd", "2024-01-31T10:00+02:00", "2024-01-31T08:00"),
        ("ymd", "2024-01-31 10:00-0530", "2024-01-31T15:30"),
        ("ymd", "2024-01-31 24:00", "2024-02-01"),
        ("ymd", "2016-12-31 23:59:60", "2017-01-01"),
        ("dmy", "31/01/2024", "2024-01-31"),
        ("dmy", "31.1.2024", "2024-01-31"),
        ("dmy", "31-01-24", "2024-01-31"),
        ("dmy", "31-01-68", "2068-01-31"),
        ("dmy", "31-01-69", "1969-01-31"),
        ("dmy", "31 Jan 2024", "2024-01-31"),
        ("dmy", "31st January, 2024", "2024-01-31"),
        ("dmy", "Wed, 31 Jan 2024 10:00:00 GMT", "2024-01-31T10:00"),
        ("dmy", "1jan99", "1999-01-01"),
        ("mdy", "01/31/2024", "2024-01-31"),
        ("mdy", "Jan 31, 2024", "2024-01-31"),
        ("mdy", "Wednesday, January 31st, 2024", "2024-01-31"),
        ("mdy", "Sept. 5 2024", "2024-09-05"),
        ("mdy", "Wed Jan 31 10:00:00 UTC 2024", "2024-01-31T10:00"),
        ("mdy", "Wed Jan 31 10:00:00 2024", "2024-01-31T10:00"),
        ("ym", "2024-02", "2024-02-01"),
        ("ym", "2024M2", "2024-02-01"),
        ("ym", "Feb 2024", "2024-02-01"),
        ("ym", "February '24", "2024-02-01"),
        ("ym", "2024 Feb", "2024-02-01"),
        ("ym", "2/2024", "2024-02-01"),
        ("quarter", "2024Q1", "2024-01-01"),
        ("quarter", "2024-q4", "2024-10-01"),
        ("quarter", "Q2 2024", "2024-04-01"),
        ("week", "2024-W05", "2024-01-29"),
        ("week", "2024W05-3", "2024-01-31"),
        ("week", "2020-W53-7", "2021-01-03"),
    ],
)
def test_a_date_in_every_form(order: DateOrder, cell: str, iso: str) -> None:
    assert calendar.value(cell, order, "days") == pytest.approx(days(iso), abs=1e-9)
    assert calendar.value(f"  {cell.upper()} ", order, "days") == calendar.value(cell, order, "days")


@pytest.mark.parametrize(
    ("order", "cell"),
    [
        *((order, cell) for order in calendar.ORDERS for cell in ("", "oops", "12", "1.5", "10:00", "2024")),
        ("ymd", "2024-02-30"),
        ("ymd", "2023-366"),
        ("ymd", "2024-000"),
        ("ymd", "2024-01/31"),
        ("ymd", "0000-01-31"),
        ("ymd", "2024-01-31 25:00"),
        ("ymd", "2024-01-31 10:60"),
        ("ymd", "2024-01-31 13:00 pm"),
        ("ymd", "2024-01-31 00:30 am"),
        ("ymd", "\uff12\uff10\uff12\uff14-01-31"),
        ("ymd", "9999-12-31 24:00"),
        ("dmy", "13/13/2024"),
        ("mdy", "31/01/2024"),
        ("ym", "2024-13"),
        ("ym", "Dec-06"),
        ("quarter", "2024Q5"),
        ("week", "2023-W53"),
    ],
)
def test_what_is_no_date(order: DateOrder, cell: str) -> None:
    assert math.isnan(calendar.value(cell, order, "days"))
    assert calendar.written(cell, order) == ""


@pytest.mark.parametrize(
    ("cells", "orders"),
    [
        (["2024-01-31", "2024-02-29"], ["ymd"]),
        (["31/01/2024", "01/02/2024"], ["dmy"]),
        (["01/31/2024", "01/02/2024"], ["mdy"]),
        (["03/04/2024", "05/06/2024"], ["dmy", "mdy"]),
        (["03.04.2024", "05.06.2024"], ["dmy"]),
        (["03.04.2024", "05/06/2024"], ["dmy", "mdy"]),
        (["03/04/05"], ["ymd", "dmy", "mdy"]),
        (["01/01/2024", "02/02/2024"], ["dmy"]),
        (["31/01/2024", "01/31/2024"], []),
        (["1 Jan 2024", "Jan 2, 2024"], []),
        (["2000-01", "2001-02"], []),
        (["2000-01", "2001-07"], ["ym"]),
        (["1999-00", "2000-01"], []),
        (["2024Q1", "2024Q2"], ["quarter"]),
        (["2024-W05"], ["week"]),
        (["2024-01-31", "oops"], []),
    ],
)
def test_the_orders_of_a_column(cells: list[str], orders: list[DateOrder]) -> None:
    assert calendar.orders(cells) == orders


FORMS: dict[str, tuple[DateOrder, Callable[[date], str]]] = {
    "ISO": ("ymd", lambda day: f"{day.year:04}-{day.month:02}-{day.day:02}"),
    "slashes": ("ymd", lambda day: f"{day.year:04}/{day.month}/{day.day}"),
    "compact": ("ymd", lambda day: f"{day.year:04}{day.month:02}{day.day:02}"),
    "day of the year": ("ymd", lambda day: f"{day.year:04}-{day.timetuple().tm_yday:03}"),
    "points": ("dmy", lambda day: f"{day.day:02}.{day.month:02}.{day.year:04}"),
    "a name behind": ("dmy", lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year:04}"),
    "a short name behind": ("dmy", lambda day: f"{day.day}-{MONTHS[day.month - 1][:3]}-{day.year:04}"),
    "a name ahead": ("mdy", lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year:04}"),
    "a name between": ("ymd", lambda day: f"{day.year:04}-{MONTHS[day.month - 1][:3]}-{day.day:02}"),
    "a week's day": ("week", lambda day: "{:04}-W{:02}-{}".format(*day.isocalendar())),
}


@given(st.lists(st.dates(date(1000, 1, 1), date(9998, 12, 31)), min_size=1), st.sampled_from(sorted(FORMS)))
@example([date(2024, 2, 29), date(1900, 2, 28), date(2000, 12, 31)], "day of the year")
def test_any_date_reads_back(dates: list[date], form: str) -> None:
    order, written = FORMS[form]
    cells = list(map(written, dates))
    assert calendar.orders(cells) == [order]
    expected = [(day - EPOCH.date()).days for day in dates]
    assert [calendar.value(cell, order, "days") for cell in cells] == expected
    assert [calendar.value(cell, order, "weekday") for cell in cells] == [day.weekday() for day in dates]


@given(st.lists(st.dates(date(1970, 1, 1), date(2068, 12, 31)), min_size=1))
def test_where_the_day_may_be_the_month_no_other_date_is_read_in_silence(dates: list[date]) -> None:
    cells = [f"{day:%d/%m/%Y}" for day in dates]
    right = [(day - EPOCH.date()).days for day in dates]
    found = calendar.orders(cells)
    assert "dmy" in found
    if len(found) == 1:
        assert [calendar.value(cell, found[0], "days") for cell in cells] == right
    else:
        assert all(day.day <= 12 for day in dates)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_a_moment_is_in_universal_time_and_its_parts_by_its_own_clock(moment: datetime, zone: int) -> None:
    sign, offset = "+-"[zone < 0], abs(zone)
    cell = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}{sign}{offset // 60:02}:{offset % 60:02}"
    universal = (moment - timedelta(minutes=zone) - EPOCH) / timedelta(days=1)
    assert calendar.value(cell, "ymd", "days") == pytest.approx(universal, abs=1e-9)
    assert calendar.value(cell, "ymd", "weekday") == moment.weekday()
    angle = 2 * math.pi * ((moment - datetime(moment.year, moment.month, moment.day)) / timedelta(days=1))
    clock = [calendar.value(cell, "ymd", part) for part in ("hour, sine", "hour, cosine")]
    assert clock == pytest.approx([math.sin(angle), math.cos(angle)], abs=1e-6)


def test_the_season_is_the_share_of_the_year() -> None:
    for day, share in (("2023-01-01", 0), ("2023-07-02 12:00", 0.5), ("2024-07-02", 0.5), ("2024-04-01 12:00", 0.25)):
        angle = 2 * math.pi * share
        season = [calendar.value(day, "ymd", part) for part in ("season, sine", "season, cosine")]
        assert season == pytest.approx([math.sin(angle), math.cos(angle)], abs=0.01)


WEEK = [f"2024-01-{day:02}" for day in range(1, 8)]
SEASON, WEEKDAY, HOUR = ["season, sine", "season, cosine"], ["weekday"], ["hour, sine", "hour, cosine"]


@pytest.mark.parametrize(
    ("cells", "further"),
    [
        (WEEK, WEEKDAY),
        (WEEK[:6], []),
        ([*WEEK[:6], "2024-12-31"], []),
        ([*WEEK[:6], "2025-01-02"], SEASON),
        ([f"{day} 10:00" for day in WEEK[:6]], []),
        ([*WEEK[:5], "2024-01-06 10:00"], HOUR),
        ([f"{year}{day[4:]} 10:20:33" for day in WEEK for year in (1950, 1999, 2024, 2077)], [*SEASON, *WEEKDAY]),
        ([*WEEK, "2026-01-01 00:00:01"], [*SEASON, *WEEKDAY, *HOUR]),
    ],
)
def test_the_parts_that_may_tell_something(cells: list[str], further: list[str]) -> None:
    assert calendar.parts(cells, "ymd") == ["days", *further]


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        ("14:30", 14.5),
        ("9:05:30", 9 + 5 / 60 + 30 / 3600),
        ("00:00", 0),
        ("2:30 pm", 14.5),
        ("12:15am", 0.25),
        ("100:30", 100.5),
        ("10:00:00.25", 10 + 0.25 / 3600),
        *((cell, math.nan) for cell in ("14:60", "1:2", "14", "14:30Z", "13:00 pm", "", "-1:30", "3-2")),
    ],
)
def test_a_time_of_day_in_hours(cell: str, hours: float) -> None:
    assert calendar.hours(cell) == pytest.approx(hours, abs=1e-9, nan_ok=True)


def test_a_date_is_written_so_that_no_one_takes_it_for_another() -> None:
    assert calendar.written("03/04/2024", "dmy") == "3 Apr 2024"
    assert calendar.written("03/04/2024", "mdy") == "4 Mar 2024"


@pytest.mark.parametrize(
    ("numbers", "may"),
    [
        ([20240131, 19991231], True),
        ([20240131, np.nan], True),
        ([20241301], False),
        ([20240132], False),
        ([20240100], False),
        ([20240131.5], False),
        ([17991231], False),
        ([21010101], False),
        ([20240131, 5], False),
        ([np.nan], False),
        ([], False),
    ],
)
def test_numbers_that_may_be_days(numbers: list[float], may: bool) -> None:
    assert calendar.may_be_days(np.array(numbers, float)) is may
