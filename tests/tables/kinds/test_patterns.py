from datetime import date

import pytest

from aevb_cli.settings import DateOrder
from aevb_cli.tables.kinds import calendar, patterns


@pytest.mark.parametrize(
    ("order", "words", "pattern"),
    [
        ("ymd", ["2024-01-31", "2024-02-29"], "%Y-%m-%d"),
        ("ymd", ["20240131", "20240229"], "%Y%m%d"),
        ("ymd", ["2024-01-31T09:05:00Z", "2024-02-29T10:00:30Z"], "%Y-%m-%dT%H:%M:%SZ"),
        ("ymd", ["2024-01-31 9:05", "2024-02-29 10:00"], "%Y-%m-%d %-H:%M"),
        ("dmy", ["31.01.2024", "29.02.2024"], "%d.%m.%Y"),
        ("dmy", ["1.2.2024", "29.12.2024"], "%-d.%-m.%Y"),
        ("dmy", ["1 Feb 2024", "29 Dec 2024"], "%-d %b %Y"),
        ("mdy", ["2/1/24", "12/29/24"], "%-m/%-d/%y"),
        ("mdy", ["May 1, 2024", "June 29, 2024"], "%B %-d, %Y"),
        ("mdy", ["02/01/2024 01:30 PM", "12/29/2024 11:00 AM"], "%m/%d/%Y %I:%M %p"),
        ("dmy", ["1. März 2024", "29. Dezember 2024"], "%-d. %B %Y@de"),
        ("dmy", ["1 févr. 2024", "29 août 2024"], "%-d %b %Y@fr"),
        ("dmy", ["15 de marzo de 2023", "1 de enero de 2024"], "%-d de %B de %Y@es"),
        ("dmy", ["12 gennaio 2024 10:30", "1 maggio 2024 09:00"], "%-d %B %Y %H:%M@it"),
        ("ym", ["out. 2024", "fev. 2024"], "%b %Y@pt"),
        ("dmy", ["01-mrt.-2024", "12-mei-2024"], "%d-%b-%Y@nl"),
        ("ym", ["2024-01", "2024-12"], "%Y-%m"),
        ("quarter", ["2024Q1", "2024Q4"], "%YQ%q"),
        ("week", ["2024-W05", "2024-W52"], "%G-W%V"),
    ],
)
def test_a_date_is_written_as_it_stood(order: DateOrder, words: list[str], pattern: str) -> None:
    assert patterns.of_dates(words, order) == pattern
    assert [patterns.dated(calendar.value(word, order, "days"), pattern) for word in words] == words


def test_a_pattern_that_nothing_tells_is_plain() -> None:
    assert patterns.of_dates([], "dmy") == "%d/%m/%Y"
    assert patterns.of_times([]) == "%H:%M"


def test_dates_stay_within_the_calendar() -> None:
    assert patterns.dated(1e9, "%Y-%m-%d") == "9999-12-31"
    assert patterns.dated(-1e9, "%Y-%m-%d") == "0001-01-01"


def test_the_month_names_are_english_and_every_day_is_its_own() -> None:
    start = date(1970, 1, 1).toordinal()
    for day in (date(2024, 2, 29), date(1999, 12, 31), date(2000, 1, 1)):
        assert patterns.dated(day.toordinal() - start, "%Y-%m-%d") == day.isoformat()
        assert patterns.dated(day.toordinal() - start, "%j") == f"{day:%j}"
    assert patterns.dated(0, "%B %b") == "January Jan"


def test_times_and_durations() -> None:
    assert patterns.of_times(["9:05", "23:59"]) == "%-H:%M"
    assert patterns.timed(calendar.hours("23:59:58") / 24, "%H:%M:%S") == "23:59:58"
    assert patterns.timed(30.5 / 24, "%H:%M") == "30:30"
    assert patterns.timed(0.5, "%I:%M %p") == "12:00 PM"
    assert patterns.timed(calendar.hours("10:59") / 24, "%H:%M") == "10:59"  # hours have nine decimals
