"""Shares that are moved inside, and back."""

import torch

from aevb_cli.core.shares import EDGE, squeezed, stretched


def test_ends_have_a_logit_and_come_back() -> None:
    share = torch.linspace(0, 1, 11).double()
    inside = squeezed(share)
    assert inside.logit().isfinite().all()
    torch.testing.assert_close(inside[[0, -1]], torch.tensor([EDGE, 1 - EDGE]).double())
    torch.testing.assert_close(stretched(inside), share)
