"""What cells of text are in columns of known type."""

import math
import unicodedata

import pytest

from aevb_cli.settings import Column, Reading
from aevb_cli.tables.kinds import calendar, meaning


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *((cell, 1.0) for cell in ("True", "t", "YES", "y", "1", "1.0", "1e0")),
        *((cell, 0.0) for cell in ("false", "F", "no", "N", "0", "0.0", "-0")),
        *((cell, math.nan) for cell in ("", "2", "0.5", "maybe", "yes.")),
    ],
)
def test_truth_values_in_words_and_in_numbers(cell: str, value: float) -> None:
    assert meaning.truth(cell) == pytest.approx(value, nan_ok=True)


def test_a_word_is_the_same_however_its_accents_are_composed() -> None:
    code = meaning.as_code(Column("city", ("Köln", "Zürich")))
    assert [code(unicodedata.normalize(form, "Zürich")) for form in ("NFC", "NFD")] == [1, 1]
    assert math.isnan(code("Zurich"))
    both = meaning.as_code(Column("city", tuple(unicodedata.normalize(form, "ä") for form in ("NFD", "NFC"))))
    assert [both(unicodedata.normalize(form, "ä")) for form in ("NFD", "NFC")] == [0, 1]  # each is itself first


def test_a_rare_word_is_one_of_the_rest() -> None:
    code = meaning.as_code(Column("city", ("a", "other"), reading=Reading("words", rest="other")))
    assert [code("a"), code("b")] == [0, 1]


@pytest.mark.parametrize("known", [True, False])
def test_only_a_model_s_dates_may_stand_in_another_order(known: bool) -> None:
    days = meaning.as_number(Column("day", reading=Reading("date", order="dmy")), known=known)
    expected = calendar.value("2024-01-31", "ymd", "days")
    assert days("31/01/2024") == expected
    assert days("2024-01-31") == pytest.approx(expected if known else math.nan, nan_ok=True)
    weekdays = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    weekday = Column("day (weekday)", weekdays, "day", Reading("date", order="dmy", part="weekday"))
    found = meaning.as_code(weekday, known=known)("2024-01-31")
    assert found == pytest.approx(2 if known else math.nan, nan_ok=True)


def test_a_code_is_a_number_in_whatever_form_it_is_written() -> None:
    code = meaning.as_code(Column("kind", ("3", "2.5"), reading=Reading("code")))
    assert [code("3.0"), code("+3"), code("2.50")] == [0, 0, 1]
    assert math.isnan(code("4"))
