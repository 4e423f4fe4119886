"""A row's interval is conformal where there is a guarantee, else recalibrated."""

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.mixture import Mixture

ROWS, DRAWS = 60, 60


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


MIXTURE = Mixture(Normal(doubles(DRAWS, 5, 2, seed=1), doubles(DRAWS, 5, 2, seed=2).abs() + 0.1))
RECALIBRATION = Recalibration(torch.rand(80, 2, generator=Generator().manual_seed(3)).double().sqrt())
# The members behind the draws left out three folds in turn.
GUARANTEE = ConformalIntervals(doubles(ROWS, 2, seed=4), torch.arange(ROWS) % 3, torch.arange(DRAWS) % 3)


def equal(found: tuple[Tensor, Tensor], expected: tuple[Tensor, Tensor]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def recalibrated(level: float) -> tuple[Tensor, Tensor]:
    """The mixture's own interval of the level that Recalibration gives."""
    return MIXTURE.equal_tailed(RECALIBRATION.level(level))


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_with_rows_enough_the_interval_is_conformal(level: float) -> None:
    found = CalibratedIntervals(RECALIBRATION, GUARANTEE)(MIXTURE, level)
    assert equal(found, GUARANTEE.interval(MIXTURE, level))
    assert not equal(found, recalibrated(level))


@pytest.mark.parametrize(("of_last", "conformal"), [(9, False), (10, True)])
def test_ten_draws_of_every_fold_are_enough(of_last: int, conformal: bool) -> None:
    guarantee = GUARANTEE.of(torch.cat([torch.arange(DRAWS - of_last) % 2, torch.full((of_last,), 2)]))
    assert (guarantee is not None) == conformal


def test_members_that_left_out_a_fold_may_be_others_than_the_mixture_s() -> None:
    blind = Mixture(MIXTURE.draws.map(lambda each: each[torch.arange(3)] + 1))
    guarantee = replace(GUARANTEE, draw_fold=torch.arange(3))
    found = CalibratedIntervals(RECALIBRATION, guarantee, blind)(MIXTURE, 0.9)
    assert equal(found, guarantee.interval(blind, 0.9))


def test_without_a_guarantee_the_interval_is_recalibrated() -> None:
    assert equal(CalibratedIntervals(RECALIBRATION)(MIXTURE, 0.9), recalibrated(0.9))


def test_without_left_out_rows_the_interval_is_the_mixture_s_own() -> None:
    found = CalibratedIntervals(Recalibration.none(2))(MIXTURE, 0.9)
    for one, other in zip(found, MIXTURE.equal_tailed(0.9), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("guarantee", [None, GUARANTEE])
def test_the_widest_interval_holds_the_calibrated_and_the_mixture_s_own(guarantee: ConformalIntervals | None) -> None:
    calibrated = CalibratedIntervals(RECALIBRATION, guarantee)
    (lower, upper), own, narrow = (
        each(MIXTURE, 0.9)
        for each in (replace(calibrated, widest=True), CalibratedIntervals(Recalibration.none(2)), calibrated)
    )
    torch.testing.assert_close(lower, torch.minimum(own[0], narrow[0]))
    torch.testing.assert_close(upper, torch.maximum(own[1], narrow[1]))


def test_a_mixture_asks_its_calibrated_intervals() -> None:
    intervals = CalibratedIntervals(RECALIBRATION, GUARANTEE)
    assert equal(Mixture(MIXTURE.draws, intervals).interval(0.9), intervals(MIXTURE, 0.9))
