"""Numbers as a page shows them."""

import math

import pytest

from aevb_cli.settings import Column, Reading
from aevb_cli.tasks.reporting.numbers import cell, number, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12345.678, "12,346"), (1e12, "1e+12"), (-0.5, "−0.5"), (math.inf, "none"), (0.000012345, "1.234e−05")],  # noqa: RUF001
)
def test_a_number(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0"), (1, "100"), (0.005, "0.5"), (0.996, "99.6"), (0.896, "90"), (0.05, "5")]
)
def test_a_share(share: float, text: str) -> None:
    assert percent(share) == f"{text}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        (Column("day", reading=Reading("date")), 19000.0, "2022-01-08"),
        (Column("day", reading=Reading("date")), 1e9, "1e+09"),
        (Column("town", ("a", "b")), -1.0, "–"),  # noqa: RUF001
        (Column("x"), math.nan, "–"),  # noqa: RUF001
        (Column("x"), 1234.5678, "1234.6"),
    ],
)
def test_a_cell(column: Column, value: float, text: str) -> None:
    assert cell(column, value) == text
