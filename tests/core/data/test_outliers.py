"""Cells apart from all others by a gap, and heavy tails that have none."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.outliers import bounds


def normal(rows: int, seed: int = 1) -> Tensor:
    return torch.randn(rows, dtype=torch.float64, generator=Generator().manual_seed(seed))


def outside(cells: Tensor) -> list[float]:
    low, high = bounds(cells[:, None])
    found: list[float] = cells[(cells < low) | (cells > high)].tolist()
    return found


@pytest.mark.parametrize("wild", [[60.0], [-60.0], [1e9], [-1e300], [60.0, 1e9, -500.0], [-999.0] * 12])
def test_cells_beyond_a_gap_are_found(wild: list[float]) -> None:
    assert sorted(outside(torch.cat([normal(150), torch.tensor(wild, dtype=torch.float64)]))) == sorted(wild)


def test_they_are_found_among_zeros() -> None:
    cells = torch.cat([torch.zeros(500), normal(40).exp().float(), torch.tensor([5e4])]).double()
    assert outside(cells) == [5e4]


@pytest.mark.parametrize(
    "cells",
    [
        normal(150),
        torch.rand(1000, generator=Generator().manual_seed(2)).double(),
        normal(3000).exp(),
        (2 * normal(150, 3)).exp(),
        torch.arange(100).double() % 2,
        torch.cat([torch.zeros(997), torch.tensor([1.0, 15.0, 200.0])]).double(),
        torch.cat([normal(90), 500 + normal(10)]),
        torch.tensor([1.0, 2.0, 900.0]).double(),
        torch.full((20,), 7.0).double(),
        torch.full((20,), math.nan).double(),
    ],
    ids=["normal", "uniform", "lognormal", "heavy", "0 and 1", "rare", "two kinds", "few", "constant", "empty"],
)
def test_a_column_without_a_gap_has_no_bounds(cells: Tensor) -> None:
    assert [float(end) for end in bounds(cells[:, None])] == [-math.inf, math.inf]


def test_every_column_is_judged_by_itself_and_missing_cells_count_for_nothing() -> None:
    table = torch.stack([normal(100), normal(100, 2)], 1)
    table[3, 1], table[:50:5, 0] = 1e6, math.nan
    low, high = bounds(table)
    assert low[0] == -math.inf
    assert 3 < float(high[1]) < 1e6


def test_a_larger_table_is_judged_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aevb_cli.core.data.rows._SAMPLE", 1000)
    cells = normal(10_000)
    cells[::500] = 1e7
    low, high = bounds(cells[:, None])
    assert float(low) < -4
    assert 4 < float(high) < 1e7
