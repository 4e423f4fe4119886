"""Maxima of functions of a few variables, against closed forms and scipy's BFGS."""

import math

import numpy as np
import pytest
import torch
from scipy import optimize
from torch import Tensor

from aevb_cli.core.calibration.quasi_newton import maximised


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_top_of_a_parabola() -> None:
    root, top = doubles(8, 8, seed=1), doubles(8, seed=2)
    bend = (root @ root.T + 0.1 * torch.eye(8).double()).float()
    found = maximised(lambda x: -(x - top.float()) @ bend @ (x - top.float()), torch.zeros(8), 200)
    assert found.dtype == torch.float32
    np.testing.assert_allclose(found, top, atol=5e-3)  # a value of 1e-6 below the top, in the flattest direction


def logistic(x: Tensor, rows: Tensor, yes: Tensor) -> Tensor:
    logits = rows @ x
    return (yes * logits - torch.nn.functional.softplus(logits)).mean() - 0.01 * x.square().sum()


def test_the_likeliest_logistic_regression_is_scipy_s() -> None:
    rows = doubles(300, 5, seed=3)
    yes = (rows @ doubles(5, seed=4) + doubles(300, seed=5) > 0).double()
    told: list[int] = []

    def counted(x: Tensor) -> Tensor:
        told.append(1)
        return logistic(x, rows.float(), yes.float())

    found = maximised(counted, torch.zeros(5), 100)
    exact = optimize.minimize(lambda x: -float(logistic(torch.from_numpy(x), rows, yes)), np.zeros(5), tol=1e-10).x
    np.testing.assert_allclose(found, exact, atol=0.01)
    assert len(told) < 30


def test_a_curved_valley_is_followed() -> None:
    found = maximised(lambda x: -((1 - x[0]).square() + 20 * (x[1] - x[0].square()).square()), torch.zeros(2), 200)
    np.testing.assert_allclose(found, [1, 1], atol=0.02)


@pytest.mark.parametrize("most", [1, 2, 7])
def test_no_more_evaluations_than_are_allowed(most: int) -> None:
    told: list[int] = []

    def counted(x: Tensor) -> Tensor:
        told.append(1)
        return -((x - 50).square() * torch.tensor([1.0, 9.0])).sum()

    maximised(counted, torch.zeros(2), most)
    assert len(told) == most


def test_no_variable_goes_further_than_it_may_in_a_step() -> None:
    places: list[Tensor] = []

    def seen(x: Tensor) -> Tensor:
        places.append(x.detach().clone())
        return 1e6 * x.sum() - x.square().sum()

    maximised(seen, torch.zeros(3), 6)
    assert places[1].tolist() == pytest.approx([0.5] * 3)
    assert (torch.stack(places).diff(dim=0).abs() <= 1 + 1e-6).all()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_it_stays_at_the_start_where_nothing_is_finite(value: float) -> None:
    assert maximised(lambda x: value * x.sum(), torch.ones(2), 20).tolist() == [1, 1]


def test_it_turns_back_where_the_function_ends() -> None:
    """log(1 - x) is not a number from 1 on: steps that lead there are shortened."""
    found = maximised(lambda x: (3 * x + (1 - x).log()).sum(), torch.zeros(1), 100)
    assert float(found) == pytest.approx(2 / 3, abs=2e-3)
