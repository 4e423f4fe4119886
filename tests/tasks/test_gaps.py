"""Rows that lack a value which every training row had: which they are, how many, and what is said of them."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest

from aevb_cli.errors import DataError
from aevb_cli.settings import Column, Gaps
from aevb_cli.tasks.gaps import OUTCOMES, GapCount

NAN = np.nan
FEATURES = (Column("x"), Column("k", ("a", "b")), Column("seldom"))


def count(rule: Gaps) -> GapCount:
    """Of a model of which one feature may be missing."""
    model: Any = SimpleNamespace(
        features=FEATURES, hidden=(), model=SimpleNamespace(inputs=SimpleNamespace(masked=(False, False, True)))
    )
    return GapCount(model, rule)


# The last column is a target, and -1 a new word: neither is a gap. So is no cell that training rows lacked, too.
ROWS = np.array([[1, 0, 1, NAN], [NAN, 0, 1, 1], [2, NAN, NAN, 1], [NAN, NAN, 3, 1], [0, -1, NAN, 1]])


def test_which_cells_are_gaps() -> None:
    assert np.argwhere(count("skip").cells(ROWS)).tolist() == [[1, 0], [2, 1], [3, 0], [3, 1]]


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("rule", ["average", "skip"])
def test_rows_are_counted_and_those_to_skip_are_named(rule: Gaps, size: int) -> None:
    gaps = count(rule)
    skipped = np.concatenate([gaps.add(ROWS[start : start + size]) for start in range(0, 5, size)])
    assert skipped.tolist() == [rule == "skip" and bool(lacks) for lacks in (0, 1, 1, 1, 0)]
    (said,) = gaps.sentences("predicted")
    assert said.startswith("3 of 5 rows lack a value that every training row had, most often 'x' (2). ")
    assert said.endswith(OUTCOMES["predicted"][rule])


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_cell_that_several_features_are_read_from_is_missing_once(size: int) -> None:
    """A date's parts are, and a number that is known as a word, too; that one stands behind all others."""
    read = ("when", "x", "when", "x")
    features = [Column(f"{number}", source=source) for number, source in enumerate(read)]
    inputs = SimpleNamespace(masked=(False,) * len(read))
    model: Any = SimpleNamespace(features=features, hidden=(), model=SimpleNamespace(inputs=inputs))
    gaps = GapCount(model, "average")
    rows = np.array([[1, 1, 1, 1], [NAN, 1, NAN, 1], [1, NAN, 1, NAN], [2, NAN, 2, NAN], [3, NAN, 3, NAN]])
    for start in range(0, len(rows), size):
        gaps.add(rows[start : start + size])
    (said,) = gaps.sentences("predicted")
    assert said.startswith("4 of 5 rows lack a value that every training row had, most often 'x' (3). ")
    with pytest.raises(DataError, match="record 2, column 'when': the cell is empty, as in 4 record"):
        GapCount(model, "error").check("t.csv", [(rows, range(1, 6))])


def test_of_one_row_and_of_none() -> None:
    gaps = count("average")
    gaps.add(ROWS[:1])
    assert list(gaps.sentences("scored")) == []
    gaps.add(ROWS[2:3])
    assert next(gaps.sentences("scored")).startswith("1 of 2 rows lacks a value")


def test_every_rule_that_lets_rows_pass_has_its_words() -> None:
    for words in OUTCOMES.values():
        assert set(words) == set(get_args(Gaps)) - {"error"}


@pytest.mark.parametrize(
    ("sizes", "place", "number"), [((5,), "record 2, column 'x'", 3), ((1, 1, 3), "", 0), ((2, 1, 2), "record 2", 3)]
)
def test_an_error_names_the_first_and_counts_the_rows_of_all_parts(
    sizes: Sequence[int], place: str, number: int
) -> None:
    """Where the first part has a gap; and the others are not read where it has none."""
    ends = np.cumsum(sizes)
    parts = iter(
        [(ROWS[end - size : end], range(end - size + 1, end + 1)) for end, size in zip(ends, sizes, strict=True)]
    )
    if place:
        with pytest.raises(DataError, match=rf"t.csv, {place}.*as in {number} record\(s\) in all. .*--missing average"):
            count("error").check("t.csv", parts)
        return
    count("error").check("t.csv", parts)
    assert len(list(parts)) == 2


def test_other_rules_find_no_fault() -> None:
    for rule in ("average", "skip"):
        count(rule).check("t.csv", [(ROWS, range(1, 6))])


def test_a_hidden_z_needs_no_cell() -> None:
    """It is inferred from the cells that are there."""
    inputs = SimpleNamespace(masked=(False,) * 3)
    model: Any = SimpleNamespace(features=FEATURES, hidden=("z1",), model=SimpleNamespace(inputs=inputs))
    gaps = GapCount(model, "error")
    assert not gaps.add(np.full((2, 3), np.nan)).any()
    assert list(gaps.sentences("predicted")) == []
