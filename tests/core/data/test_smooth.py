"""Smooth functions of features."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.smooth import WAVES, smooth_functions


def uniform(rows: int, seed: int) -> Tensor:
    return torch.rand(rows, dtype=torch.float64, generator=Generator().manual_seed(seed))


def left(functions: Tensor, z: Tensor) -> float:
    """The share of a target's standard deviation that a ridge regression leaves in the second half of the rows."""
    half = len(z) // 2
    x, y = functions[:half], z[:half] - z[:half].mean()
    weights = torch.linalg.solve(x.T @ x + 0.1 * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)
    return float((z[half:] - z[:half].mean() - functions[half:] @ weights).std() / z.std())


@pytest.mark.parametrize("rows", [30, 500])
def test_they_have_zero_mean_and_unit_variance(rows: int) -> None:
    x = torch.stack([uniform(rows, 1), torch.arange(rows).double() % 3, uniform(rows, 2), torch.ones(rows)], 1)
    x[::5, 2] = math.nan
    functions = smooth_functions(x, (0, 3, 0, 0)).functions
    alone = functions[:, :-WAVES]
    assert alone.shape[1] <= 1 + 8 + 3 + 1 + 8 + 1
    torch.testing.assert_close(alone.mean(0), torch.zeros_like(alone[0]), atol=1e-12, rtol=0)
    torch.testing.assert_close(alone.square().mean(0), torch.ones_like(alone[0]))


def test_they_follow_curves_and_interactions() -> None:
    x = torch.stack([uniform(2000, 1), uniform(2000, 2)], 1)
    functions = smooth_functions(x, (0, 0)).functions
    assert left(functions[:, :-WAVES], (9 * x[:, 0]).sin()) < 0.1
    product = (x[:, 0] - 0.5) * (x[:, 1] - 0.5)
    assert left(functions[:, :-WAVES], product) > 0.9
    assert left(functions, product) < 0.2


def test_a_gap_is_told_from_the_mean() -> None:
    x = uniform(400, 1)[:, None]
    x[::4] = math.nan
    assert left(smooth_functions(x, (0,)).functions, x[:, 0].isnan().double()) < 0.05


def test_many_columns_and_many_words_have_fewer_functions_each() -> None:
    numbers = torch.stack([uniform(300, seed) for seed in range(100)], 1)
    assert smooth_functions(numbers, (0,) * 100).functions.shape[1] == 100 * (1 + 3) + WAVES
    words = torch.arange(4000).double()[:, None] % 1000
    words[:1500] = words[:1500] % 10
    assert smooth_functions(words, (1000,)).functions.shape[1] == 320 + WAVES
    assert left(smooth_functions(words, (1000,)).functions[:2000], (words[:2000, 0] < 5).double()) < 0.8


@pytest.mark.parametrize("words", [0, 4])
def test_empty_and_constant_columns_add_nothing(words: int) -> None:
    x = torch.stack([torch.full((50,), math.nan), torch.full((50,), 3.0), uniform(50, 1)], 1).double()
    given, alone = smooth_functions(x, (words, words, 0)), smooth_functions(x[:, 2:], (0,))
    torch.testing.assert_close(given.functions, alone.functions)
    torch.testing.assert_close(given.penalty, alone.penalty)
