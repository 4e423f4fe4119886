"""CV+ and split conformal against their definitions, and their coverage where the model behind them is wrong."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.conformal import FEWEST, MOST, ConformalIntervals
from aevb_cli.core.calibration.sets import cross_conformal
from aevb_cli.core.classes import Classes
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.gamma import Gamma
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint
from aevb_cli.core.families.log_normal import LogNormal
from aevb_cli.core.families.poisson import Poisson
from aevb_cli.core.mixture import Mixture


def doubles(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def uniform(*shape: int, seed: int) -> Tensor:
    return torch.rand(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def case(rows: int, folds: int = 3) -> tuple[ConformalIntervals, Normal]:
    """Scores of some folds, and draws of their members for five new rows of two targets."""
    guarantee = ConformalIntervals(
        uniform(rows, 2, seed=1).logit(), torch.arange(rows) % folds, torch.arange(60) % folds
    )
    return guarantee, Normal(doubles(60, 5, 2, seed=2), doubles(60, 5, 2, seed=3).abs() + 0.1)


def at_scores(guarantee: ConformalIntervals, draws: Normal) -> Tensor:
    """For each score the z at which the mixture of its fold has it, in ascending order: (M, N, J)."""
    found = []
    for scores, fold in zip(guarantee.scores, guarantee.fold, strict=True):
        of_fold = Mixture(draws.map(lambda each: each[guarantee.draw_fold == fold]))  # noqa: B023
        found.append(of_fold.quantile(scores.sigmoid()))
    return torch.stack(found).sort(0).values


@pytest.mark.parametrize("level", [0.5, 0.9, 0.98])
def test_the_ends_are_those_of_cv_plus_but_for_the_interpolation(level: float) -> None:
    """Barber et al. 2021, section 3, at either end: order statistics of what the members make of all scores."""
    guarantee, draws = case(131)
    ordered = at_scores(guarantee, draws)
    rank = math.floor((1 - level) / 2 * 132)
    # Of three folds, two interpolate between their scores: each is off by half a rank at most.
    lower, upper = guarantee.interval(Mixture(draws), level)
    assert rank < 2 or (ordered[rank - 2] <= lower).all()
    assert (lower <= ordered[rank]).all()
    assert (ordered[131 - rank - 1] <= upper).all()
    assert rank < 2 or (upper <= ordered[131 - rank + 1]).all()


@pytest.mark.parametrize("level", [0.5, 0.9, 0.98])
def test_of_one_fold_the_interval_is_split_conformal_as_it_is_defined(level: float) -> None:
    """Lei et al. 2018, section 2.2, at either end: an order statistic, exactly."""
    guarantee, draws = case(131, folds=1)
    ordered = at_scores(guarantee, draws)
    rank = math.floor((1 - level) / 2 * 132)
    for found, expected in zip(
        guarantee.interval(Mixture(draws), level), (ordered[rank - 1], ordered[131 - rank]), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("rows", "folds"), [(50, 1), (131, 10)])
def test_the_intervals_of_all_99_levels_are_nested(rows: int, folds: int) -> None:
    """Folds whose members disagree, and scores of any shape: no end crosses another."""
    draws = Normal(doubles(60, 2, 2, seed=2), doubles(60, 2, 2, seed=3).abs() + 0.01)
    scores = torch.stack([uniform(rows, seed=4) ** 4, uniform(rows, seed=5).round(decimals=1)], 1)
    guarantee = ConformalIntervals(scores.logit(1e-12), torch.arange(rows) % folds, torch.arange(60) % folds)
    ends = [guarantee.interval(Mixture(draws), level / 100) for level in range(1, 100)]
    lower, upper = (torch.stack(each) for each in zip(*ends, strict=True))
    near = 1e-6 * draws.scale.amin(0)  # the ends are solved for
    assert (lower.diff(dim=0) <= near).all()
    assert (upper.diff(dim=0) >= -near).all()
    assert (lower[0] <= upper[0] + near).all()


@pytest.mark.parametrize("name", ["gamma", "log-normal"])
def test_the_unit_of_a_target_does_not_matter(name: str) -> None:
    """Nanometres or kilometres: a search that ended at a fixed distance would end at once for small numbers."""
    of_z = {"gamma": Gamma, "log-normal": LogNormal}[name]
    guarantee, drawn = case(131)
    ends = guarantee.interval(Mixture(of_z(drawn.location, drawn.scale)), 0.9)
    for unit in (1e-9, 1e9):
        found = guarantee.interval(Mixture(of_z(drawn.location + math.log(unit), drawn.scale)), 0.9)
        for end, expected in zip(found, ends, strict=True):
            torch.testing.assert_close(end / unit, expected, rtol=1e-6, atol=0)


def test_a_lopsided_target_is_missed_on_both_sides() -> None:
    """Gaussian predictions of exponential noise: a symmetrical interval would miss above alone."""
    noise = torch.empty(6000, 1, dtype=torch.float64).exponential_(generator=Generator().manual_seed(4)) - 1
    one = Normal(torch.zeros(1, 2000, 1).double(), torch.ones(1, 2000, 1).double())
    guarantee = ConformalIntervals.fit(one, noise[:2000], torch.zeros(2000, dtype=torch.long))
    assert guarantee is not None
    new = Mixture(Normal(torch.zeros(1, 4000, 1).double(), torch.ones(1, 4000, 1).double()))
    lower, upper = replace(guarantee, draw_fold=torch.zeros(1, dtype=torch.long)).interval(new, 0.9)
    z = noise[2000:]
    # 1000 scores know a twentieth to sqrt(0.05 0.95 / 1000); four of that.
    for missed in (z < lower, z > upper):
        assert float(missed.double().mean()) == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 1000))


def test_too_small_a_table_has_no_guarantee_and_a_large_one_is_thinned() -> None:
    z, fold = doubles(3000, 1, seed=1), torch.arange(3000) % 10
    mixture = Normal(torch.zeros(4, 3000, 1).double(), torch.ones(4, 3000, 1).double())
    few = mixture.map(lambda each: each[:, : FEWEST - 1])
    assert ConformalIntervals.fit(few, z[: FEWEST - 1], fold[: FEWEST - 1]) is None
    found = ConformalIntervals.fit(mixture, z, fold)
    assert found is not None
    assert found.scores.shape == (MOST, 1)
    assert set(found.fold.tolist()) == set(range(10))
    torch.testing.assert_close(found.scores.sigmoid(), torch.special.ndtr(z)[torch.linspace(0, 2999, MOST).long()])


def test_what_is_proven_depends_on_the_folds() -> None:
    guarantee, _ = case(200)
    assert guarantee.method == "CV+"
    # At either end alpha, what theorem 4 adds, and two folds' half a rank, twice.
    assert guarantee.least(0.9) == pytest.approx(1 - 2 * (0.1 + 2 * (2 / 3) / (200 / 3 + 1) + 2 / 201))
    alone, _ = case(200, folds=1)
    assert alone.method == "split conformal"
    assert alone.least(0.9) == 0.9


def test_a_fold_s_coverage_is_by_the_scores_of_the_others_alone() -> None:
    """Of three folds, whose scores are 0.25, 0.5 and 0.75, those of the others reach over the middle one alone."""
    fold = torch.arange(60) % 3
    guarantee = ConformalIntervals((fold + 1.0).double()[:, None] / 4, fold, torch.empty(0, dtype=torch.long))
    assert guarantee.expected(0.9).tolist() == pytest.approx([1 / 3])


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
        lower, upper = replace(guarantee, draw_fold=drawn).interval(Mixture(new), level)
        z = noise[300:, None]
        covered = float(((z >= lower) & (z <= upper)).double().mean())
        # 300 left-out rows know the level's quantile to sqrt(p (1 - p) / 300); four of that.
        assert covered == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / 300))
        # Each fold of 30 against the quantile of the other 270: what one fold has too few, another has too many.
        assert float(guarantee.expected(level)) == pytest.approx(level, abs=0.02)


def test_of_several_kinds_numbers_have_log_odds_classes_what_they_lack_and_counts_nothing() -> None:
    number, words = Normal(doubles(4, 80, 1, seed=1), torch.ones(4, 80, 1).double()), doubles(4, 80, 1, 3, seed=2)
    joint = Joint(
        (number, Poisson(doubles(4, 80, 1, seed=3)), Categorical(words)), (slice(2, 3), slice(0, 1), slice(1, 2))
    )
    code, fold = torch.arange(80) % 3, torch.arange(80) % 5
    z = torch.stack([torch.ones(80), code, doubles(80, seed=4)], 1)
    found, alone = ConformalIntervals.fit(joint, z, fold), ConformalIntervals.fit(number, z[:, 2:], fold)
    assert found is not None
    assert alone is not None
    assert torch.equal(found.scores[:, 2:], alone.scores)
    assert not found.scores[:, 0].any()
    probability = words.softmax(-1).mean(0)[torch.arange(80), 0, code]
    torch.testing.assert_close(found.scores[:, 1], 1 - probability)
    for index in (slice(2, 3), torch.tensor([2])):
        assert torch.equal(found.of_columns(index).scores, alone.scores)


def test_sets_are_cross_conformal_by_the_draws_of_each_fold() -> None:
    """Folds whose members disagree."""
    fold, draw_fold = torch.arange(90) % 3, torch.arange(60) % 3
    p = (doubles(60, 20, 3, seed=1) + 2 * doubles(3, 20, 3, seed=5)[draw_fold]).softmax(-1)
    guarantee = ConformalIntervals(uniform(90, 2, seed=2) * torch.tensor([0.5, 1.0]), fold, draw_fold)
    of_folds = torch.stack([p[draw_fold == k].mean(0) for k in range(3)])
    first, second = (guarantee.classes(Classes(p), place, 0.7) for place in range(2))
    assert torch.equal(second, cross_conformal(of_folds, p.mean(0), guarantee.scores[:, 1], fold, 0.7))
    alike = p.mean(0).expand(3, -1, -1)
    assert not torch.equal(second, cross_conformal(alike, p.mean(0), guarantee.scores[:, 1], fold, 0.7))
    assert not torch.equal(second, first)
    assert not second.all()


def test_scores_that_fit_no_fold_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit together"):
        ConformalIntervals(torch.ones(5, 1), torch.zeros(4, dtype=torch.long), torch.empty(0))
    with pytest.raises(ValueError, match="do not fit together"):
        ConformalIntervals(torch.full((5, 1), math.inf), torch.zeros(5, dtype=torch.long), torch.empty(0))
