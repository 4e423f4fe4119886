"""Names of months in other languages: all of them, short and long; and words that are none."""

import unicodedata
from datetime import date, datetime, timedelta

import pytest

from aevb_cli.settings import DateOrder
from aevb_cli.tables.kinds import calendar, months

FORMS = {"de": "{}. {} {}", "fr": "{} {} {}", "es": "{} de {} de {}", "it": "{} {} {}", "pt": "{} de {} de {}"}


@pytest.mark.parametrize("length", [0, 1], ids=["long", "short"])
@pytest.mark.parametrize("language", months.NAMES)
def test_every_month_of_every_language(language: str, length: int) -> None:
    for month, name in enumerate(months.NAMES[language][length].split(), 1):
        written = FORMS.get(language, "{}-{}-{}").format(17, name, 2024)
        for text in (written, written.upper(), unicodedata.normalize("NFD", written)):
            found = calendar.moment(text, "dmy")
            assert found is not None, text
            assert found.date == date(2024, month, 17), text


@pytest.mark.parametrize(
    ("order", "cell", "iso"),
    [
        ("dmy", "1. Januar 2023", "2023-01-01"),
        ("dmy", "Montag, 3. Jänner 2022 10:00", "2022-01-03T10:00"),
        ("dmy", "3 févr. 2024", "2024-02-03"),
        ("dmy", "1er août 2024", "2024-08-01"),
        ("dmy", "15 de marzo de 2023", "2023-03-15"),
        ("dmy", "12 gennaio 2024", "2024-01-12"),
        ("dmy", "segunda-feira, 2 de janeiro de 2023", "2023-01-02"),
        ("dmy", "5-mei-2024", "2024-05-05"),
        ("ym", "Dez. 2023", "2023-12-01"),
        ("ym", "marzo de 2023", "2023-03-01"),
    ],
)
def test_a_date_in_every_language(order: DateOrder, cell: str, iso: str) -> None:
    found = calendar.moment(cell, order)
    assert found is not None
    assert datetime(1970, 1, 1) + timedelta(days=found.days) == datetime.fromisoformat(iso)


def test_no_name_is_another_month_in_another_language() -> None:
    found: dict[str, set[int]] = {}
    for names in months.NAMES.values():
        for each in names:
            for month, name in enumerate(each.lower().split()):
                found.setdefault(name.rstrip("."), set()).add(month)
    assert {name for name, places in found.items() if len(places) > 1} == set()


def test_a_column_of_dates_in_another_language_is_one_of_dates() -> None:
    assert calendar.orders(["1. Januar 2023", "28. Mai 2024"]) == ["dmy"]
    assert calendar.orders(["mercredi 3 juillet 2024", "jeudi 4 juillet 2024"]) == ["dmy"]


@pytest.mark.parametrize(
    "text",
    ["", "mai", "Dezember", "3 Juni", "Mai 3", "rue de Mai 2024", "32. Januar 2023", "1 mai 2024 " + 60 * "x", "A12"],
)
def test_what_is_no_date_stays_none(text: str) -> None:
    assert calendar.orders([text]) == []


@pytest.mark.parametrize("text", ["A12", "2024-01-31", "oops", "rue 3", "3 févr." * 20])
def test_a_text_without_such_a_name_is_left_alone(text: str) -> None:
    assert months.in_english(text) == ""
