"""Cells in the units of their families: those that a column cannot hold count as the nearest that it can."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.columns import Columns
from aevb_cli.core.latent.cells import Cells, units
from aevb_cli.settings import Likelihood
from tests.core.latent.examples import bits

#: A column of each kind that has limits, and one that has none; the levels are 2 to 7.
NAMES: list[Likelihood] = [
    "gaussian", "log-normal", "negative-binomial", "beta-binomial", "bernoulli", "categorical",
]  # fmt: skip
LEVELS = [0, 0, 0, 6, 0, 3]


def cells(loc: tuple[float, ...] = (1, 0.5, 0, 2, 0, 0), scale: tuple[float, ...] = (2, 1.5, 1, 1, 1, 1)) -> Cells:
    likelihoods = Columns.named(NAMES, LEVELS)
    features = Scaling(torch.tensor(loc), torch.tensor(scale), units(likelihoods.families))
    return Cells(features, likelihoods, torch.tensor([False] * 5 + [True]))


def own(*row: float) -> list[float]:
    found: list[float] = cells().own(torch.tensor([row], dtype=torch.float64))[0].tolist()
    return found


def test_units_are_the_families_but_classes_stay_as_they_are() -> None:
    assert units(Columns.named(NAMES, LEVELS).families) == ("standard", "log", "plain", "levels", "plain", "plain")


def test_what_a_column_can_hold_is_standardised() -> None:
    assert own(5, math.exp(2), 3, 7, 1, 2) == pytest.approx([2, 1, 3, 5, 1, 2])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((-1e6, -1, -4, -9, -0.5, 0), [-500000.5, -10, 0, 0, 0, 0]),
        ((1e6, math.exp(50.0), 1e6, 99, 7, 2), [499999.5, 33, 1e6, 5, 1, 2]),
        ((0, 1e-30, 2.4, 4.6, 0.4, 1), [-0.5, -46.385, 2, 3, 0.4, 1]),
    ],
    ids=["below", "above", "between"],
)
def test_what_it_cannot_hold_is_the_nearest_that_it_can(row: tuple[float, ...], expected: list[float]) -> None:
    """A number that should be above 0 and is not lies ten standard deviations of its logarithm below their mean."""
    assert own(*row) == pytest.approx(expected, abs=1e-3)


def test_missing_cells_stay_missing_and_words_that_did_not_train_become_so() -> None:
    assert np.isnan(own(*[math.nan] * 6)).all()
    assert np.isnan(own(-1, 1, 1, 2, 1, -1)).tolist() == [False] * 5 + [True]


def greys(level: float, rows: int) -> Tensor:
    return torch.tensor([[0.3, 0.7, 4, 3, level, 2]]).repeat(rows, 1)


def test_grey_levels_are_drawn_by_their_probability_and_all_else_stays() -> None:
    x = greys(0.3, 20000)
    drawn = cells().binarised(x, bits(1))
    assert torch.equal(drawn[:, [0, 1, 2, 3, 5]], x[:, [0, 1, 2, 3, 5]])
    assert set(drawn[:, 4].tolist()) == {0, 1}
    assert float(drawn[:, 4].mean()) == pytest.approx(0.3, abs=4 * (0.21 / 20000) ** 0.5)
    assert cells().binarised(greys(math.nan, 3), bits(1))[:, 4].isnan().all()


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_black_and_white_are_certain(level: float) -> None:
    assert (cells().binarised(greys(level, 5000), bits(2))[:, 4] == level).all()


def test_without_a_generator_all_rows_and_calls_have_the_same_draws() -> None:
    x = torch.cat([greys(level, 1) for level in torch.linspace(0, 1, 101).tolist()])
    drawn = cells().binarised(x, None)[:, 4]
    assert (drawn.diff() >= 0).all()  # one threshold for all rows
    assert torch.equal(cells().binarised(x[50:], None)[:, 4], drawn[50:])
