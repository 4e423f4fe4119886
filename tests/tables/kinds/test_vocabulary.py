"""The words of a column: which of them tell something, which are rare, and which are faults among numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aevb_cli.tables.kinds import numerals, vocabulary
from tests.tables.ask import words

NAMES = [f"name {place}" for place in range(40)]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (NAMES, "another word in every row"),
        ([*NAMES, *NAMES[:5]], "40 different words in 45 rows"),
        ([*NAMES, *["north"] * 39], "41 different words in 79 rows"),
        ([*NAMES, *["north"] * 40], ""),
        (list("abcde"), "another word in every row"),
        (list("abcd"), ""),
        ([*"abcd", None], ""),
        (["a"] * 9, ""),
        ([], ""),
    ],
)
def test_words_that_can_tell_nothing_of_new_rows(cells: list[str | None], reason: str) -> None:
    assert vocabulary.unusable(words(*cells)) == reason


def test_as_few_words_as_have_an_input_each_are_kept_how_rare_they_are() -> None:
    cells = [f"w{place:03}" for place in range(vocabulary.FEW_WORDS)]
    assert vocabulary.frequent(words(*reversed(cells), "w000")) == (tuple(cells), "")


def test_of_more_words_those_of_one_row_are_one() -> None:
    often = [f"w{place:03}" for place in range(vocabulary.FEW_WORDS)]
    assert vocabulary.frequent(words(*often * 2, "rare")) == ((*often, "other"), "other")
    assert vocabulary.frequent(words(*often * 2, "rare", *["other"] * 2))[1] == "(other)"
    assert vocabulary.frequent(words(*often * 2, "other"))[1] == "(other)"
    assert vocabulary.frequent(words(*often * 2, "other", "(other)"))[1] == "((other))"


def test_of_very_many_words_the_most_frequent_are_kept() -> None:
    often = [f"often {place:03}" for place in range(vocabulary.MOST_WORDS)]
    found, rest = vocabulary.frequent(words(*["twice", "also twice"] * 2, *often * 3))
    assert (found, rest) == ((*often, "other"), "other")
    found, _ = vocabulary.frequent(words(*["twice", "also twice"] * 2, *often[1:] * 3))
    assert found == ("also twice", *often[1:], "other")


@given(st.lists(st.integers(0, 300).map(str), max_size=900))
def test_every_word_is_kept_or_rare(cells: list[str]) -> None:
    column = words(*cells)
    kept, rest = vocabulary.frequent(column)
    lost = set(cells) - set(kept)
    assert bool(lost) == bool(rest)
    assert not lost or (len(set(cells)) > vocabulary.FEW_WORDS and {cells.count(word) for word in lost} == {1})
    assert list(kept) == sorted(set(kept) - {rest}) + [rest] * bool(rest)


@pytest.mark.parametrize(
    ("cells", "kept", "told"),
    [
        (["a", "b"], ("a", "b"), ("2 categories", "")),
        (["f", "4", "r"], ("4", "f", "r"), ("3 categories, '4' among them",) * 2),
        (["a", "NA", "b"], ("NA", "a", "b"), ("3 categories, 'NA' among them",) * 2),
        (["1", "2", "x"], ("1", "2", "x"), ("3 categories, 'x' among them",) * 2),
        (["a", "b", "c"], ("a", "other"), ("3 categories, 2 rare ones as one",) * 2),
    ],
)
def test_what_a_column_of_words_is(cells: list[str], kept: tuple[str, ...], told: tuple[str, str]) -> None:
    assert vocabulary.described(words(*cells), kept, "other" if "other" in kept else "") == told


SIZES = [str(place) for place in range(40)]


@pytest.mark.parametrize(
    ("cells", "spoilt"),
    [
        (["5", "12", "oops", "1"], True),
        (["f", "4", "r", "f"], False),
        (["1", "2", "x", "y"], False),
        (["12A", "12B", "13", "12A"], False),
        (["1", "2", "3"] * 4 + ["x", "y"], True),
        (["1", "2", "3"] * 5 + ["x", "y"], False),
        (["1.5", "2", "3"] * 4 + ["x", "y"], True),
        (["1", "2", "3"] * 4 + ["x"], True),
        ([*SIZES, "oops", "bad"], True),
        ([*SIZES, "A1", "B2"], False),
        (["1", "inf"], True),
        (["0x10", "inf", "1_000"], True),
        (["a", "NA"], False),
        (["1", "2", "?", "-", "."], True),
    ],
)
def test_numbers_with_odd_cells_are_told_from_words_that_look_like_numbers(cells: list[str], spoilt: bool) -> None:
    assert vocabulary.spoilt_numbers(words(*cells), strict=False) is spoilt
    some = any(not np.isnan(numerals.number(cell)) for cell in cells)
    assert vocabulary.spoilt_numbers(words(*cells), strict=True) is (spoilt or some)


def test_the_share_of_the_rows_that_have_a_value() -> None:
    assert vocabulary.share(words("1", "1", "2", None, "x"), numerals.number) == 0.75


@pytest.mark.parametrize(
    ("cells", "units"),
    [
        (["5 kg", "12 g", "7 kg"], ["g", "kg"]),
        (["5%", "12", "7"], ["%", "no unit"]),
        (["5 kg", "12 kg"], []),
        (["5 kg", "12 g"] * 3, []),
        (["5 kg", "12 g", "oops"], []),
    ],
)
def test_numbers_of_several_units(cells: list[str], units: list[str]) -> None:
    assert vocabulary.units(words(*cells)) == units


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["01234", "90210", "01234"], True),
        (["01234", "90210", "00501"], False),
        (["90210", "10001", "90210"], False),
        (["01234", "9021", "01234"], False),
        (["01", "02", "01"], False),
        (["0.10", "0.20", "0.10"], False),
    ],
)
def test_zeros_that_belong_to_labels(cells: list[str], labels: bool) -> None:
    assert vocabulary.padded(words(*cells)) is labels
