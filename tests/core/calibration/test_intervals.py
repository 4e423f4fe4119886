"""A row's interval is conformal where there is a guarantee, else recalibrated."""

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration import sets
from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.classes import Classes
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint
from aevb_cli.core.families.poisson import Poisson
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


#: A number, counts, three words and another number: by members that left out three folds in turn.
NUMBERS = Normal(doubles(DRAWS, 5, 2, seed=5), doubles(DRAWS, 5, 2, seed=6).abs() + 0.1)
COUNTS, WORDS = (
    Poisson(doubles(DRAWS, 5, 1, seed=7) + 2),
    Categorical(doubles(DRAWS, 5, 1, 3, seed=8) + 2 * doubles(5, 1, 3, seed=11)),
)
SEVERAL = Mixture(Joint((NUMBERS, COUNTS, WORDS), (torch.tensor([0, 3]), slice(1, 2), slice(2, 3))))
PIT = torch.rand(80, 4, generator=Generator().manual_seed(9)).double().pow(torch.tensor([1, 1, 2, 1]))
OF_SEVERAL = Recalibration.of(PIT, [False, False, True, False])
SCORES = torch.rand(ROWS, 4, generator=Generator().manual_seed(10)).double()
GUARANTEED = ConformalIntervals(SCORES, torch.arange(ROWS) % 3, torch.arange(DRAWS) % 3)


def test_beside_other_kinds_numbers_are_conformal_counts_recalibrated_and_classes_have_no_interval() -> None:
    lower, upper = CalibratedIntervals(OF_SEVERAL, GUARANTEED)(SEVERAL, 0.8)
    conformal = replace(GUARANTEED, scores=SCORES[:, [0, 3]]).interval(Mixture(NUMBERS), 0.8)
    counts = Mixture(COUNTS).equal_tailed(OF_SEVERAL.level(0.8)[1:2])
    for found, number, count in zip((lower, upper), conformal, counts, strict=True):
        assert torch.equal(found[:, [0, 3]], number)
        assert torch.equal(found[:, 1:2], count)
        assert torch.equal(found[:, 1], found[:, 1].round())
        assert found[:, 2].isnan().all()
    assert (lower[:, 1] <= upper[:, 1]).all()


def test_without_a_guarantee_all_but_classes_are_recalibrated() -> None:
    lower, upper = CalibratedIntervals(OF_SEVERAL)(SEVERAL, 0.8)
    expected = SEVERAL.equal_tailed(OF_SEVERAL.level(0.8))
    for found, own in zip((lower, upper), expected, strict=True):
        assert torch.equal(found[:, [0, 1, 3]], own[:, [0, 1, 3]])
        assert found[:, 2].isnan().all()


def test_sets_are_cross_conformal_where_there_is_a_guarantee_and_split_by_each_class_s_own_rows() -> None:
    p = Classes(WORDS.probabilities[..., 0, :])
    guaranteed, split = (CalibratedIntervals(OF_SEVERAL, each) for each in (GUARANTEED, None))
    codes = torch.arange(80) % 3
    by_class = sets.least_ambiguous(p.probability, 1 - PIT[:, 2], 0.8, codes)
    assert torch.equal(guaranteed.classes(SEVERAL, 2, 0.8, None), GUARANTEED.classes(p, 2, 0.8))
    assert torch.equal(guaranteed.classes(SEVERAL, 2, 0.8, codes), by_class)
    assert not torch.equal(GUARANTEED.classes(p, 2, 0.8), by_class)
    together = sets.least_ambiguous(p.probability, 1 - PIT[:, 2], 0.8)
    assert torch.equal(split.classes(SEVERAL, 2, 0.8, None), together)
    assert torch.equal(split.classes(SEVERAL, 2, 0.8, codes), by_class)
    assert not torch.equal(together, by_class)
    assert not together.all()


def test_sets_without_left_out_rows_are_by_the_mixture_s_own_probabilities() -> None:
    found = CalibratedIntervals(Recalibration.none(4)).classes(SEVERAL, 2, 0.8, None)
    assert torch.equal(found, sets.by_mass(WORDS.probabilities[..., 0, :].mean(0), 0.8))


def test_a_mixture_asks_for_its_sets_and_has_none_of_its_own() -> None:
    calibrated = CalibratedIntervals(OF_SEVERAL, GUARANTEED)
    found = Mixture(SEVERAL.draws, calibrated).class_set(2, 0.8)
    assert torch.equal(found, calibrated.classes(SEVERAL, 2, 0.8, None))
    with pytest.raises(ValueError, match="calibrated"):
        SEVERAL.class_set(2, 0.8)
