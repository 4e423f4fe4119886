"""Targets of words: what is refused, and what is told of their classes."""

import numpy as np
import pytest

from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables import Found, Table
from aevb_cli.tasks import classes


def target(count: int) -> Found:
    return Found("y", (Column("y", tuple(f"w{number}" for number in range(count))),), "words")


def test_a_hundred_classes_are_as_many_as_can_be() -> None:
    classes.check("t.csv", target(100))
    match = r"^t\.csv: target 'y' holds 101 different words, more than the 100 classes that can be predicted\. Group"
    with pytest.raises(DataError, match=match):
        classes.check("t.csv", target(101))
    with pytest.raises(DataError, match="'y' has another word in every row, which tells nothing of new rows"):
        classes.check("t.csv", Found("y", left_out="another word in every row"))
    classes.check("t.csv", Found("y", (Column("y"),), "number"))


@pytest.mark.parametrize(
    ("words", "codes", "expected"),
    [
        (("no", "yes"), [0, 1, 1, np.nan], "2 classes: no 1, yes 2"),
        (("1", "2"), [0, 1, 1], "2 classes: '1' 1, '2' 2"),
        (("big city", "a, b"), [0, 1], "2 classes: 'big city' 1, 'a, b' 1"),
        (("a", "b", "c"), [0, 0], "3 classes: a 2, b 0, c 0"),
        (tuple("abcdef"), [0] * 4, "6 classes: a 4, b 0, c 0, d 0, e 0, f 0"),
        (tuple("abcdefg"), [0], "7 classes"),
        (("x" * 100, "y"), [0, 1], f"2 classes: {'x' * 40}... 1, y 1"),
    ],
)
def test_classes_are_counted_where_they_are_few(words: tuple[str, ...], codes: list[float], expected: str) -> None:
    assert classes.described(Column("y", words), np.array(codes, float)) == expected


def test_classes_of_few_rows_are_named() -> None:
    few = ["c"] * 4 + ["d"]
    codes = ["ab".index(word) if word in "ab" else "abcd".index(word) for word in [*"ab" * 5, *few]]
    columns = (Column("y", tuple("abcd")), Column("number"))
    table = Table(columns, np.column_stack([np.array(codes, float), np.arange(15.0)]))
    assert list(classes.rare("t.csv", table)) == [
        "t.csv, target 'y': classes 'c' (4 rows), 'd' (1 row) can hardly be learnt from so few rows."
    ]
    assert list(classes.rare("t.csv", table.rows(np.arange(15) < 10).known_to_training())) == []


def test_of_many_rare_classes_six_are_named() -> None:
    table = Table((Column("y", tuple("abcdefgh")),), np.arange(8.0)[:, None])
    (said,) = classes.rare("t.csv", table)
    assert said.count("(1 row)") == 6
    assert "and 2 more can hardly" in said
