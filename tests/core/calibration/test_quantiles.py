"""Quantiles and the probabilities beyond a limit are those of the calibrated intervals, and agree with each other."""

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.intervals import CalibratedIntervals
from aevb_cli.core.calibration.recalibration import PRIOR_ROWS, Recalibration
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint
from aevb_cli.core.families.poisson import Poisson
from aevb_cli.core.mixture import Mixture

ROWS, DRAWS = 200, 60
LEVELS = (0.001, 0.01, 0.05, 0.3, 0.45, 0.49, 0.5, 0.51, 0.55, 0.8, 0.95, 0.999)


def bits(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=bits(seed), dtype=torch.float64)


DRAWN = Normal(doubles(DRAWS, 5, 2, seed=1), doubles(DRAWS, 5, 2, seed=2).abs() + 0.1)
#: Held-out rows that lie too high, and too far out.
SCORES = 1.5 * doubles(ROWS, 2, seed=3) + 1
PIT = Recalibration.of(SCORES.sigmoid())


def conformal(folds: int) -> ConformalIntervals:
    return ConformalIntervals(SCORES, torch.arange(ROWS) % folds, torch.arange(DRAWS) % folds)


KINDS = {
    "recalibrated": CalibratedIntervals(PIT),
    "own": CalibratedIntervals(Recalibration.none(2)),
    "split conformal": CalibratedIntervals(PIT, conformal(1)),
    "CV+": CalibratedIntervals(PIT, conformal(3)),
    "other members": CalibratedIntervals(PIT, conformal(3), Mixture(Normal(DRAWN.location + 1, DRAWN.scale))),
    "widest": CalibratedIntervals(PIT, conformal(3), widest=True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_rise_and_what_lies_beyond_one_has_its_probability(kind: str) -> None:
    mixture = Mixture(DRAWN, KINDS[kind])
    quantiles = torch.stack([mixture.calibrated_quantile(level) for level in LEVELS])
    assert (quantiles.diff(dim=0) >= 0).all()
    for level, quantile in zip(LEVELS, quantiles, strict=True):
        for row in range(5):
            for place in range(2):
                found = mixture.above(float(quantile[row, place]))[row, place]
                # An end has a rank, of which there are ROWS; a recalibrated level may stand at a jump as high as one.
                step = 1e-6 if kind == "own" else 1 / (ROWS + 1) + 1e-6
                assert abs(float(found) - (1 - level)) <= step


@pytest.mark.parametrize("kind", KINDS)
def test_the_probability_falls_as_the_limit_rises_and_is_one_at_either_end(kind: str) -> None:
    mixture = Mixture(DRAWN, KINDS[kind])
    found = torch.stack([mixture.above(float(limit)) for limit in torch.linspace(-40, 40, 81)])
    assert (found.diff(dim=0) <= 1e-12).all()
    torch.testing.assert_close(found[0], torch.ones(5, 2).double(), rtol=0, atol=1e-9)
    torch.testing.assert_close(found[-1], torch.zeros(5, 2).double(), rtol=0, atol=1e-9)


def test_without_held_out_rows_it_is_the_mixture_s_own() -> None:
    own = Mixture(DRAWN)
    for limit in (-3.0, 0.2, 9.0):
        torch.testing.assert_close(Mixture(DRAWN, KINDS["own"]).above(limit), own.above(limit), rtol=1e-12, atol=0)


def test_a_tail_s_probability_is_what_the_recalibrated_interval_leaves_out() -> None:
    own = torch.tensor([[0.5, 0.1], [0.01, 1e-9]]).double()
    beyond = (PIT.needed[None] > 1 - 2 * own[:, None]).sum(1)
    torch.testing.assert_close(PIT.tail(own), (PRIOR_ROWS * own + beyond / 2) / (PRIOR_ROWS + ROWS))
    for coverage in (0.1, 0.5, 0.9, 0.99):
        tail = PIT.tail(((1 - PIT.level(coverage)) / 2)[None])[0]
        assert (tail <= (1 - coverage) / 2 + 1e-12).all()
        assert (tail >= (1 - coverage) / 2 - 1 / (PRIOR_ROWS + ROWS)).all()


def test_beside_other_kinds_numbers_are_conformal_and_counts_recalibrated() -> None:
    counts, pit = Poisson(doubles(DRAWS, 5, 1, seed=7) + 2), Recalibration.of(SCORES[:, [0, 1, 0]].sigmoid())
    guarantee = replace(conformal(3), scores=SCORES[:, [0, 1, 0]])
    mixture = Mixture(Joint((DRAWN, counts), (torch.tensor([0, 2]), slice(1, 2))), CalibratedIntervals(pit, guarantee))
    found, alone = mixture.above(1.5), replace(guarantee, scores=SCORES[:, [0, 0]])
    assert torch.equal(found[:, [0, 2]], alone.above(Mixture(DRAWN), torch.full((5, 2), 1.5).double()))
    own = counts.survival(torch.full((5, 1), 1.5).double()).mean(0)
    of_counts = replace(pit, needed=pit.needed[:, 1:2])
    expected = torch.where(own <= 0.5, of_counts.tail(own), 1 - of_counts.tail(1 - own))
    torch.testing.assert_close(found[:, 1:2], expected, rtol=1e-12, atol=1e-12)
    assert torch.equal(mixture.above(1.0)[:, 1], mixture.above(1.5)[:, 1])  # 2 and more
