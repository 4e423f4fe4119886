"""Whole levels in a known range, and whole numbers that are none."""

from pathlib import Path

import numpy as np
import pytest

from aevb_cli.settings import Column
from aevb_cli.tables import Table
from aevb_cli.tasks.levels import Spread, skewness, spreads, stems
from tests.tasks.hidden import hidden

CHANCE = np.random.default_rng(0)
N = 600


def spread(values: object) -> Spread:
    found = np.asarray(values, dtype=np.float64)
    return Spread(found.min(), np.bincount((found - found.min()).astype(int)).astype(float))


def of(**columns: object) -> dict[str, Spread]:
    table = Table(
        tuple(Column(name) for name in columns), np.column_stack([np.asarray(each, float) for each in columns.values()])
    )
    return {table.names[place]: each for place, each in spreads(table).items()}


KNOWN = {
    "answers from 1 to 5": CHANCE.choice([1, 2, 3, 4, 5], N, p=[0.05, 0.1, 0.2, 0.4, 0.25]),
    "answers from 1 to 5, mostly 1": CHANCE.choice([1, 2, 3, 4, 5], N, p=[0.5, 0.25, 0.15, 0.06, 0.04]),
    "a quality from 3 to 8": CHANCE.binomial(5, 0.5, N) + 3,
    "a quality whose best is rare": np.r_[np.repeat([4, 5, 6, 7], 150), 3, 8],
    "pixels from 0 to 16": np.r_[np.zeros(300), CHANCE.integers(0, 17, 250), np.full(50, 16)],
    "grey levels": np.r_[0, 255, CHANCE.integers(0, 256, 5 * N)],
    "a scale to both sides of 0": CHANCE.integers(-10, 11, N),
    "percent": CHANCE.integers(0, 101, 3000),
    "hours": CHANCE.integers(0, 24, N),
    "two neighbours": np.repeat([1, 2], 20),
}
NOT_KNOWN = {
    "visits": CHANCE.poisson(1.0, N),
    "visits of all sorts": CHANCE.negative_binomial(0.7, 0.1, N),
    "children": CHANCE.choice(7, N, p=[0.3, 0.25, 0.22, 0.13, 0.06, 0.03, 0.01]),
    "years": CHANCE.integers(1990, 2021, N),
    "years of two digits": CHANCE.integers(70, 83, N),
    "numbers of rows": np.arange(200),
    "ages": CHANCE.integers(18, 71, 3000),
    "a sparse range": CHANCE.choice([0, 50, 100], N),
    "few rows": [0, 3, 6, 9],
    "two numbers": [0.0, 7.0] * 20,
    "hundreds": CHANCE.integers(0, 2, N) * 300,
}


@pytest.mark.parametrize("what", KNOWN)
def test_a_known_range(what: str) -> None:
    assert spread(KNOWN[what]).known


@pytest.mark.parametrize("what", NOT_KNOWN)
def test_whole_numbers_that_are_no_levels(what: str) -> None:
    assert not spread(NOT_KNOWN[what]).known


def test_levels_are_the_lowest_and_how_many() -> None:
    assert spread([3, 4, 8]).levels == (3, 6)


def test_only_whole_numbers_in_not_too_many_levels_have_a_spread(tmp_path: Path) -> None:
    table = hidden(
        tmp_path,
        {
            "whole": [1, 2, 3, 1],
            "half": [1.5, 2, 3, 1],
            "word": "aabb",
            "large": [0, 257, 1, 2],
            "day": ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-05"],
            "gap": [1, "", 3, 3],
        },
    ).features
    assert [table.names[place] for place in spreads(table)] == ["whole", "gap"]
    assert spreads(table)[table.names.index("gap")].counts.tolist() == [1, 0, 2]


def test_pixels_share_the_range_of_their_neighbours() -> None:
    found = of(p0=[0, 0, 0, 1], p1=[0, 16, 3, 9], p2=[0, 16, 15, 2], q1=[0, 0, 1, 3])
    assert {name: each.levels for name, each in found.items()} == {
        "p0": (0, 17), "p1": (0, 17), "p2": (0, 17), "q1": (0, 4),
    }  # fmt: skip
    assert found["p0"].counts.sum() == 12


@pytest.mark.parametrize(
    "columns",
    [
        {"x1": [0, 1, 0, 1], "x2": [18, 90, 33, 20], "x3": [1, 5, 2, 3]},  # of different things
        {"x1": [0, 1, 0, 1], "x2": [0, 90, 33, 20], "x3": [0, 5, 2, 3]},
        {"x1": [0, 16, 3, 2], "x2": [0, 16, 2, 4]},  # too few
        {"x1": [0, 16, 3, 2], "x2": [0, 16, 2, 4], "x3": [0.5, 1, 2, 3]},  # of which one is not whole
    ],
)
def test_columns_that_share_no_range(columns: dict[str, list[float]]) -> None:
    assert {name: each.levels for name, each in of(**columns).items()} == {
        name: spread(values).levels for name, values in columns.items() if 0.5 not in values
    }


def test_stems_are_names_without_their_numbers() -> None:
    assert stems(["1x1", "1x2", "age", "pixel_0_3"]) == {"#x#": [0, 1], "pixel_#_#": [3]}


def test_skewness() -> None:
    assert skewness(np.array([1.0, 2, 3])) == pytest.approx(0)
    assert skewness(np.array([0.0, 10]), np.array([9.0, 1])) == pytest.approx(8 / 3)
    assert skewness(np.full(4, 2.0)) == 0
