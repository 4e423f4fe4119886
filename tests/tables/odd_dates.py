"""What must come of dates and times in odd forms."""

from typing import Any

from tests.tables.odd_kinds import BESIDE, COUNTED, Odd, Took, date, number, out, refused, taken, time, words


def column(file: str, v: Took, why: str = "", **options: Any) -> Odd:
    """A file whose first column is v."""
    return taken(f"date_{file}.csv", v, COUNTED, why=why, **options)


def useless(file: str, why: str) -> Odd:
    """A file whose first column, v, is left out, and that is told."""
    return taken(f"date_{file}.csv", out("v"), BESIDE, COUNTED, why=why)


DAYS = date("v", "2024-01-31", "2024-02-29", "2024-03-15", "2024-04-30", "2024-12-01")
FIRSTS = date("v", "2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-12-01")
MOMENTS = date("v", "2024-01-31T10:00", "2024-02-29T11:30", "2024-03-15T00:00", "2024-04-30T23:59")
GERMAN = date("v", *(f"2024-{month:02}-{month + 8:02}" for month in range(1, 13)))
CLOCK = time("v", "14:30", "09:15", "00:00", "23:59", "07:45")

DATES: list[Odd] = [
    # the year first
    column("iso", DAYS),
    column("iso_time", date("v", "2024-01-31T10:00", "2024-02-29T11:30", "2024-03-15", "2024-04-30T23:59:59")),
    column("iso_blank_time", MOMENTS),
    column("iso_fraction", date("v", "2024-01-31T10:00:00.5", "2024-02-29T11:30:00.25", "2024-03-15T00:00:00.1")),
    column("iso_utc", date("v", "2024-01-31T10:00", "2024-02-29T11:30")),
    column("iso_zones", date("v", "2024-01-31T08:00", "2024-02-29T16:30", "2024-03-15", "2024-04-30T22:59:59")),
    column("iso_some_times", date("v", "2024-01-31", "2024-02-29T11:30", "2024-03-15", "2024-04-30T23:59")),
    column("compact", date("v", "2024-01-01", "2024-02-06", "2024-03-11"), "eight digits that are days in every row"),
    column("ymd_slashes", DAYS),
    column("far", date("v", "1492-10-12", "1066-10-14", "9999-12-31", "0476-09-04")),
    # the day or the month first: one cell above 12 tells
    column("dmy_slashes", DAYS),
    column("mdy_slashes", DAYS),
    column("dmy_points", DAYS),
    column("dmy_dashes", DAYS),
    column("dmy_two_digits", date("v", "2024-01-31", "2024-02-29", "1999-03-15", "2068-04-30", "1969-12-01")),
    column("dmy_points_low", date("v", "2024-02-01", "2024-04-03"), "with points the day stands first everywhere"),
    refused("date_ambiguous.csv", "03/04/2024", "3 Apr 2024", "4 Mar 2024", "--types v="),
    column("ambiguous", date("v", "2024-04-03", "2024-06-05"), types=["v=dmy"]),
    column("ambiguous", date("v", "2024-03-04", "2024-05-06"), types=["v=mdy"]),
    refused("date_ambiguous_two_digits.csv", "03/04/05", "--types"),
    column("same_either_way", date("v", "2024-01-01", "2024-02-02"), "both readings are the same days"),
    refused("date_contradicting.csv", "'v'", "/2024", why="days first in some records, months first in others"),
    # names
    column("day_month_name", DAYS),
    column("month_name_day", DAYS),
    column("dashes_month_name", DAYS),
    column("sas", DAYS),
    column("weekday_ahead", DAYS),
    column("unix_tool", MOMENTS, "as the Unix tool `date` and C's ctime write"),
    taken("date_german_months.csv", GERMAN, BESIDE, COUNTED, why="some months have the same name in English"),
    # months, quarters, weeks, years
    column("months", FIRSTS),
    column("month_names_years", FIRSTS),
    column("quarters", date("v", "2023-10-01", "2024-01-01", "2024-04-01")),
    column("quarters_ahead", date("v", "2023-10-01", "2024-01-01", "2024-04-01")),
    column("weeks", date("v", "2024-01-29", "2024-02-26"), "their Mondays"),
    column("weeks_days", date("v", "2024-01-31", "2024-02-29", "2024-03-15", "2024-04-30", "2024-12-01")),
    taken("date_ordinal.csv", date("v", "2024-01-01", "2024-01-31"), BESIDE, COUNTED, why="the day of the year"),
    column("seasons", words("v", "2019/20", "2020/21", "2021/22", "2019/20")),
    useless("spans", "1 January 2000 to 2001, or months? Another word in every row: told"),
    column("years", number("v", 1999, 2000, 2004)),
    column("month_names", words("v", "Jan", "Feb", "Mar", "Jan")),
    column("weekday_names", words("v", "Mon", "Tue", "Sun", "Mon")),
    # times
    column("clock", CLOCK),
    column("clock_seconds", time("v", "14:30:15", "09:15:00", "00:00:00", "23:59:59")),
    column("clock_12_hours", CLOCK),
    column("dates_12_hours", date("v", "2024-01-31T14:30", "2024-02-29T09:15", "2024-03-15", "2024-04-30T23:59")),
    column("durations", time("v", "26:15:00", "101:30:00", "00:45:30")),
    useless("durations_words", "another word in every row: told"),
    useless("durations_iso", "another word in every row: told"),
    # one cell that is none
    refused("date_impossible.csv", "record 2", "'2024-02-30'", "--na"),
    refused("date_zero.csv", "record 2", "'0000-00-00'", "--na", why="a database's missing date"),
    taken("date_zero.csv", date("v", "2024-01-01", None, "2024-03-11"), BESIDE, COUNTED, na=("0000-00-00",)),
    refused("date_one_word.csv", "record 2", "'soon'", "--na soon"),
    refused("date_one_german.csv", "record 2", "'29.02.2024'"),
    useless("one_day", "constant"),
    refused("date_target.csv", "'y'", "--target", why="a date is nothing that train-bnn predicts"),
]
