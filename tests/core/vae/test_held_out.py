"""Which members of a VAE leave out which rows."""

from torch import Generator

from aevb_cli.core.vae.held_out import leave_out
from aevb_cli.model_settings import VaeSettings


def test_the_first_member_sees_every_row_and_each_other_leaves_out_a_fold_of_its_own() -> None:
    found = leave_out(VaeSettings(), 100, Generator().manual_seed(0))
    assert int(found.seen[0]) == 100
    others = found.of(found.held_out_rows)[1:]
    assert others.shape == (len(found) - 1, 100)
    assert (others.sum(0) == 1).all()
    assert others.any(1).all()
