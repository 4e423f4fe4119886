"""Which members of an ensemble leave out which rows, and that only these say something of a row."""

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.held_out import HELD_OUT_DRAWS, blind_draws, judged, leave_out
from aevb_cli.core.families.categorical import Categorical
from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.families.joint import Joint
from aevb_cli.core.families.poisson import Poisson
from aevb_cli.model_settings import BnnSettings


def test_a_row_is_drawn_by_members_that_left_it_out_and_by_as_many_for_every_row() -> None:
    """Each prediction is its member's number, of two groups of three."""
    left_out = torch.tensor([[1, 0, 1, 1], [1, 1, 0, 0], [0, 1, 1, 0]]).bool()  # the last row by one member alone
    calls = []

    def drawn(rows: Tensor) -> Normal:
        calls.append(rows.tolist())
        return Normal(torch.arange(6.0)[:, None, None] + rows[..., None] / 10, torch.ones(*rows.shape, 1))

    found = blind_draws(drawn, left_out, 2).location
    assert found.shape == (2, HELD_OUT_DRAWS, 1, 4, 1)
    assert len(calls) == HELD_OUT_DRAWS
    assert calls[0] == [[0, 2, 3], [1, 0, 0], [0, 0, 0]] * 2  # each member's own rows, filled up with the first
    torch.testing.assert_close(found[0, 0, 0, :, 0], torch.tensor([0, 1.1, 0.2, 0.3]))
    torch.testing.assert_close(found[1], found[0] + 3)


def test_targets_of_several_kinds_are_drawn_together_and_keep_their_shapes() -> None:
    """Each member says its number, as a mean, a log mean and the logit of every one of three words."""
    left_out = torch.tensor([[1, 0, 1, 1], [1, 1, 0, 0], [0, 1, 1, 0]]).bool()
    number = torch.arange(6.0)[:, None, None].expand(6, 3, 1)
    parts = Normal(number, torch.ones(6, 4, 1)), Poisson(number), Categorical(number[..., None].expand(-1, -1, -1, 3))
    joint = Joint(parts, (slice(2, 3), slice(0, 1), slice(1, 2)))
    found = blind_draws(lambda _: joint, left_out, 2)
    assert [part.location.shape for part, _ in found.parts_by_column()] == [
        (2, HELD_OUT_DRAWS, 1, 4, 1), (2, HELD_OUT_DRAWS, 1, 4, 1), (2, HELD_OUT_DRAWS, 1, 4, 1, 3)
    ]  # fmt: skip
    for part, _ in found.parts_by_column():
        own = part.location.flatten(4)[..., 0]
        assert own[0, 0, 0].tolist() == [0, 1, 0, 0]
        assert torch.equal(own[1], own[0] + 3)


def test_draws_are_shared_out_among_the_members() -> None:
    one = Normal(torch.zeros(10, 6, 1), torch.ones(10, 6, 1))
    found = blind_draws(lambda _: one, torch.ones(5, 6).bool(), 2)
    assert found.location.shape == (2, HELD_OUT_DRAWS // 5, 5, 6, 1)


def test_a_single_network_is_kept_whole_and_further_members_leave_out_folds() -> None:
    alone = leave_out(BnnSettings(), 100, Generator().manual_seed(0))
    assert int(alone.member[0]) == -1
    assert len(set(alone.member.tolist())) == len(alone) > 1
    ensemble = leave_out(BnnSettings(members=20, kl_weights=(1.0, 0.1)), 100, Generator().manual_seed(0))
    assert (ensemble.member >= 0).all()
    assert torch.equal(ensemble.member[:20], ensemble.member[20:])


def judged_means(*values: float) -> tuple[Normal, Tensor]:
    """Members that each say z times a number of their own, of 40 rows."""
    z = torch.randn(40, 1, generator=Generator().manual_seed(0))
    location = torch.tensor(values)[:, None, None] * z
    return Normal(location, torch.ones_like(location)), z


def test_a_group_with_a_member_that_has_diverged_does_not_predict() -> None:
    left_out = (torch.arange(40) % 2 == torch.arange(2)[:, None]).repeat(3, 1)
    p, z = judged_means(1, 0.9, 1, 1000, 0, 0.1)
    sound, members = judged(p, z, left_out, 3, single=False)
    assert sound.tolist() == [True, False, True]
    assert members is left_out
    assert judged(*judged_means(1000, 1, 1, 1000, 99, 99), left_out, 3, single=False)[0].all()


def test_a_single_network_is_judged_by_others_only_where_they_are_alike() -> None:
    """The second and third member of each group left out half of the rows each; the first one predicts."""
    left_out = torch.cat([torch.zeros(1, 40), torch.arange(40) % 2 == torch.arange(2)[:, None]]).bool().repeat(2, 1)
    for first, sound in ((1000, False), (0, False), (0.8, True)):
        found, members = judged(*judged_means(1, 0.9, 0.9, first, 0.9, 0.9), left_out, 2, single=True)
        assert found.tolist() == [True, sound]
        assert members is left_out
    found, members = judged(*judged_means(0, 0.9, 0.9, 1000, 0.9, 0.9), left_out, 2, single=True)
    assert found.all()
    assert members.all(1).tolist() == [True, False, False] * 2  # what is said is at least no better than they are
    assert not members[1:3].any()


def test_without_rows_left_out_all_groups_predict() -> None:
    p, z = judged_means(1, 1000)
    found, _ = judged(p.map(lambda each: each[:, :0]), z[:0], torch.zeros(2, 0).bool(), 2, single=True)
    assert found.all()
