"""What is said of columns: each by itself, or counts in a wide table."""

import pytest

from aevb_cli.settings import Taken
from aevb_cli.tasks.taken import sentences


def test_each_column_says_what_it_is_and_what_it_lacks() -> None:
    taken = [Taken("x", "number", 2), Taken("k", "3 categories"), Taken("z", "number", 1)]
    assert sentences(taken, ["z"]) == [
        "Columns: x: number, 2 missing · k: 3 categories · z: target (number), 1 missing"
    ]


def test_what_is_left_out_comes_last_by_reason() -> None:
    taken = [
        Taken("id", left_out="another word in every row"),
        Taken("c", "number", left_out="constant"),
        Taken("x", "number"),
        Taken("d", "number", 3, left_out="constant"),
        Taken("z", "number"),
    ]
    assert sentences(taken, ["z"]) == [
        "Columns: x: number · z: target (number) · left out: id (another word in every row), c, d (constant)"
    ]


def test_a_wide_table_is_told_by_counts() -> None:
    """Plain numbers without their names, all else by name; the line does not grow with the table."""
    features = [Taken(f"x{place}", "number", int(place < 8)) for place in range(1000)]
    words = [Taken(f"k{place}", f"{place} categories, 2 rare ones as one") for place in (2, 3)]
    taken = [*features, *words, Taken("when", "date (days, season)"), Taken("z", "number", 2)]
    taken += [Taken(f"c{place}", left_out="constant") for place in range(40)]
    assert sentences(taken, ["z"]) == [
        "Columns: z: target (number), 2 missing · 1000 of numbers · 2 of words (k2, k3) · 1 of dates (when)"
        " · 8 missing in 8 (x0, x1, x2, x3, x4, x5 and 2 more)"
        " · left out: c0, c1, c2, c3, c4, c5 and 34 more (constant)"
    ]


@pytest.mark.parametrize(("count", "counted"), [(24, False), (25, True)])
def test_what_is_wide(count: int, counted: bool) -> None:
    (said,) = sentences([Taken(f"x{place}", "number") for place in range(count)], ["x0"])
    assert ("24 of numbers" in said) is counted
    assert ("x1: number" in said) is not counted
