"""A date in another order than the column's is one where it can be read in one way only."""

import math

import pytest

from aevb_cli.settings import DateOrder
from aevb_cli.tables.kinds import calendar, dates

OTHER_FORMS = ["2024-01-31", "20240131", "2024/1/31", "Jan 31, 2024", "31 January 2024", "31-Jan-24", "31. Januar 2024"]


@pytest.mark.parametrize("order", ["ymd", "dmy", "mdy"])
@pytest.mark.parametrize("cell", [*OTHER_FORMS, "2024-01-31T14:30:00Z", "Jan 31, 2024 02:30 PM UTC"])
def test_what_begins_with_its_year_or_names_its_month_is_read_whatever_the_others_are(
    cell: str, order: DateOrder
) -> None:
    found = dates.value(cell, order, "days")
    assert math.floor(found) == calendar.value("2024-01-31", "ymd", "days")
    assert dates.value(cell, order, "weekday") == 2  # a Wednesday
    assert found % 1 == pytest.approx(14.5 / 24 if ":" in cell else 0, abs=1e-9)


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("31/01/2024", "mdy"),
        ("01/31/2024", "dmy"),
        ("01/02/2024", "ymd"),
        ("01/02/2024 10:00 UTC", "ymd"),
        ("31.01.24", "mdy"),
        ("2024", "dmy"),
        ("soon", "dmy"),
        ("2024-02-30", "dmy"),
        ("2024-01", "dmy"),
    ],
)
def test_others_are_no_dates_of_the_column(cell: str, order: DateOrder) -> None:
    assert math.isnan(dates.value(cell, order, "days"))


def test_quarters_and_months_are_read_as_before() -> None:
    assert dates.value("2024Q1", "quarter", "days") == calendar.value("2024Q1", "quarter", "days")
    assert math.isnan(dates.value("2024-01-31", "quarter", "days"))
