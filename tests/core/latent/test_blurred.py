"""Pseudo-inputs that begin at no training row; all other parameters stay."""

import torch
from torch import Generator

from aevb_cli.core.latent.blurred import blurred
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.model_settings import LatentSettings


def test_pseudo_inputs_alone_get_noise() -> None:
    x = torch.randn(200, 3, generator=Generator().manual_seed(0)).double()
    settings = LatentSettings(prior="vamp", pseudo_inputs=150)
    first = LatentVae.initial(settings, x, None, 1, Generator().manual_seed(0), categories=(0, 0, 0))
    found = blurred(first, Generator().manual_seed(1))
    moved = (found.parts.pseudo_inputs - first.parts.pseudo_inputs)[:, :3]
    assert 0.9 < float(moved.std()) < 1.1
    assert float(moved.abs().amax(1).min()) > 0.05
    pseudo = first.parts.pseudo_inputs.numel()
    assert torch.equal(found.parameters[:, :-pseudo], first.parameters[:, :-pseudo])
