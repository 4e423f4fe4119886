"""Which parts of a date help."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.parts import useful

WAVE, WEEKDAY, HOUR = (1, 2), (3,), (4, 5)
KINDS = (0, 0, 0, 7, 0, 0, 0)


def normal(rows: int, seed: int) -> Tensor:
    return torch.randn(rows, dtype=torch.float64, generator=Generator().manual_seed(seed))


def dated(rows: int = 400, seed: int = 1) -> Tensor:
    """Days over three years, the time of year, the weekday, the hour, and another number. Returns (rows, 7)."""
    day = torch.rand(rows, dtype=torch.float64, generator=Generator().manual_seed(seed)) * 1095
    year, hour = 2 * math.pi * day / 365.25, 2 * math.pi * (day % 1)
    parts = [day, year.sin(), year.cos(), day.floor() % 7, hour.sin(), hour.cos(), normal(rows, seed + 1)]
    return torch.stack(parts, 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_that_matter_are_found(seed: int) -> None:
    x, noise = dated(seed=seed), normal(400, seed + 10)
    season, week = 2 * (x[:, 1] + x[:, 2]), 3.0 * (x[:, 3] > 4)
    parts = (WAVE, WEEKDAY, HOUR)
    assert useful(x, (x[:, 0] / 300 + x[:, 6] + noise)[:, None], KINDS, parts) == ()
    assert useful(x, (season + noise)[:, None], KINDS, parts) == (0,)
    assert useful(x, (week + noise)[:, None], KINDS, parts) == (1,)
    assert useful(x, (week + 3 * x[:, 4] + noise)[:, None], KINDS, parts) in ((1, 2), (2, 1))
    assert set(useful(x, (season + week + noise)[:, None], KINDS, parts)) == {0, 1}


def test_the_most_useful_is_named_first() -> None:
    x = dated()
    z = (x[:, 1] + 9.0 * (x[:, 3] > 4) + 0.3 * normal(400, 5))[:, None]
    assert useful(x, z, KINDS, (WAVE, WEEKDAY)) == (1, 0)


def test_a_part_that_tells_nothing_is_rarely_found() -> None:
    wrong = sum(
        bool(useful(dated(150, seed), normal(150, seed + 99)[:, None], KINDS, (WAVE, WEEKDAY, HOUR)))
        for seed in range(40)
    )
    assert wrong <= 2


def test_without_parts_or_rows_none_is() -> None:
    x = dated()
    assert useful(x, x[:, 1:2], KINDS, ()) == ()
    assert useful(x[:10], x[:10, 1:2], KINDS, (WAVE,)) == ()
