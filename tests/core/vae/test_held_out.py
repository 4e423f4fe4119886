"""Which members of a VAE leave out which rows."""

import pytest
import torch
from torch import Generator

from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.vae.held_out import judges, leave_out
from aevb_cli.model_settings import VaeSettings


def test_the_first_member_sees_every_row_and_each_other_leaves_out_a_fold_of_its_own() -> None:
    found = leave_out(VaeSettings(), 100, Generator().manual_seed(0))
    assert int(found.seen[0]) == 100
    others = found.of(found.held_out_rows)[1:]
    assert others.shape == (len(found) - 1, 100)
    assert (others.sum(0) == 1).all()
    assert others.any(1).all()


@pytest.mark.parametrize(("first", "alone"), [(0.8, False), (0.0, True), (1000.0, True)])
def test_the_first_member_judges_itself_where_others_are_not_like_it(first: float, alone: bool) -> None:
    z = torch.randn(60, 1, generator=Generator().manual_seed(0))
    location = torch.tensor([first, 0.9, 0.9])[:, None, None] * z
    left_out = torch.stack([torch.zeros(60), torch.arange(60) % 2, 1 - torch.arange(60) % 2]).bool()
    z[:5] = torch.nan
    location = location.nan_to_num()
    found = judges(Normal(location, torch.ones_like(location)), z, left_out)
    assert torch.equal(found, torch.tensor([True, False, False])[:, None].expand(3, 60) if alone else left_out)
    assert judges(Normal(location, torch.ones_like(location)), z * torch.nan, left_out) is left_out
