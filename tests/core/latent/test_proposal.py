"""Draws of z where cells are missing: their density, and that few cells need no wide q(z|x)."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from aevb_cli.core.latent.importance import evidence, log_px
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.core.latent.proposal import drawn
from tests.core.latent.examples import bits, several, single

VAMP = {"prior": "vamp", "pseudo_inputs": 3}


def narrow(vae: LatentVae) -> LatentVae:
    """The model with a standard deviation of q(z|x) near 0.05, whatever x is: far too narrow."""
    model = replace(vae, parameters=vae.parameters.clone())
    weight, bias = model.parts.encoder[-1]
    weight[2:], bias[2:] = 0, -3.0
    return model


@pytest.mark.parametrize("options", [{}, VAMP], ids=["standard", "vamp"])
def test_the_density_is_that_of_both_together(options: dict[str, object]) -> None:
    vae, x = several(**options)
    own, eps = vae.own(x), torch.randn(50, 1, 2, generator=bits(0), dtype=torch.float64)
    z, log_density = drawn(vae, own, eps)
    q = vae.encode(own)
    of_q = stats.norm(q.location.numpy(), q.scale.numpy()).pdf(z.numpy()).prod(-1)
    expected = np.log(0.2 * vae.log_prior(z).exp().numpy() + 0.8 * of_q)
    np.testing.assert_allclose(log_density, expected, rtol=1e-8, atol=1e-8)
    assert (z[10:] == q.from_noise(eps[10:])).all()
    assert (z[:10] == z[:10, :1]).all()  # of the prior, the same for all rows


@pytest.mark.parametrize("options", [{}, VAMP], ids=["standard", "vamp"])
def test_a_row_without_cells_has_the_probability_1(options: dict[str, object]) -> None:
    """Of q(z|x) alone, which is too narrow here, the estimate is some nats below."""
    vae, x = several(**options)
    vae = narrow(single(vae))
    eps = torch.randn(1000, 1, 2, generator=bits(0))
    found = log_px(vae, torch.full((2, x.shape[1]), torch.nan).double(), eps)
    torch.testing.assert_close(found, torch.zeros(2).double(), rtol=0, atol=0.1)
    scored = evidence(vae, torch.full((2, x.shape[1]), torch.nan).double(), 1000, bits(1))
    assert abs(scored.log_px) < 0.1  # by the same draws: what evaluate says is what predict says


def test_whole_rows_keep_their_draws() -> None:
    vae, x = several()
    vae, eps = single(vae), torch.randn(100, 1, 2, generator=bits(0))
    whole = x[~x.isnan().any(1)]
    together = log_px(vae, x, eps)[~x.isnan().any(1)]
    torch.testing.assert_close(together, log_px(vae, whole, eps), rtol=1e-5, atol=1e-5)
