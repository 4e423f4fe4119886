"""Networks that have diverged, and those that have not however badly they predict."""

import math

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.diverged import diverged, lost
from aevb_cli.core.families.base import Distribution
from aevb_cli.core.families.bernoulli import Bernoulli
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint
from aevb_cli.core.families.poisson import Poisson

ROWS = 400
X = torch.randn(ROWS, 1, generator=Generator().manual_seed(1))
Z = 0.8 * X + 0.6 * torch.randn(ROWS, 1, generator=Generator().manual_seed(2))


def means(*locations: Tensor) -> Normal:
    location = torch.stack(locations)
    return Normal(location, torch.ones_like(location))


def test_numbers_that_are_far_off_have_diverged_and_others_have_not() -> None:
    of_another_row, constant = Z.roll(1, 0), torch.zeros_like(Z)
    good = [0.8 * X, constant, of_another_row, Z]
    bad = [10 * X, 1300 * X, torch.full_like(Z, 5.0), torch.where(X > 0, 1e6 * X, 0.8 * X)]
    assert diverged(means(*good, *bad), Z).tolist() == [False] * 4 + [True] * 4


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_prediction_that_is_not_finite(wrong: float) -> None:
    spoilt = Z.clone()
    spoilt[3] = wrong
    assert diverged(means(Z, spoilt), Z).tolist() == [False, True]
    assert diverged(means(Z[3:4], spoilt[3:4]), Z[3:4]).tolist() == [False, True]  # of one row, too
    assert not diverged(means(Z[:0]), Z[:0]).any()


def test_a_few_rows_far_outside_do_not_tell() -> None:
    """Neither what a network says of them, nor what was observed there."""
    wild, outlier = 0.8 * X, Z.clone()
    wild[:30] = 1e6
    outlier[0] = 60
    assert not diverged(means(wild, 0.8 * X), outlier).any()
    assert diverged(means(1300 * X), outlier).all()


def test_rows_that_are_alike_by_chance_are_no_measure() -> None:
    """Three rows of nearly one value: an error of the whole table's standard deviation is not far off."""
    assert not diverged(means(torch.ones(3, 1)), torch.tensor([[0.0], [0.01], [0.02]])).any()


def counted(location: Tensor) -> tuple[Distribution, Tensor]:
    return Poisson(torch.stack([1 + X, location])), torch.poisson((1 + X).exp(), generator=Generator().manual_seed(3))


def yes_or_no(location: Tensor) -> tuple[Distribution, Tensor]:
    return Bernoulli(torch.stack([2 * X, location])), (X + 0.5 * Z.roll(1, 0) > 0).float()


def worded(location: Tensor) -> tuple[Distribution, Tensor]:
    sides = torch.tensor([-1.0, 0.0, 1.0])
    z = (X > -0.5).float() + (X > 0.5).float()
    return Categorical(torch.stack([3 * X[..., None] * sides, location[..., None] * sides])), z


@pytest.mark.parametrize("kind", [counted, yes_or_no, worded])
def test_of_every_kind(kind: object) -> None:
    noise = torch.randn(ROWS, 1, generator=Generator().manual_seed(4))
    p, z = kind(1000 * noise)  # type: ignore[operator]
    assert diverged(p, z).tolist() == [False, True]
    p, z = kind(0.1 * noise)  # type: ignore[operator]
    assert not diverged(p, z).any()


def test_classes_that_are_learned_by_heart_have_not_diverged() -> None:
    """Coins that a network is sure of, at random: its Brier score is twice that of the shares."""
    coins = torch.bernoulli(torch.full((ROWS, 1), 0.5), generator=Generator().manual_seed(6))
    sure = 8 * (2 * coins.roll(1, 0) - 1)
    assert not diverged(Bernoulli(sure[None]), coins).any()
    assert diverged(Bernoulli(50 * sure[None]), coins).all()
    assert not diverged(Bernoulli(1000 * (2 * coins[None] - 1)), coins).any()  # and right


def test_one_target_is_enough() -> None:
    noise = torch.randn(ROWS, 1, generator=Generator().manual_seed(4))
    p, z = yes_or_no(1000 * noise)
    joint = Joint((means(Z, Z), p), (slice(1, 2), slice(0, 1)))
    assert diverged(joint, torch.cat([z, Z], 1)).tolist() == [False, True]


def test_what_others_have_learned_is_lost_in_a_constant() -> None:
    learned, constant = means(0.8 * X), means(torch.zeros_like(Z))
    assert lost(constant, learned, Z).all()
    assert lost(means(1300 * X), learned, Z).all()
    assert not lost(means(0.6 * X), learned, Z).any()  # a twentieth of it is lacking
    assert not lost(learned, constant, Z).any()


def test_where_others_explain_little_or_few_rows_tell_nothing_is_lost() -> None:
    noise = torch.randn(ROWS, 1, generator=Generator().manual_seed(5))
    assert not lost(means(Z.roll(1, 0)), means(torch.zeros_like(Z)), Z).any()
    assert not lost(means(torch.zeros_like(noise)), means(0.05 * noise), noise).any()
    assert not lost(means(torch.zeros(15, 1)), means(0.8 * X[:15]), Z[:15]).any()
