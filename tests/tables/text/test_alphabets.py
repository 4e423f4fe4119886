import pytest

from aevb_cli.tables.text import alphabets

WESTERN, CENTRAL = alphabets.latin("de fr es pt it sv da is fi nl ca"), alphabets.latin("pl cs sk hu ro hr de")
RUSSIAN = alphabets.script("ru uk bg")


@pytest.mark.parametrize(
    ("score", "right", "wrong"),
    [
        (WESTERN, "Müller", "MŸller"),
        (WESTERN, "Søren", "S¯ren"),
        (WESTERN, "Simões", "Erdõs"),
        (WESTERN, "père", "Kuèera"),
        (WESTERN, "Þór", "Eskiþehir"),
        (WESTERN, "gar\u00e7on", "garÁon"),
        (CENTRAL, "Łódź", "Šódź"),
        (CENTRAL, "Dvořák", "Dvoøák"),
        (RUSSIAN, "Москва", "лНЯЙБЮ"),
        (RUSSIAN, "улица", "СКХЖЮ"),
        (alphabets.ideographs("ja", "cp932"), "さくら", "鬢鬣"),
        (alphabets.ideographs("zh", "gb18030"), "上海", "犹搊"),
    ],
)
def test_a_word_is_likelier_than_what_it_becomes(score: alphabets.Score, right: str, wrong: str) -> None:
    assert score(right) > score(wrong) + 2


def test_a_sign_may_stand_beside_a_word_and_not_in_it() -> None:
    assert WESTERN("5°") > WESTERN("a°é") + 5
