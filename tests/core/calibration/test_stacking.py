"""Stacking against problems whose answer is known."""

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.calibration.stacking import Stacking, cross_fitted, mixed, stack
from aevb_cli.core.families.gaussian import Normal

ROWS = 4000


def truth(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Means (M, 1) and values z ~ N(mean, 1)."""
    generator = Generator().manual_seed(seed)
    mean = torch.randn(ROWS, 1, generator=generator)
    return mean, mean + torch.randn(ROWS, 1, generator=generator)


def test_a_scale_twice_too_small_is_doubled() -> None:
    mean, z = truth()
    draws = Normal(mean.expand(1, 2, 1, -1, -1), torch.full((1, 2, 1, ROWS, 1), 0.5))
    found, _ = stack(draws, z, used=1)
    # The maximum-likelihood factor's standard error is 2 / sqrt(2 M), some 0.022.
    assert float(found.noise_factor) == pytest.approx(2, abs=0.09)


def test_a_group_that_predicts_nothing_gets_hardly_any_weight() -> None:
    mean, z = truth()
    draws = Normal(torch.stack([mean, -mean])[:, None, None].expand(-1, 2, -1, -1, -1), torch.ones(2, 2, 1, ROWS, 1))
    found, _ = stack(draws, z, used=1)
    assert float(found.weights[0]) > 0.9
    assert float(found.weights.sum()) == pytest.approx(1)


def test_equal_groups_keep_equal_weights_and_their_scales() -> None:
    mean, z = truth()
    draws = Normal(mean.expand(3, 4, 1, -1, -1), torch.ones(3, 4, 1, ROWS, 1))
    found, _ = stack(draws, z, used=1)
    assert found.weights.tolist() == pytest.approx([1 / 3] * 3, abs=1e-4)
    assert found.noise_factor.flatten().tolist() == pytest.approx([1.0] * 3, abs=0.05)


def test_members_whose_errors_are_their_own_are_told_that_the_ensemble_errs_less() -> None:
    """z is the truth; each group errs by sd 1 on its own, so residuals of one shrink where ten are averaged."""
    generator = Generator().manual_seed(0)
    mean = torch.randn(ROWS, 1, generator=generator)
    errors = torch.randn(4, 1, 1, ROWS, 1, generator=generator)
    draws = Normal((mean + errors).expand(-1, 2, -1, -1, -1), torch.ones(4, 2, 1, ROWS, 1))
    z = mean + 0.5 * torch.randn(ROWS, 1, generator=generator)
    many, few = (stack(draws, z, used)[0].noise_factor.mean() for used in (10, 1))
    assert float(many) < float(few)


def epistemic_of(spread: Tensor, error: Tensor, seed: int) -> float:
    """The factor found for draws that spread by `spread` about means that err by `error`, (M, 1), in noise of sd 1."""
    generator = Generator().manual_seed(seed)
    z = torch.randn(ROWS, 1, generator=generator)
    centre = error * torch.randn(ROWS, 1, generator=generator)
    loc = centre + spread * torch.randn(3, 10, 2, ROWS, 1, generator=generator)
    found, _ = stack(Normal(loc, torch.ones_like(loc)), z, used=1)
    assert torch.equal(found.epistemic_factor, found.epistemic_factor[:1].expand_as(found.epistemic_factor))
    return float(found.epistemic_factor[0])


@pytest.mark.parametrize("seed", range(4))
def test_where_rows_do_not_tell_noise_from_epistemic_spread_the_draws_word_counts(seed: int) -> None:
    """All rows alike: any factor, with a little more or less noise, makes them nearly as likely."""
    alike = torch.full((ROWS, 1), 0.25)
    assert epistemic_of(alike, alike, seed) == pytest.approx(1, abs=0.1)  # without a penalty 0.2, or what chance will


def test_where_rows_tell_them_apart_the_spread_is_scaled() -> None:
    """Draws a third as wide as they err, on half of the rows: noise cannot stand in for it."""
    half = (torch.arange(ROWS)[:, None] % 2).float()
    # Ten draws of each member for a wide Gaussian: the likeliest lie a little further apart (3.1 with sixty).
    assert epistemic_of(half, 3 * half, 0) == pytest.approx(3, rel=0.2)


@pytest.mark.parametrize("apart", [0.0, 0.3])
@pytest.mark.parametrize("judges", [1, 2, 3])
@pytest.mark.parametrize("used", [2, 10])
def test_what_the_few_say_foretells_the_many(used: int, judges: int, apart: float) -> None:
    """Groups whose members err by sd 0.4 of their own: a few have not seen the row; the many never existed before.

    apart: the groups err too, each in its own way, and no number of members takes that away. One member of each does
    not tell its own error from its group's, so there that is left out.
    """
    generator = Generator().manual_seed(1)
    mean = torch.randn(ROWS, 1, generator=generator)
    z = mean + 0.5 * torch.randn(ROWS, 1, generator=generator)
    group = (0 if judges == 1 else apart) * torch.randn(3, 1, ROWS, 1, generator=generator)
    few, many = (mean + group + 0.4 * torch.randn(3, n, ROWS, 1, generator=generator) for n in (judges, judges * used))
    stacking, expected = stack(
        Normal(few[:, None].expand(-1, 2, -1, -1, -1), torch.ones(3, 2, judges, ROWS, 1)), z, used
    )
    foretold = mixed(expected, stacking)
    members = many.transpose(0, 1).flatten(0, 1)  # by member, then by group
    common = members.mean(0)
    scale = stacking.noise_factor.repeat(judges * used, 1)[:, None].expand_as(members)
    actual = Normal(common + stacking.member_factor * (members - common), scale)
    scores = []
    for p in (foretold, actual):
        error = (p.location.mean(0) - z).square().mean().sqrt()
        spread = p.location.var(0, correction=0).mean().sqrt()
        inside = ((2 * p.cdf(z).mean(0) - 1).abs() <= 0.9).double().mean()
        scores.append([float(error), float(spread), float(inside)])
    # Both from 4,000 rows: standard errors of about one per cent.
    assert scores[0][:2] == pytest.approx(scores[1][:2], rel=0.04)
    assert scores[0][2] == pytest.approx(scores[1][2], abs=0.02)
    # The likeliest factors of a mixture of equal Gaussians for a Gaussian z: near to its level, not on it.
    assert scores[1][2] == pytest.approx(0.9, abs=0.03)


def test_noisy_rows_do_not_hide_what_many_members_gain_on_the_others() -> None:
    """On half of the rows members err by sd 1 each in noise of sd 0.5, on the others not at all in noise of sd 20."""
    generator = Generator().manual_seed(1)
    sure = torch.arange(ROWS)[:, None] % 2 == 0
    noise, apart = torch.where(sure, 0.5, 20.0), torch.where(sure, 1.0, 0.0)
    z = noise * torch.randn(ROWS, 1, generator=generator)
    few, many = (apart * torch.randn(3, n, ROWS, 1, generator=generator) for n in (2, 20))
    draws = Normal(few[:, None].expand(-1, 2, -1, -1, -1), noise.expand(3, 2, 2, ROWS, 1))
    stacking, expected = stack(draws, z, 10)
    means = few.mean((0, 1)), mixed(expected, stacking).location.mean(0), many.mean((0, 1))
    known, foretold, actual = (float(((z - mean) / noise).square().mean()) for mean in means)
    # One gain stands for all rows, and that of the sure ones is told in sds that still hold their own spread.
    assert 2 / 3 < (known - foretold) / (known - actual) < 4 / 3


def test_peaks_that_foretell_z_are_left_where_they_are() -> None:
    """Whole numbers: each draw is sure of one, and right as often as any other."""
    generator = Generator().manual_seed(1)
    mean = torch.randn(ROWS, 1, generator=generator)
    said = (mean + torch.randn(3, 20, 1, ROWS, 1, generator=generator)).round()
    z = (mean + torch.randn(ROWS, 1, generator=generator)).round()
    draws = Normal(said, torch.full(said.shape, 0.05))
    _, expected = stack(draws, z, used=10)
    assert expected is draws
    smooth = Normal(mean + torch.randn(3, 20, 1, ROWS, 1, generator=generator), torch.full(said.shape, 0.5))
    _, moved = stack(smooth, mean + torch.randn(ROWS, 1, generator=generator), used=10)
    assert moved is not smooth


def test_shares_add_up_and_follow_the_weights() -> None:
    stacking = Stacking(torch.tensor([0.5, 0.301, 0.199]), torch.ones(3, 1), torch.ones(3, 1), torch.ones(1))
    assert stacking.spread(1000).tolist() == [500, 301, 199]
    assert int(stacking.spread(7).sum()) == 7


def test_the_mixture_takes_groups_by_their_weights() -> None:
    loc = torch.arange(2.0)[:, None, None, None, None].expand(2, 5, 2, 1, 1)
    stacking = Stacking(torch.tensor([0.75, 0.25]), torch.tensor([[2.0], [3.0]]), torch.ones(2, 1), torch.ones(1))
    p = mixed(Normal(loc, torch.ones(2, 5, 2, 1, 1)), stacking)
    assert float(p.location.mean()) == pytest.approx(0.25)
    assert set(p.sd.flatten().tolist()) == {2.0, 3.0}


def test_a_row_is_stacked_by_the_other_half_of_the_rows() -> None:
    """In even rows the first group is right, in odd rows the second: what one half asks for is wrong in the other."""
    right = torch.arange(200)[:, None] % 2 == torch.tensor([0, 1])[:, None, None]
    draws = Normal(torch.where(right, 0.0, 5.0)[:, None, None].expand(-1, 10, 2, -1, -1), torch.ones(2, 10, 2, 200, 1))
    found = cross_fitted(draws, torch.zeros(200, 1))
    assert float((found.location == 5).float().mean()) > 0.9
    assert found.location.shape == (40, 200, 1)
    assert torch.equal(found.location.mean(0)[0::2] > 4, torch.ones(100, 1).bool())


def test_rows_that_are_alike_are_stacked_as_by_all_of_them() -> None:
    generator = Generator().manual_seed(1)
    draws = Normal(torch.randn(2, 10, 2, ROWS, 1, generator=generator), torch.ones(2, 10, 2, ROWS, 1))
    z = torch.randn(ROWS, 1, generator=generator)
    by_all = mixed(draws, stack(draws, z, used=1)[0])
    error = (cross_fitted(draws, z).log_prob(z).logsumexp(0) - by_all.log_prob(z).logsumexp(0)).mean()
    assert abs(float(error)) < 0.01  # nats per row, of 4,000


def test_a_few_rows_are_stacked_by_themselves() -> None:
    draws = Normal(torch.zeros(2, 4, 1, 5, 1), torch.ones(2, 4, 1, 5, 1))
    assert cross_fitted(draws, torch.zeros(5, 1)).location.shape == (8, 5, 1)


def test_one_row_does_not_widen_the_noise_of_all() -> None:
    z = torch.randn(150, 1, generator=Generator().manual_seed(1))
    draws = Normal(torch.zeros(2, 4, 1, 150, 1), torch.ones(2, 4, 1, 150, 1))
    factors = []
    for last in (0.0, 60.0):
        z[-1] = last
        factors.append(float(stack(draws, z, used=2)[0].noise_factor.mean()))
    assert factors[1] < 1.1 * factors[0]


def test_further_groups_get_no_weight_and_no_draws() -> None:
    two = Stacking(
        torch.tensor([0.75, 0.25]), torch.tensor([[2.0], [3.0]]), torch.full((2, 1), 0.5), torch.tensor([1.5])
    )
    found = two.widened(torch.tensor([True, False, True]))
    assert found.weights.tolist() == [0.75, 0, 0.25]
    assert found.noise_factor.flatten().tolist() == [2, 1, 3]
    assert found.epistemic_factor.flatten().tolist() == [0.5, 1, 0.5]
    assert found.member_factor.tolist() == [1.5]
    assert [found.spread(draws)[1] for draws in range(1, 50)] == [0] * 49
    assert two.widened(torch.tensor([True, True])) is two


def test_what_is_too_far_off_for_any_density_is_left_as_it_is() -> None:
    draws = Normal(torch.full((2, 4, 1, 50, 1), 1e30), torch.full((2, 4, 1, 50, 1), 1e-3))
    found, _ = stack(draws, torch.zeros(50, 1), used=1)
    assert found.weights.tolist() == [0.5, 0.5]
    assert found.noise_factor.tolist() == [[1], [1]]
