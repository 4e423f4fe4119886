"""CV+ and split conformal against their definitions, and their coverage where the model behind them is wrong."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.conformal import FEWEST, MOST, ConformalIntervals
from aevb_cli.core.families.gaussian import Normal


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def case(rows: int) -> tuple[ConformalIntervals, Normal]:
    """Scores of three folds, and draws of their members for five new rows of two targets."""
    guarantee = ConformalIntervals(doubles(rows, 2, seed=1).abs(), torch.arange(rows) % 3, torch.arange(60) % 3)
    return guarantee, Normal(doubles(60, 5, 2, seed=2), doubles(60, 5, 2, seed=3).abs() + 0.1)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_the_interval_is_cv_plus_as_it_is_defined(level: float) -> None:
    """Barber et al. 2021, section 3: the ends are order statistics of mean -+ score over all left-out rows."""
    guarantee, draws = case(131)
    assert guarantee.holds(level)
    lower, upper = guarantee.interval(draws, level)
    for row in range(5):
        for target in range(2):
            lows, highs = [], []
            for score, fold in zip(guarantee.scores[:, target].tolist(), guarantee.fold.tolist(), strict=True):
                loc, scale = (part[guarantee.draw_fold == fold, row, target] for part in (draws.location, draws.scale))
                mean, sd = float(loc.mean()), math.sqrt(float(loc.var(correction=0) + scale.square().mean()))
                lows.append(mean - score * sd)
                highs.append(mean + score * sd)
            alpha = 1 - level
            assert float(upper[row, target]) == pytest.approx(sorted(highs)[math.ceil(level * 132) - 1], abs=1e-12)
            assert float(lower[row, target]) == pytest.approx(
                sorted(lows)[math.floor(alpha * 132 + 1e-9) - 1], abs=1e-12
            )


def test_it_holds_only_where_rows_and_draws_suffice() -> None:
    guarantee, _ = case(60)
    assert guarantee.holds(0.9)
    assert guarantee.holds(60 / 61)
    assert not guarantee.holds(0.99)  # of 60 rows none says where one in a hundred lies
    assert not guarantee.of(torch.zeros(60, dtype=torch.long)).holds(0.9)  # two folds were not drawn at all


def test_members_of_a_group_stand_for_the_folds_in_turn() -> None:
    guarantee, _ = case(60)
    assert guarantee.of(torch.arange(7)).draw_fold.tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_too_small_a_table_has_no_guarantee_and_a_large_one_is_thinned() -> None:
    z, fold = doubles(3000, 1, seed=1), torch.arange(3000) % 10
    mixture = Normal(torch.zeros(4, 3000, 1).double(), torch.ones(4, 3000, 1).double())
    few = mixture.map(lambda each: each[:, : FEWEST - 1])
    assert ConformalIntervals.fit(few, z[: FEWEST - 1], fold[: FEWEST - 1]) is None
    found = ConformalIntervals.fit(mixture, z, fold)
    assert found is not None
    assert found.scores.shape == (MOST, 1)
    assert set(found.fold.tolist()) == set(range(10))
    assert torch.isin(found.scores, z.abs()).all()


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_of_one_fold_the_interval_is_split_conformal_as_it_is_defined(level: float) -> None:
    """Lei et al. 2018, algorithm 2: the mean +- the ceil((M + 1) level)-th smallest score, here in sds."""
    guarantee, draws = case(131)
    alone = ConformalIntervals(guarantee.scores, torch.zeros(131, dtype=torch.long), torch.zeros(60, dtype=torch.long))
    mean = draws.location.mean(0)
    sd = ((draws.location - mean).square() + draws.scale.square()).mean(0).sqrt()
    reach = alone.scores.sort(0).values[math.ceil(132 * level) - 1] * sd
    for found, expected in zip(alone.interval(draws, level), (mean - reach, mean + reach), strict=True):
        torch.testing.assert_close(found, expected)


def test_what_is_proven_depends_on_the_folds() -> None:
    guarantee, _ = case(200)
    assert guarantee.method == "CV+"
    assert guarantee.least(0.9) == pytest.approx(0.8 - 0.1)
    alone = ConformalIntervals(guarantee.scores, torch.zeros(200, dtype=torch.long), guarantee.draw_fold)
    assert alone.method == "split conformal"
    assert alone.least(0.9) == 0.9


def test_a_fold_s_coverage_is_by_the_scores_of_the_others_alone() -> None:
    """Of three folds, whose scores are 1, 2 and 3, the others' 0.9-quantile covers the first two."""
    fold = torch.arange(60) % 3
    guarantee = ConformalIntervals((fold + 1.0).double()[:, None], fold, torch.empty(0, dtype=torch.long))
    assert guarantee.expected(0.9).tolist() == pytest.approx([2 / 3])


@pytest.mark.parametrize("folds", [1, 10])
@pytest.mark.parametrize("stretch", [0.2, 1.0, 5.0])
def test_coverage_is_the_level_though_the_model_s_sd_is_wrong(stretch: float, folds: int) -> None:
    """Constant means, folds that differ by chance, sds wrong by a factor, noise far from Gaussian: 4,000 new rows."""
    bits = Generator().manual_seed(4)
    noise = torch.empty(4300, dtype=torch.float64).exponential_(generator=bits)
    rows, fold = 300, torch.arange(300) % folds
    means = noise[:300].mean() + 0.05 * doubles(folds, seed=5)  # one for each fold
    loc, scale = means[fold][None, :, None], torch.full((1, rows, 1), stretch).double()
    guarantee = ConformalIntervals.fit(Normal(loc, scale), noise[:300, None], fold)
    assert guarantee is not None
    drawn = torch.arange(100) % folds
    new = Normal(means[drawn][:, None, None].expand(-1, 4000, 1), torch.full((100, 4000, 1), stretch).double())
    for level in (0.5, 0.9):
        lower, upper = guarantee.of(drawn).interval(new, level)
        z = noise[300:, None]
        covered = float(((z >= lower) & (z <= upper)).double().mean())
        # 300 left-out rows know the level's quantile to sqrt(p (1 - p) / 300); four of that.
        assert covered == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / 300))
        # Each fold of 30 against the quantile of the other 270: what one fold has too few, another has too many.
        assert float(guarantee.expected(level)) == pytest.approx(level, abs=0.02)


def test_scores_that_fit_no_fold_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit together"):
        ConformalIntervals(torch.ones(5, 1), torch.zeros(4, dtype=torch.long), torch.empty(0))
    with pytest.raises(ValueError, match="do not fit together"):
        ConformalIntervals(torch.full((5, 1), math.inf), torch.zeros(5, dtype=torch.long), torch.empty(0))
