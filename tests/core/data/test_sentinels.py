"""Numbers that mean that nothing is known, and numbers that only look like them."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.sentinels import sentinels


def drawn(rows: int, low: int, high: int) -> Tensor:
    return torch.randint(low, high, (rows,), generator=Generator().manual_seed(1)).double()


def column(*parts: Tensor | list[float]) -> Tensor:
    return torch.cat([torch.as_tensor(part, dtype=torch.float64) for part in parts])


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
@pytest.mark.parametrize(
    "codes",
    [
        (-999.0,),
        (-99.0,),
        (9999.0,),
        (97.0, 98.0, 99.0),
        (888.0, 999.0),
        (-9999.0, 9999.0),
        (999.9,),
        (-32768.0,),
        (1e20,),
    ],
)
def test_they_are_found_however_many_there_are(codes: tuple[float, ...], share: float) -> None:
    rest = drawn(400, 1, 20)
    count = round(400 * share / (1 - share))
    cells = column(rest, [codes[place % len(codes)] for place in range(count)], [math.nan] * 5)
    assert sentinels(cells) == codes


def test_below_numbers_that_are_never_negative_the_distance_does_not_matter() -> None:
    income = drawn(300, 0, 90_000)
    assert sentinels(column(income, [-99.0] * 60)) == (-99.0,)
    assert sentinels(column(income, [-12.0, -99.0, *[-50.0] * 60])) == ()
    assert sentinels(column(drawn(300, 30, 60), [-1.0] * 60)) == (-1.0,)


@pytest.mark.parametrize(
    "cells",
    [
        column([0.0] * 300, drawn(60, 1, 9)),
        column([0.0] * 300, drawn(60, 5000, 9000)),
        column(drawn(100, 0, 5), drawn(100, 900, 1000)),
        column(drawn(100, 0, 5), drawn(100, 995, 999)),
        column([9.0, 19.0, 29.0, 49.0, 99.0] * 20, [999.0] * 20),
        column([0.99, 1.99, 4.99] * 20, [99.99] * 20),
        column(drawn(300, 5, 45), [50.0] * 16),
        column(drawn(300, 0, 98), [99.0] * 30),
        column(drawn(300, 1950, 2024)),
        column([1999.0, 2003.0, 2007.0, 2009.0] * 20),
        column([2.0, 4.0, 6.0, 8.0] * 20),
        column([-2.0, -1.0, 0.0, 1.0] * 20),
        column(drawn(300, 501, 99_999), [99_999.0] * 5),
        column(drawn(300, -60, 40), [-99.0] * 30),
        column(drawn(300, 0, 20), [999.0, 999.0]),
        column([0.0, 99.0] * 50),
        column([1.0, 2.0, 99.0, 99.0, 99.0]),
        column([math.nan] * 20),
        column([]),
    ],
    ids=[
        *("zeros", "far zeros", "clusters", "clusters of codes", "prices", "cents", "capped", "top coded", "years"),
        *("few years", "even", "waves", "postcodes", "temperatures", "twice", "two", "few", "missing", "empty"),
    ],
)
def test_honest_columns_have_none(cells: Tensor) -> None:
    assert sentinels(cells) == ()


def test_a_large_column_is_judged_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aevb_cli.core.data.rows._SAMPLE", 1000)
    cells = drawn(10_000, 0, 9)
    cells[::4] = -999
    assert sentinels(cells) == (-999.0,)
