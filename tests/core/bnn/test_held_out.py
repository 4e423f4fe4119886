"""Which members of an ensemble leave out which rows, and that only these say something of a row."""

import torch
from torch import Generator, Tensor

from aevb_cli.core.bnn.held_out import HELD_OUT_DRAWS, blind_draws, leave_out
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
