"""Ridge regressions compared in rows left out."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.regression import Code, Regression, Sample, best_regression, fall
from aevb_cli.core.data.smooth import smooth_functions


def normal(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=Generator().manual_seed(seed))


def test_the_algebra_is_that_of_a_ridge_regression_in_each_fold() -> None:
    inputs, z, fold = normal(60, 4, seed=1), normal(60, 2, seed=2), torch.arange(60) // 6
    code = torch.arange(60).double() % 5
    code[::9] = math.nan
    penalty = torch.tensor([0.5, 1, 2, 3], dtype=torch.float64)
    regression = Regression.of(inputs, penalty, z, fold)
    one_hot = (code[:, None] == torch.arange(5)).double()
    plain = by_hand(inputs, penalty, z, fold)
    given = [
        by_hand(torch.cat([inputs, one_hot], 1), torch.cat([penalty, torch.full((5,), rows)]), z, fold)
        for rows in (1.0, 4.0, 16.0)
    ]
    alone = code.isnan()
    given = [torch.where(alone[:, None], plain, left) for left in given]
    torch.testing.assert_close(regression.rest, plain)
    rest = regression.rest_with(Code.of(code))
    for each in range(10):
        others = [float(left[fold != each].abs().sum()) for left in given]
        torch.testing.assert_close(rest[fold == each], given[others.index(min(others))][fold == each])


def by_hand(inputs: Tensor, penalty: Tensor, z: Tensor, fold: Tensor) -> Tensor:
    rest = z.clone()
    for each in range(10):
        x, y = inputs[fold != each], z[fold != each]
        rest[fold == each] -= inputs[fold == each] @ torch.linalg.solve(x.T @ x + penalty.double().diag(), x.T @ y)
    return rest


def test_an_extended_regression_has_the_code_among_its_inputs() -> None:
    inputs, z, fold = normal(60, 4, seed=1), normal(60, 2, seed=2), torch.arange(60) // 6
    penalty, code = torch.ones(4, dtype=torch.float64), torch.arange(60).double() % 5
    one_hot = (code[:, None] == torch.arange(5)).double()
    extended = Regression.of(inputs, penalty, z, fold).extended(Code.of(code))
    expected = by_hand(torch.cat([inputs, one_hot], 1), torch.ones(9), z, fold)
    torch.testing.assert_close(extended.rest, expected)


def test_a_sample_has_the_rows_whose_targets_are_known_standardised_and_in_folds() -> None:
    x, z = torch.arange(100.0)[:, None], 5 + 3 * normal(100, 2, seed=1)
    z[::10, 1] = math.nan
    sample = Sample.of(x, z, None)
    assert sample is not None
    assert sorted(sample.x[:, 0].tolist()) == [float(row) for row in range(100) if row % 10]
    assert sample.fold.bincount().tolist() == [9] * 10
    assert sample.fold.tolist() == sorted(sample.fold.tolist())
    torch.testing.assert_close(sample.z.std(0), torch.ones(2, dtype=torch.float64))
    rows = sample.x[:, 0].long()
    torch.testing.assert_close(sample.z, (z[rows] - z[rows].mean(0)) / z[rows].std(0))
    large = Sample.of(torch.zeros(10_000, 1), normal(10_000, 1, seed=1), None)
    assert large is not None
    assert len(large.x) == 6000


def test_a_group_is_in_one_fold() -> None:
    group = torch.arange(200) % 40
    sample = Sample.of(group[:, None].double(), normal(200, 1, seed=1), group)
    assert sample is not None
    folds = [set(sample.fold[sample.x[:, 0] == each].tolist()) for each in range(40)]
    assert all(len(own) == 1 for own in folds)
    assert set.union(*folds) == set(range(10))


@pytest.mark.parametrize("z", [normal(19, 1, seed=1), torch.ones(50, 1), torch.full((50, 1), math.nan)])
def test_there_is_no_sample_of_few_rows_or_a_constant_target(z: Tensor) -> None:
    assert Sample.of(torch.zeros(len(z), 1), z, None) is None


def test_the_fall_is_a_share_and_a_number_of_standard_errors() -> None:
    before = torch.tensor([[1.0], [-1.0], [1.0], [-1.0]]).double()
    share, errors = fall(before, torch.tensor([[0.0], [0.0], [1.0], [-1.0]]).double())
    assert share == pytest.approx(0.5)
    assert errors == pytest.approx(0.5 / math.sqrt(1 / 3) * 2)
    assert fall(before, before) == (0.0, 0.0)


def test_waves_are_used_where_they_serve() -> None:
    x, fold = normal(600, 2, seed=1), torch.arange(600) // 60
    smooth = smooth_functions(x, (0, 0))
    product = best_regression(smooth, (x[:, :1] * x[:, 1:]), fold)
    line = best_regression(smooth, x[:, :1] + 0.5 * normal(600, 1, seed=2), fold)
    assert float(product.penalty[-1]) < 1e3 < float(line.penalty[-1])
    assert float(product.rest.abs().mean()) < 0.2
