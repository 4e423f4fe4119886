"""Targets that a model says cannot be: the first is named with its record."""

import numpy as np
import pytest
import torch

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tasks.possible import check_possible

SCALING = Scaling(torch.tensor([0.1, 0.0, 0.0], dtype=torch.float64), torch.tensor([0.2, 1, 1], dtype=torch.float64))
COLUMNS = (Column("pair"), Column("price"), Column("word", ("a", "b", "c")))
FAMILIES = ("bernoulli", "log-normal", "categorical")


def test_what_can_be_passes_and_so_does_what_is_not_known() -> None:
    z = np.array([[0.1, 0.5, 2.0], [0.3, 1e9, 0.0], [np.nan, np.nan, np.nan]])
    check_possible("t.csv", COLUMNS, FAMILIES, SCALING, z, range(1, 4))
    check_possible("t.csv", COLUMNS[1:2], ("gaussian",), SCALING, -z[:, 1:2], range(1, 4))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([0.2, 1, 0], "column 'pair': 0.2 cannot be a value of this target, which is 0.1 or 0.3. Mend it or drop"),
        ([0.1, 0, 0], "column 'price': 0 cannot be a value of this target, which the model takes for log-normal. Mend"),
        ([0.1, -3, 0], "column 'price': -3 cannot be"),
    ],
)
def test_the_first_that_cannot_is_named(row: list[float], said: str) -> None:
    z = np.array([[0.1, 1, 0], row, row])
    with pytest.raises(DataError) as caught:
        check_possible("t.csv", COLUMNS, FAMILIES, SCALING, z, [3, 5, 6])
    assert str(caught.value).startswith(f"t.csv, record 5, {said}")
