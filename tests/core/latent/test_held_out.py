"""How many rows the one network leaves out, and that rows of a group go together."""

import pytest
import torch
from torch import Generator

from aevb_cli.core.latent.held_out import LEAST, MOST, leave_out
from aevb_cli.model_settings import LatentSettings


def left_out(rows: int, group: torch.Tensor | None = None) -> torch.Tensor:
    found = leave_out(LatentSettings(), rows, Generator().manual_seed(0), group)
    assert len(found) == 1
    assert torch.equal(found.held_out_rows, found.of(torch.arange(rows))[0].nonzero()[:, 0])
    return found.held_out_rows


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(2, 1), (4, 1), (10, 2), (100, 20), (200, LEAST), (240, LEAST), (399, 45), (400, 40), (1000, 100), (50_000, MOST)],
)
def test_a_tenth_is_left_out_but_of_small_tables_more_and_of_large_ones_less(rows: int, expected: int) -> None:
    found = len(left_out(rows))
    assert found == expected
    assert found < rows


def test_groups_stay_together() -> None:
    group = torch.arange(1000) // 7
    found = torch.zeros(1000, dtype=torch.bool)
    found[left_out(1000, group)] = True
    assert 50 < found.sum() < 150
    for rows in torch.split(found, 7):
        assert rows.all() or not rows.any()


def test_two_groups_are_one_that_trains_and_one_that_judges() -> None:
    found = left_out(100, (torch.arange(100) > 70).long())
    assert len(found) in {29, 71}


def test_rows_are_drawn() -> None:
    assert left_out(1000).tolist() != list(range(100))
    assert left_out(1000).tolist() == left_out(1000).tolist()
