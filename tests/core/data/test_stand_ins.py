"""Stand-ins against the columns whose cells they are: mean, variance, shares, and what goes with what."""

from collections.abc import Callable

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.layout import STAND_INS
from aevb_cli.core.data.stand_ins import stand_ins

COLUMNS: dict[str, tuple[Callable[[Tensor], Tensor], float]] = {
    "normal": (lambda u: 2**0.5 * torch.erfinv(2 * u - 1), 0.01),
    "skewed": (lambda u: -u.log(), 0.02),
    "flat": (lambda u: u, 0.01),
}


def column(shape: str, rows: int) -> Tensor:
    """Evenly spaced quantiles in random order, standardised, (rows, 1)."""
    u = (torch.randperm(rows, generator=Generator().manual_seed(0)).double() + 0.5) / rows
    x = COLUMNS[shape][0](u)[:, None]
    return ((x - x.mean()) / x.std()).float()


@pytest.mark.parametrize("rows", [200, 1000, 20_000])
@pytest.mark.parametrize("shape", COLUMNS)
def test_they_have_the_mean_and_nearly_the_variance_of_their_column(shape: str, rows: int) -> None:
    x = column(shape, rows)
    (cells,) = stand_ins(x, [False])
    found = torch.tensor(cells)
    assert len(found) == STAND_INS
    assert float(found.mean()) == pytest.approx(0, abs=0.02)
    assert float(found.std()) == pytest.approx(1, abs=COLUMNS[shape][1])
    assert (found[:, None] - x[:, 0]).abs().amin(1).max() <= 1e-4  # each is a cell of the table


@pytest.mark.parametrize("share", [0.03, 0.5, 0.9])
def test_words_and_zero_or_one_keep_their_shares(share: float) -> None:
    codes = (torch.arange(1000) < 1000 * share).float()[torch.randperm(1000, generator=Generator().manual_seed(1))]
    (cells,) = stand_ins(codes[:, None], [False])
    assert set(cells) == {0, 1}
    assert sum(cells) / len(cells) == pytest.approx(share, abs=0.5 / STAND_INS + 1e-9)


@pytest.mark.parametrize("rows", [2, 10, 127, 128])
def test_of_few_rows_each_cell_stands_in_about_as_often(rows: int) -> None:
    (cells,) = stand_ins(torch.arange(rows).float()[:, None], [False])
    often = torch.bincount(torch.tensor(cells).long(), minlength=rows)
    assert int(often.sum()) == STAND_INS
    assert int(often.max() - often.min()) <= 1


def test_a_column_that_may_be_missing_has_none() -> None:
    x = torch.randn(50, 2, generator=Generator().manual_seed(0))
    x[3, 0] = torch.nan
    first, second = stand_ins(x, [True, False])
    assert (len(first), len(second)) == (0, STAND_INS)
    assert torch.tensor(second).isfinite().all()


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.9])
def test_what_stands_in_together_goes_together_as_the_columns_do(rho: float) -> None:
    x = torch.randn(600, 4, generator=Generator().manual_seed(2))
    x[:, 3] = rho * x[:, 0] + (1 - rho**2) ** 0.5 * x[:, 3]
    found = torch.corrcoef(torch.tensor(stand_ins((x - x.mean(0)) / x.std(0), [False] * 4)))
    torch.testing.assert_close(found, torch.corrcoef(x.T), rtol=0, atol=0.1)


def test_no_row_of_the_table_comes_back() -> None:
    x = torch.randn(300, 3, generator=Generator().manual_seed(3))
    rows = torch.tensor(stand_ins(x, [False] * 3)).T
    assert (rows[:, None] - x).abs().amax(-1).amin() > 1e-3


def test_of_very_many_columns_there_are_fewer() -> None:
    assert len(stand_ins(torch.randn(9, 5000, generator=Generator().manual_seed(4)), [False] * 5000)[0]) == 26


def test_a_constant_column_stands_in_for_itself() -> None:
    x = torch.stack([torch.zeros(5), torch.arange(5)], 1)
    assert set(stand_ins(x, [False, False])[0]) == {0}
