"""Sums and expansions of the tails of counts against scipy's incomplete beta and gamma functions."""

import numpy as np
import pytest
import torch
from scipy import special, stats
from torch import Tensor

from aevb_cli.core.families.count_tails import in_parts, negative_binomial_tail, poisson_tail, summed_up

FROM = np.concatenate([np.exp(np.linspace(-6, 6, 2001)), 1 + np.array([0, 1e-12, 1e-9, 1e-6, -1e-6, -1e-4, 1e-3])])
"""Means as parts of the count: far on either side, and where differences of reciprocals cancel."""

SIZES = [1e-3, 0.1, 1.0, 10.0, 29.9, 30.0, 100.0, 1e4, 1e8]


def filled(value: float) -> Tensor:
    return torch.full((len(FROM),), value, dtype=torch.float64)


@pytest.mark.parametrize(("count", "error"), [(63, 2e-5), (100.5, 2e-5), (1000, 8e-6), (1e5, 5e-6), (1e7, 5e-6)])
@pytest.mark.parametrize("size", SIZES)
def test_negative_binomial_s_tail_is_as_exact_as_it_says(count: float, error: float, size: float) -> None:
    mean = torch.from_numpy((count + 1) * FROM)
    found = negative_binomial_tail(filled(count), mean, filled(size)).numpy()
    expected = special.betaincc(size, count + 1, size / (mean.numpy() + size))
    np.testing.assert_allclose(found, expected, rtol=0, atol=error)


@pytest.mark.parametrize("count", [63.0, 200.5, 1e4, 1e7])
def test_poisson_s_tail_is_as_exact_as_it_says(count: float) -> None:
    mean = (count + 1) * FROM
    found = poisson_tail(filled(count), torch.from_numpy(mean)).numpy()
    np.testing.assert_allclose(
        found, special.gammainc(count + 1, mean), rtol=0, atol=2e-6 * (63 / count) ** 1.5 + 1e-10
    )


def test_nothing_overflows() -> None:
    logs = torch.linspace(-20, 20, 41, dtype=torch.float64).exp()
    found = negative_binomial_tail(torch.tensor([63.0, 1e3, 1e9, 1e12])[:, None, None], logs[:, None], logs)
    assert found.isfinite().all()
    assert ((found >= 0) & (found <= 1)).all()
    assert (found.diff(dim=1) >= -2e-5).all()  # more where the mean is higher
    assert poisson_tail(torch.tensor(63.0).double(), logs).isfinite().all()


def test_sizes_on_either_side_of_the_limit_are_told_apart_element_by_element() -> None:
    mean, size = torch.tensor([90.0, 120.0]).double()[:, None], torch.tensor([2.0, 500.0, 29.0]).double()
    found = negative_binomial_tail(torch.tensor(100.0).double(), mean, size)
    for row in range(2):
        for column in range(3):
            alone = negative_binomial_tail(torch.tensor([100.0]).double(), mean[row], size[column])
            torch.testing.assert_close(found[row, column], alone[0])


def test_sums_are_scipy_s() -> None:
    mean = torch.tensor([0.01, 3.0, 60.0, 600.0], dtype=torch.float64)
    count = torch.tensor([0.0, 4.0, 70.0, 127.0], dtype=torch.float64)
    found = summed_up(count, (-mean).exp(), mean, torch.zeros_like(mean))
    np.testing.assert_allclose(found, stats.poisson(mean.numpy()).cdf(count.numpy()), rtol=1e-11)


def test_parts_have_every_element_in_its_place() -> None:
    x, y = torch.arange(300.0)[:, None], torch.arange(400.0)
    assert torch.equal(in_parts(torch.add, x, 1000 * y), x + 1000 * y)
