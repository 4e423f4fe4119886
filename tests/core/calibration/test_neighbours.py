"""The correlation of neighbours against its closed form, and tables that are sorted."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.neighbours import is_sorted, neighbour_correlation


def normal(rows: int, columns: int = 1, seed: int = 1) -> Tensor:
    return torch.randn(rows, columns, dtype=torch.float64, generator=Generator().manual_seed(seed))


def autoregressive(rows: int, correlation: float) -> Tensor:
    """A Gaussian process in which neighbours have this correlation, as probability integral transforms."""
    z, noise = [torch.zeros(1).double()], normal(rows)
    for step in noise:
        z.append(correlation * z[-1] + math.sqrt(1 - correlation**2) * step)
    pit: Tensor = torch.special.ndtr(torch.stack(z[1:]))
    return pit


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.3, 0.9])
def test_neighbours_of_an_autoregressive_process_have_its_correlation(correlation: float) -> None:
    found = neighbour_correlation(autoregressive(4000, correlation), None)
    assert found is not None
    # Bartlett's standard error, four of it.
    assert float(found) == pytest.approx(correlation, abs=4 * math.sqrt((1 - correlation**2) / 4000) + 1e-3)


def test_rows_of_one_group_are_no_neighbours() -> None:
    """Pairs of equal rows: within them everything is alike, between them nothing."""
    pit = torch.special.ndtr(normal(2000)).repeat_interleave(2, 0)
    alike, apart = (neighbour_correlation(pit, group) for group in (None, torch.arange(2000).repeat_interleave(2)))
    assert alike is not None
    assert apart is not None
    assert float(alike) == pytest.approx(0.5, abs=0.1)
    assert abs(float(apart)) < 4 / math.sqrt(2000)


def test_rows_without_neighbours_tell_nothing() -> None:
    assert neighbour_correlation(torch.full((1, 1), 0.5), None) is None
    assert neighbour_correlation(torch.full((5, 1), 0.5), torch.zeros(5)) is None
    assert neighbour_correlation(torch.tensor([[0.0], [1.0], [0.0], [1.0]]), None) is not None


def test_a_table_is_sorted_by_any_of_its_columns_either_way_and_nearly_so() -> None:
    x = normal(300, 3)
    assert not is_sorted(x)
    for order in (x[:, 1].argsort(), x[:, 1].argsort(descending=True)):
        assert is_sorted(x[order])
    assert is_sorted(torch.stack([torch.arange(300.0) + 20 * normal(300)[:, 0], normal(300, 1, 2)[:, 0]], 1))


def test_missing_cells_constants_and_single_rows_sort_nothing() -> None:
    x = normal(300)
    x[::7] = math.nan
    assert not is_sorted(x)
    assert not is_sorted(torch.ones(300, 1).double())
    assert not is_sorted(x[:1])
