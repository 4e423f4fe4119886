"""Numbers in every notation: what a cell is in it, which notation a column has, and that none is read in silence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli.settings import Decimal, Reading, Thousands
from aevb_cli.tables.kinds import numerals


def notation(decimal: Decimal = ".", thousands: Thousands = "", before: str = "", after: str = "") -> Reading:
    return Reading("number", decimal, thousands, before, after)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        *(("12", 12), ("-1.5", -1.5), ("+5", 5), (".5", 0.5), ("5.", 5), ("1e3", 1000), ("-2.5E-2", -0.025)),
        *(
            (cell, math.nan)
            for cell in ("", "1,5", "1 2", "0x10", "1_000", "inf", "nan", "1e999", "12%", "1e", ".", "-")
        ),
        *((cell, math.nan) for cell in ("\uff11\uff12", "\u0661", "\u00b2", "1.2.3", " 1", "--1", "1d3")),
    ],
)
def test_a_plain_number(cell: str, number: float) -> None:
    assert numerals.number(cell) == pytest.approx(number, nan_ok=True)


COMMA, POINT = notation(thousands=","), notation(",", ".")


@pytest.mark.parametrize(
    ("cell", "reading", "number"),
    [
        ("1,234.5", COMMA, 1234.5),
        ("1,234,567", COMMA, 1234567),
        ("12.5", COMMA, 12.5),
        ("1,23", COMMA, math.nan),
        ("1,2345", COMMA, math.nan),
        ("1234,567", COMMA, math.nan),
        ("1,234.567,8", COMMA, math.nan),
        ("0,500", COMMA, math.nan),
        ("007,500", COMMA, math.nan),
        ("1.234,5", POINT, 1234.5),
        ("0,5", POINT, 0.5),
        ("-,5", POINT, -0.5),
        ("1.234", POINT, 1234),
        ("1.23", POINT, math.nan),
        ("1,5", notation(","), 1.5),
        ("1.5", notation(","), math.nan),
        ("1.234", notation(","), math.nan),  # it may be either
        ("1.234,5", notation(","), 1234.5),
        ("12.34,5", notation(","), math.nan),
        ("1\u00a0234,5", notation(",", " "), 1234.5),
        ("1\u202f234", notation(".", " "), 1234),
        ("12 34", notation(".", " "), math.nan),
        ("1'234.5", notation(".", "'"), 1234.5),
        ("1\u2019234", notation(".", "'"), 1234),
        ("1.5D+03", notation(), 1500),
        ("\u221212", notation(), -12),
        ("(1,234.5)", COMMA, -1234.5),
        ("(12", notation(), math.nan),
        ("12)", notation(), math.nan),
        ("(-12)", notation(), math.nan),
        ("-(12)", notation(), math.nan),
        ("$5", notation(before="$"), 5),
        ("-$5.25", notation(before="$"), -5.25),
        ("$-5.25", notation(before="$"), -5.25),
        ("($5)", notation(before="$"), -5),
        ("$ 5", notation(before="$"), 5),
        ("50 %", notation(after="%"), 50),
        ("0.5", notation(after="%"), math.nan),  # it may be a half
        ("50", notation(after="%"), math.nan),
        ("0", notation(after="%"), 0),
        ("0.00", notation(after="%"), 0),
        ("5", notation(before="$"), 5),
        ("\u20ac5", notation(before="$"), math.nan),
        ("5 kg", notation(after="kg"), 5),
        ("5kg", notation(after="kg"), 5),
        ("5 g", notation(after="kg"), math.nan),
        ("5", notation(after="kg"), 5),
        ("12.5 %", notation(after="%"), 12.5),
        ("kg", notation(after="kg"), math.nan),
        ("", notation(after="kg"), math.nan),
        ("5%", notation(), math.nan),
    ],
)
def test_the_value_of_a_cell_in_a_notation(cell: str, reading: Reading, number: float) -> None:
    assert numerals.value(cell, reading) == pytest.approx(number, nan_ok=True)


@pytest.mark.parametrize(
    ("cells", "readings"),
    [
        (["1,234", "1,234,567", "12"], [COMMA]),
        (["1,234.5", "800"], [COMMA]),
        (["1.234,5", "0,5"], [POINT]),
        (["1.234.567", "950"], [POINT]),
        (["1,5", "2,25", "10,0"], [notation(",")]),
        (["0,500", "1,250"], [notation(",")]),
        (["1,004", "2,118"], [COMMA, notation(",")]),
        (["13", "12", "1,004", "25", "31", "1"], [COMMA]),
        (["1,004", "1,118", "12", "13"], [COMMA, notation(",")]),
        (["1 234", "12"], [notation(".", " ")]),
        (["1 234,5", "12"], [notation(",", " ")]),
        (["1'234.5", "12"], [notation(".", "'")]),
        (["1'234", "1 234"], []),
        (["12%", "5 %"], [notation(after="%")]),
        (["12%", "5"], []),
        (["$1,200.50", "$5"], [notation(".", ",", "$")]),
        (["($5)", "$12"], [notation(before="$")]),
        (["\u20ac 5,5", "\u20ac 12,25"], [notation(",", "", "\u20ac")]),
        (["5 \u20ac", "12 \u20ac"], [notation(after="\u20ac")]),
        (["USD 5", "USD 12"], [notation(before="USD")]),
        (["Rs 1373", "Rs 5"], [notation(before="Rs")]),
        (["rs1373", "rs5"], []),
        (["XY 5", "XY 12"], []),
        (["5 kg", "12 kg"], [notation(after="kg")]),
        (["5 kg", "12 g"], []),
        (["$5", "\u20ac12"], []),
        (["5 km/h", "12 km/h"], [notation(after="km/h")]),
        (["1.5D+03", "2.5D-01"], [notation()]),
        (["1d", "2d"], [notation(after="d")]),
        (["1d3", "2d3"], []),
        (["\u22125", "12"], [notation()]),
        (["10-20", "20-30"], []),
        (["1,23,456", "1"], []),
        (["1,5", "2.5"], []),
        (["1/2", "3/4"], []),
        (["12*", "5"], []),
        (["<5", "<12"], []),
        (["a", "5"], []),
        (["5\u00b2"], []),
        ([], []),
    ],
)
def test_the_notations_of_a_column(cells: list[str], readings: list[Reading]) -> None:
    assert numerals.notations(cells) == readings


def test_a_mark_that_is_told_decides() -> None:
    assert numerals.notations(["1,004", "2,118"], ".") == [COMMA]
    assert numerals.notations(["1,004", "2,118"], ",") == [POINT]
    assert numerals.notations(["0,500", "2,118"], ".") == []
    assert numerals.notations(["1 234,5"], ".") == []


MARKS: list[tuple[Decimal, Thousands]] = [(".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (",", "")]
AROUND = [("", ""), ("$", ""), ("\u20ac ", ""), ("USD ", ""), ("", "%"), ("", " kg"), ("", " \u20ac"), ("", "\u00b0C")]


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8),
    st.integers(0, 4),
    st.sampled_from(MARKS),
    st.sampled_from(AROUND),
)
def test_a_number_reads_back_and_never_as_another_in_silence(
    numbers: list[int], places: int, marks: tuple[Decimal, Thousands], around: tuple[str, str]
) -> None:
    decimal, thousands = marks
    before, after = around
    expected = [number / 10**places for number in numbers]
    swapped = str.maketrans({",": thousands, ".": decimal})
    cells = [
        f"{'-' * (number < 0)}{before}{f'{abs(number):,.{places}f}'.translate(swapped)}{after}" for number in expected
    ]
    reading = notation(decimal, thousands, before.strip(), after.strip())
    assert [numerals.value(cell, reading) for cell in cells] == expected
    if all(not math.isnan(numerals.number(cell)) for cell in cells):
        return
    several = sum(cell.count(".") > 1 for cell in cells)
    if thousands == "." and places == 0 and not several:
        return  # 1.234 kg: a point alone is a decimal one
    found = [[numerals.value(cell, each) for cell in cells] for each in numerals.notations(cells)]
    assert expected in found


@pytest.mark.parametrize(
    ("cells", "readings"),
    [
        (["5 kg", "12 kg", "oops"], [notation(after="kg")]),
        (["$5", "$12", "\u20ac7"], [notation(before="$")]),
        (["5", "12", "oops"], []),
        (["oops"], []),
        ([], []),
    ],
)
def test_the_notation_of_most_cells(cells: list[str], readings: list[Reading]) -> None:
    assert numerals.of_most(cells) == readings


@pytest.mark.parametrize(
    ("cells", "units"),
    [
        (["5 kg", "12 g"], {"kg", "g"}),
        (["5%", "12"], {"%", ""}),
        (["$5", "\u20ac12"], {"$", "\u20ac"}),
        (["5 kg", "12 kg"], {"kg"}),
        (["5 kg", "oops"], set()),
        (["5 apples", "12 pears"], set()),
        (["1st", "2nd"], set()),
    ],
)
def test_the_units_of_a_column(cells: list[str], units: set[str]) -> None:
    assert numerals.units(cells) == units


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (notation(), ""),
        (COMMA, "thousands by comma"),
        (POINT, "decimal comma"),
        (notation(".", " ", "$"), "thousands by blank, in $"),
        (notation(",", after="kg"), "decimal comma, in kg"),
    ],
)
def test_a_notation_in_words(reading: Reading, words: str) -> None:
    assert numerals.described(reading) == words


def test_numbers_that_are_written_as_whole_ones() -> None:
    assert numerals.whole(["1", "-20", "+3"])
    assert not numerals.whole(["1", "2.0"])
    assert not numerals.whole(["1", "1e3"])


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("$1,234.50", ("1,234.50", "", "${}", False)),
        ("-$5", ("5", "", "-${}", True)),
        ("($5)", ("5", "", "(${})", True)),
        ("45 %", ("45", "", "{} %", False)),
        ("+1.5e3", ("1.5", "e3", "{}", False)),
        ("1\u00a0234", ("1 234", "", "{}", False)),
    ],
)
def test_the_parts_of_a_number(word: str, parts: tuple[str, str, str, bool]) -> None:
    found = numerals.parts(word)
    assert found is not None
    assert tuple(found) == parts


def test_what_is_no_number_has_no_parts() -> None:
    assert numerals.parts("twelve") is None
