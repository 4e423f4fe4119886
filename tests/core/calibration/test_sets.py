"""Sets of classes against their definitions, and what they hold of exchangeable rows where the model is wrong."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.sets import by_mass, cross_conformal, least_ambiguous, threshold

TABLES, WORDS = 2000, 3
SHARES = torch.tensor([0.7, 0.22, 0.08], dtype=torch.float64)


def rows(generator: Generator, count: int) -> tuple[Tensor, Tensor]:
    """Probabilities (count, WORDS) that are too sure and lean to the first class, and classes (count,)."""
    z = torch.multinomial(SHARES, count, replacement=True, generator=generator)
    told = torch.randn(count, WORDS, generator=generator, dtype=torch.float64)
    told[torch.arange(count), z] += 1
    return (3 * told + torch.tensor([3.0, 0.0, 0.0])).softmax(-1), z


def observed(p: Tensor, z: Tensor) -> Tensor:
    """The scores of the observed classes, (count,)."""
    return 1 - p[torch.arange(len(z)), z]


def least(share: float, trials: int) -> float:
    """Four binomial standard errors below."""
    return share - 4 * math.sqrt(share * (1 - share) / trials)


@pytest.mark.parametrize(("known", "level"), [(14, 0.9), (99, 0.9), (30, 0.5), (200, 0.99)])
def test_sets_hold_the_observed_class_as_often_as_their_level_says(known: int, level: float) -> None:
    """One new row for each table of rows that calibrate: exactly rank / (known + 1) of them (Vovk et al. 2005)."""
    generator, held = Generator().manual_seed(1), 0
    for _ in range(TABLES):
        p, z = rows(generator, known + 1)
        sets = least_ambiguous(p[-1:], observed(p[:-1], z[:-1]), level)
        held += int(sets[0, z[-1]])
    exact = math.ceil(level * (known + 1)) / (known + 1)
    assert held / TABLES >= least(max(exact, level), TABLES)
    if level > 0.5:  # below, the most probable class alone is more often right
        assert held / TABLES <= 1 - least(1 - exact, TABLES) + 0.01


def test_each_class_is_held_as_often_as_the_level_says_though_all_together_starve_the_rare_one() -> None:
    generator = Generator().manual_seed(2)
    count, together, alone = torch.zeros(WORDS), torch.zeros(WORDS), torch.zeros(WORDS)
    for _ in range(TABLES):
        p, z = rows(generator, 160)
        known, new = slice(0, 150), slice(150, 160)
        scores, own = observed(p[known], z[known]), z[new]
        count += own.bincount(minlength=WORDS)
        for total, codes in ((together, None), (alone, z[known])):
            sets = least_ambiguous(p[new], scores, 0.9, codes)
            total.add_(own[sets[torch.arange(10), own]].bincount(minlength=WORDS))
    for word in range(WORDS):
        # Ten rows share a table's limit, so a tenth of them counts.
        assert float(alone[word] / count[word]) >= least(0.9, int(count[word] / 10))
    assert float(together[2] / count[2]) < 0.8
    assert float(together.sum() / count.sum()) >= least(0.9, TABLES)


def test_the_limit_is_the_smallest_score_that_holds_enough_rows_and_one_more() -> None:
    scores = torch.arange(1.0, 20.0).double()[torch.randperm(19, generator=Generator().manual_seed(0))] / 20
    for level, rank in ((0.9, 18), (0.95, 19), (0.5, 10), (0.51, 11)):
        assert threshold(scores, level) == rank / 20
    assert threshold(scores, 0.951) == 1  # of twenty rows, nineteen are too few


@pytest.mark.parametrize("known", [0, 1, 8])
def test_from_too_few_rows_a_set_is_of_all_classes(known: int) -> None:
    p, z = rows(Generator().manual_seed(3), known + 5)
    scores = observed(p, z)[:known]
    assert least_ambiguous(p, scores, 0.9).all()
    assert cross_conformal(p[None], p, scores, torch.zeros(known).long(), 0.9).all()


def test_a_class_with_too_few_rows_of_its_own_is_in_every_set() -> None:
    p, z = rows(Generator().manual_seed(4), 300)
    z[z == 2] = 0
    z[:5] = 2
    sets = least_ambiguous(p, observed(p, z), 0.9, z)
    assert sets[:, 2].all()
    assert not sets[:, 0].all()
    never = least_ambiguous(p, observed(p, z)[5:], 0.9, z[5:])
    assert never[:, 2].all()


def test_the_most_probable_class_is_in_every_set_the_first_where_several_are() -> None:
    """Scores of 0: no other class has so small a one."""
    p, _ = rows(Generator().manual_seed(5), 100)
    p[0] = torch.tensor([0.4, 0.4, 0.2])
    nought, first = torch.zeros(50).double(), torch.nn.functional.one_hot(p.argmax(-1), WORDS).bool()
    assert first[0].tolist() == [True, False, False]
    assert torch.equal(least_ambiguous(p, nought, 0.9), first)
    assert torch.equal(least_ambiguous(p, nought, 0.9, torch.arange(50) % 3), first)
    assert torch.equal(cross_conformal(p[None], p, nought, torch.zeros(50).long(), 0.9), first)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_of_one_fold_cross_conformal_sets_are_split_conformal(level: float) -> None:
    p, z = rows(Generator().manual_seed(6), 250)
    scores = observed(p, z).round(decimals=2)[:150]  # with ties
    p = 1 - (1 - p).round(decimals=2)
    found = cross_conformal(p[None], p, scores, torch.zeros(150).long(), level)
    assert torch.equal(found, least_ambiguous(p, scores, level))
    assert not found.all()


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_cross_conformal_sets_are_as_vovk_defines_them(level: float) -> None:
    """Vovk 2015, section 4: the p-value of a class counts in each fold the scores at least as large, by its members."""
    p, z = rows(Generator().manual_seed(7), 60)
    scores, fold = observed(p, z), torch.arange(60) % 3
    new = torch.stack([rows(Generator().manual_seed(10 + k), 20)[0] for k in range(3)])
    mean = new.mean(0)
    found = cross_conformal(new, mean, scores, fold, level)
    for row in range(20):
        for word in range(WORDS):
            as_odd = sum(float(s) >= 1 - float(new[k, row, word]) for s, k in zip(scores, fold, strict=True))
            expected = (as_odd + 1) / 61 > 1 - level or word == int(mean[row].argmax())
            assert bool(found[row, word]) == expected


def test_cross_conformal_sets_hold_the_observed_class_though_each_fold_s_model_is_of_few_rows() -> None:
    """The model: shares of the classes seen so far in four groups, each of five folds' by the other four."""
    generator, tables, held, level = Generator().manual_seed(8), 1000, 0, 0.8
    telling = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.4, 0.4, 0.2]]).double()
    fold = torch.arange(50) % 5
    for _ in range(tables):
        group = torch.randint(4, (51,), generator=generator)
        z = torch.multinomial(telling[group], 1, generator=generator)[:, 0]
        cells = torch.nn.functional.one_hot(group[:50] * WORDS + z[:50], 4 * WORDS).double()
        each = torch.stack([cells[fold != k].sum(0) for k in range(5)]).view(5, 4, WORDS) + 0.1
        p = each / each.sum(-1, keepdim=True)
        scores = 1 - p[fold, group[:50], z[:50]]
        new = p[:, group[50:]]
        held += int(cross_conformal(new, new.mean(0), scores, fold, level)[0, z[50]])
    assert held / tables >= least(level, tables)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0.01, [False, True, False]),
        (0.5, [False, True, False]),
        (0.51, [True, True, False]),
        (0.8, [True, True, False]),
        (0.81, [True, True, True]),
    ],
)
def test_without_left_out_rows_the_fewest_classes_with_the_level_s_probability(
    level: float, expected: list[bool]
) -> None:
    assert by_mass(torch.tensor([[0.3, 0.5, 0.2]]).double(), level).tolist() == [expected]
