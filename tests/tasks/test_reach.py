"""Numbers that lie too far from the training rows: where they begin, and how they are named."""

import numpy as np
import pytest
import torch

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tasks.reach import REACH, check_reach

SCALING = Scaling(torch.tensor([0.0, 5.0], dtype=torch.float64), torch.tensor([1.0, 2.0], dtype=torch.float64))
COLUMNS = (Column("x"), Column("k (code)", source="k"))


def test_what_single_precision_holds_passes_and_so_does_a_missing_cell() -> None:
    check_reach("t.csv", COLUMNS, SCALING, np.array([[np.nan, 5 + 2 * REACH], [-REACH, np.nan]]), range(1, 3))


@pytest.mark.parametrize(
    ("row", "where"),
    [([REACH * 1.01, 0], "'x': 1.01e+12"), ([0, -2.1 * REACH], "'k': -2.1e+12"), ([1e308, 0], "'x': 1e+308")],
)
def test_the_first_that_lies_farther_is_named_by_its_record_and_the_tables_column(row: list[float], where: str) -> None:
    values = np.array([[0, 0], row, row])
    with pytest.raises(DataError) as caught:
        check_reach("t.csv", COLUMNS, SCALING, values, [3, 5, 6])
    assert str(caught.value).startswith(f"t.csv, record 5, column {where} lies ")
    assert "Mend it or drop the record." in str(caught.value)


def test_of_a_logarithm_the_distance_is_that_of_the_logarithm() -> None:
    one = torch.ones(1, dtype=torch.float64)
    values = np.array([[1e13], [-1.0]])  # what cannot be is for others to say
    check_reach("t.csv", COLUMNS[:1], Scaling(0 * one, one, ("log",)), values, range(1, 3))
    with pytest.raises(DataError, match="lies"):
        check_reach("t.csv", COLUMNS[:1], Scaling(0 * one, one), values, range(1, 3))
