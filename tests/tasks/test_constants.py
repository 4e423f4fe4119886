"""Constant columns from which a hidden z is learned, and those that are left out as ever."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.tasks.hidden import Cells, hidden

PIXELS: dict[str, Cells] = {
    "p0": [0] * 6,
    "p1": [0, 16, 3, 9, 4, 0],
    "p2": [0, 16, 15, 2, 1, 0],
    "w": [1.5, 2, 3, 1, 9, 2],
}


@pytest.mark.parametrize(
    ("constant", "features", "likelihood", "stays"),
    [
        ({}, None, [], ["p0"]),  # beside its neighbours
        ({"p7": [16] * 6}, None, [], ["p0", "p7"]),
        ({"p7": [99] * 6}, None, [], ["p0"]),
        ({"p7": [0.5] * 6}, None, [], ["p0"]),
        ({"q": [0] * 6}, None, [], ["p0"]),
        ({"q": [0] * 6}, None, ["q=bernoulli"], ["p0", "q"]),
        ({"q": [0.5] * 6}, None, ["?=bernoulli"], ["p0", "q"]),
        ({"q": [3] * 6}, None, ["q=beta-binomial"], ["p0", "q"]),
        ({"q": [3] * 6}, None, ["q=bernoulli"], ["p0"]),
        ({"q": [3.5] * 6}, None, ["q=beta-binomial"], ["p0"]),
        ({"q": [0] * 6}, None, ["q=gaussian"], ["p0"]),
        ({"q": [1] * 6, "r": [2.5] * 6}, ["p1", "p2", "q", "r"], [], ["q"]),
        ({"q": [1000] * 6}, ["p1", "p2", "q"], [], []),
        ({"q": ["a"] * 6}, ["p1", "p2", "q"], [], []),
    ],
)
def test_which_stay(
    constant: dict[str, Cells],
    features: Sequence[str] | None,
    likelihood: Sequence[str],
    stays: list[str],
    tmp_path: Path,
) -> None:
    table = hidden(tmp_path, PIXELS | constant, likelihood, features)
    found = [name for name, extent in zip(table.features.names, table.features.extent, strict=True) if extent.constant]
    assert found == stays
    gone = {each.name for each in table.taken if each.left_out == "constant"}
    given = features or [*PIXELS, *constant]
    assert gone == {name for name in ("p0", *constant) if name in given and name not in stays}


def test_shares_beside_a_constant_0(tmp_path: Path) -> None:
    table = hidden(tmp_path, {"p0": [0] * 3, "p1": [0, 0.5, 1], "p2": [0.25, 0, 0.75], "p3": [0.5] * 3})
    assert table.features.names == ("p0", "p1", "p2")


def test_where_neighbours_are_no_levels_none_stays(tmp_path: Path) -> None:
    table = hidden(tmp_path, {"p0": [0] * 3, "p1": [0, 5.5, 1], "p2": [2.5, 0, 7]})
    assert table.features.names == ("p1", "p2")
    table = hidden(tmp_path, {"p0": [0] * 3, "p1": [0, 5, 1], "q": [2.5, 0, 7]})
    assert table.features.names == ("p1", "q")
