"""The words of a target: every one is a class, and those for yes and no keep their order and their names."""

import pytest

from aevb_cli.settings import Column, Reading
from aevb_cli.tables.kinds import cells, classes
from tests.tables.ask import words


def test_each_word_is_a_class_however_many_there_are() -> None:
    every = [f"w{number:03}" for number in range(300)]
    assert classes.column("y", words(*reversed(every), "w000", None), truths=False) == Column("y", tuple(every))


@pytest.mark.parametrize(
    ("given", "two"),
    [
        (["yes", "no"], ("no", "yes")),
        (["Yes", "NO", "yes", "yes"], ("NO", "yes")),
        (["t", "f"], ("f", "t")),
        (["true", "0"], ("0", "true")),
        (["Y", "y", "n"], ("n", "y")),  # as often: the later in the alphabet
        (["yes"], ("", "yes")),
    ],
)
def test_the_word_for_no_comes_first(given: list[str], two: tuple[str, str]) -> None:
    found = classes.column("y", words(*given), truths=True)
    assert found == Column("y", two, reading=Reading("boolean"))


def test_words_of_one_meaning_are_one_class() -> None:
    given = ["Yes", "no", "yes", "1", "N", None]
    column = classes.column("y", words(*given), truths=True)
    values, misfits = cells.fit(column, words(*given), 1)
    assert str(values.tolist()) == "[1.0, 0.0, 1.0, 1.0, 0.0, nan]"
    assert misfits is None
    odd = cells.fit(column, words("yes", "maybe"), 1)[1]
    assert odd is not None
    assert odd.first == ((2, "maybe"),)
