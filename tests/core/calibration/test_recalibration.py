"""A level solved for by bisection, a mixture whose shape is known to be wrong, and coverage by the other rows alone."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.recalibration import PRIOR_ROWS, Recalibration
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.mixture import Mixture


def uniform(rows: int, targets: int, seed: int = 1) -> Tensor:
    return torch.rand(rows, targets, dtype=torch.float64, generator=Generator().manual_seed(seed))


def held(needed: Tensor, level: float) -> float:
    """The share of new rows that an interval of this level holds: a Dirichlet process' posterior mean."""
    return (PRIOR_ROWS * level + int((needed <= level).sum())) / (PRIOR_ROWS + len(needed))


@pytest.mark.parametrize("rows", [0, 1, 7, 400])
@pytest.mark.parametrize("level", [0.05, 0.5, 0.9, 0.99])
def test_the_level_is_the_least_that_holds_enough(level: float, rows: int) -> None:
    recalibration = Recalibration(uniform(rows, 2).square().round(decimals=2))  # some levels stand there twice
    for target, found in enumerate(recalibration.level(level).tolist()):
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if held(recalibration.needed[:, target], middle) >= level else (middle, high)
        assert found == pytest.approx(high, abs=1e-9)


def test_where_no_rows_were_left_out_levels_stay() -> None:
    assert Recalibration.none(2).level(0.9).tolist() == pytest.approx([0.9, 0.9])


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_coverage_is_the_level_though_the_mixture_s_shape_is_wrong(level: float) -> None:
    """A Gaussian with the mean and sd of Laplace-distributed z: at 50 % it holds too much of 5,000 new rows."""
    sign, size = uniform(10_000, 1, seed=2) < 0.5, -uniform(10_000, 1, seed=3).log() / math.sqrt(2)
    z = torch.where(sign, size, -size)
    gaussian = Normal(torch.zeros(1, 5000, 1).double(), torch.ones(1, 5000, 1).double())
    known, new = z[:5000], z[5000:]
    recalibration = Recalibration.of(Mixture(gaussian).cdf(known))

    def coverage(p: Mixture) -> float:
        lower, upper = p.interval(level)
        return float(((new >= lower) & (new <= upper)).double().mean())

    # Either 5,000 rows know a share to sqrt(p (1 - p) / 5,000); four of the root of two such squares.
    error = 4 * math.sqrt(2 * level * (1 - level) / 5000)
    assert coverage(Mixture(gaussian, CalibratedIntervals(recalibration))) == pytest.approx(level, abs=error)
    assert float(recalibration.expected(level)) == pytest.approx(level, abs=error)
    if level == 0.5:
        assert coverage(Mixture(gaussian)) == pytest.approx(1 - math.exp(-0.6745 * math.sqrt(2)), abs=error)


def test_every_target_has_a_level_of_its_own() -> None:
    needed = torch.cat([uniform(200, 1), uniform(200, 1).sqrt()], 1)
    loc, scale = torch.randn(30, 5, 2, dtype=torch.float64, generator=Generator().manual_seed(4)), 1 + uniform(5, 2)
    draws, recalibration = Normal(loc, scale.expand(30, -1, -1)), Recalibration(needed)
    found = Mixture(draws, CalibratedIntervals(recalibration)).interval(0.8)
    for target in range(2):
        level = float(recalibration.level(0.8)[target])
        alone = Mixture(draws)
        for end, probability in zip(found, ((1 - level) / 2, (1 + level) / 2), strict=True):
            torch.testing.assert_close(end[:, target], alone.quantile(probability)[:, target])


def test_an_interval_ends_though_no_mixture_holds_the_rows() -> None:
    draws = Normal(torch.zeros(3, 2, 1).double(), torch.ones(3, 2, 1).double())
    lower, upper = Mixture(draws, CalibratedIntervals(Recalibration(torch.ones(500, 1).double()))).interval(0.9)
    assert (torch.cat([lower, upper]).abs() < 10).all()


def test_a_row_s_coverage_is_by_the_levels_of_the_others_alone() -> None:
    """Every tenth row needs 0.99, the rest nothing: by these alone the level would be 0.86."""
    recalibration = Recalibration(torch.where(torch.arange(100) % 10 == 0, 0.99, 0.0).double()[:, None])
    assert float(recalibration.expected(0.95)) == pytest.approx(0.9)


def test_of_classes_the_score_is_what_their_probability_lacks_and_numbers_keep_theirs() -> None:
    pit = uniform(40, 3)
    mixed = Recalibration.of(pit, [False, True, False])
    numbers = Recalibration.of(pit[:, [0, 2]])
    assert mixed.classes == (False, True, False)
    assert torch.equal(mixed.needed[:, 1], 1 - pit[:, 1])
    assert torch.equal(mixed.needed[:, [0, 2]], numbers.needed)
    assert torch.equal(mixed.level(0.9)[[0, 2]], numbers.level(0.9))
    assert torch.equal(mixed.expected(0.9)[[0, 2]], numbers.expected(0.9))


@pytest.mark.parametrize(
    "needed", [torch.tensor([[1.2]]), torch.tensor([[-0.1]]), torch.tensor([[math.nan]]), torch.ones(3)]
)
def test_what_is_no_level_is_refused(needed: Tensor) -> None:
    with pytest.raises(ValueError, match="levels"):
        Recalibration(needed.double())
