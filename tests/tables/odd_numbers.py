"""What must come of numbers in odd notations."""

from typing import Any

from tests.tables.odd_kinds import COUNTED, Odd, Took, number, out, refused, taken, words


def column(file: str, v: Took, why: str = "", **options: Any) -> Odd:
    """A file whose first column is v."""
    return taken(f"number_{file}.csv", v, COUNTED, why=why, **options)


SMALL = number("v", 5, 12.5, 3, 1, 8)
LARGE = number("v", 1234, 12345678, 1005, 950, 20000)
MONEY = number("v", 1234.5, 800, 12000.75, 5.25, 77)

NUMBERS: list[Odd] = [
    # signs, points, exponents
    column("plus", number("v", 5, 12, -3, 1, 8)),
    column("minus_sign", number("v", 5, -12, 3, -1, 8)),
    refused("number_en_dash.csv", "record 2", "'\u201312'"),
    refused("number_trailing_minus.csv", "record 2", "'12-'"),
    column("exponents", number("v", 1000, 2500, 0.01, -4, 7)),
    column("fortran", number("v", 1500, 0.25, 4, -10, 7)),
    column("bare_points", number("v", 0.5, 5, -0.25, 1, 7)),
    column("quoted", number("v", 5, 12.5, 3, -1, 8)),
    column("nbsp_around", number("v", 5, 12, 3, 1, 8)),
    # percent, money, units
    column("percent_all", number("v", 5, 12.5, 100, 0, 7), "the figure before the sign"),
    column("percent_blank", number("v", 5, 12.5, 100, 0.5, 7.5)),
    refused("number_percent_some.csv", "'%'", why="7% may be 7 or 0.07 beside 0.07"),
    column("permille", number("v", 5, 12.5, 8, 3, 7)),
    column("dollar", number("v", 1200.5, 800, 12000.75, 5.25, 77)),
    column("dollar_negative", number("v", 5.5, -12.25, 3, -1.75, 8)),
    column("accounting", number("v", 1234.5, -800.25, 12000.75, -1005, 77)),
    column("accounting_dollar", number("v", 1234.5, -800.25, 12000.75, -5.25, 77)),
    column("euro_behind", number("v", 1234.56, 800.1, 12000.75, 5.25, 77)),
    column("euro_ahead", SMALL),
    column("franc", MONEY),
    column("usd", SMALL),
    refused("number_two_currencies.csv", "'v'", "$", "\u20ac"),
    column("unit", SMALL),
    column("unit_no_blank", SMALL),
    column("unit_degree", number("v", 5, -12.5, 3, 1, 8)),
    column("unit_per", SMALL),
    column("unit_squared", number("v", 50, 125, 30, 10, 80)),
    refused("number_unit_some.csv", "'v'", why="12.5 of what?"),
    refused("number_units_mixed.csv", "'v'", "kg", "g"),
    refused("number_magnitudes.csv", "'v'", why="k and M are factors, which no unit is"),
    # thousands, decimal marks
    column("thousands_comma", LARGE),
    column("thousands_point", number("v", 1234567, 12345678, 1005, 950, 20000)),
    column("thousands_point_decimal_comma", number("v", 1234.5, 12345.75, 1005.25, 950.1, 20.5)),
    column("thousands_blank", LARGE),
    column("thousands_nbsp", LARGE),
    column("thousands_apostrophe", number("v", 1234.5, 12345678, 1005, 950, 20000)),
    column("thousands_one", number("v", 13, 12, 1004, 25, 31), "one comma among whole numbers: never 1.004 in silence"),
    column("thousands_one", number("v", 13, 12, 1.004, 25, 31), decimal=","),
    refused("number_thousands_or_decimal.csv", "1004", "1.004", "--decimal"),
    column("thousands_or_decimal", number("v", 1.004, 2.118), decimal=","),
    column("thousands_or_decimal", number("v", 1004, 2118), decimal="."),
    refused("number_lakh.csv", "'1,23,456'"),
    refused("number_blank_not_thousands.csv", "'v'", "'1 23'"),
    column("decimal_comma_column", number("v", 1.5, 2.25, 3.75, 10.5, 0.5)),
    column("decimal_comma_in_quotes", number("v", 1.5, 2.25, 3.75, 10.5, 0.5)),
    refused("number_comma_and_point.csv", "'v'", "'1,5'", why="two marks, and no way to tell which is the decimal one"),
    refused("number_one_comma.csv", "record 3", "'3,5'"),
    # what only looks like a number
    column("fraction", out("v"), "a word for every row: 1/2 may be a half or a day"),
    column("ratio", out("v"), "a score, no time: there is no minute of one digit"),
    column("interval", words("v", "10-20", "20-30", "10-20")),
    refused("number_censored.csv", "record 1", "'<0.5'"),
    column("approximate", out("v"), "another word in every row: told"),
    refused("number_footnote.csv", "record 2", "'12*'"),
    column("ordinal", words("v", "1st", "2nd", "3rd", "1st")),
    column("leading_zeros", words("v", "01234", "00501", "90210"), "postal codes: a label, whose zeros belong to it"),
    column("superscript", out("v"), "5\u00b2 is no 5, and no 52"),
    column("circled", words("v", "\u2460", "\u2461", "\u2462", "\u2460")),
    column("roman", words("v", "I", "II", "IV", "I")),
    column("version", words("v", "1.2.3", "1.10.0", "2.0.1", "1.2.3"), "no thousands: groups have three digits"),
    column("address", words("v", "10.0.0.1", "10.0.0.2", "10.0.0.1")),
    # the ends of the line
    refused("number_infinite.csv", "record 2", "'inf'"),
    column("huge", number("v", 5, 1e308, 3, -1e308, 8)),
    column("tiny", number("v", 1e-320, 2e-320, 3e-310, 0, 1e-300)),
    column("sixteen_digits", number("v", 9007199254740992, 9007199254740996, 9007199254740996)),
    # one cell of another kind
    refused("number_one_word.csv", "record 3", "'broken'", "--na broken"),
    column("one_word", number("v", 5, 12, None, 1, 8), na=("broken",)),
    column("in_words_column", words("v", "f", "4", "r", "f"), "drv of the table mpg: front, rear, four-wheel"),
    column("codes_and_words", words("v", "12A", "12B", "13", "12A")),
]
