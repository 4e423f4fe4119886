"""The VAE's terms without data of its own: what an observed z adds, and what alpha weighs."""

import math

import torch

from aevb_cli.core.families.gaussian import Normal
from aevb_cli.core.vae.terms import terms


def test_alpha_weighs_log_q_of_an_observed_z_and_nothing_else() -> None:
    """One row, one z, a decoder that does not depend on it."""
    q, z = Normal(torch.full((1, 1, 1), 0.3), torch.full((1, 1, 1), 0.5)), torch.zeros(1, 1, 1, 1)
    x, observed = torch.tensor([[0.2]]), torch.tensor([[1.1]])

    def decode(z: torch.Tensor) -> Normal:
        return Normal(torch.zeros_like(z), torch.ones_like(z))

    one, three = (terms((x, observed), q, z, decode, alpha) for alpha in (1.0, 3.0))
    assert one.extra is not None
    assert three.extra is not None
    log_q = -0.5 * ((1.1 - 0.3) / 0.5) ** 2 - math.log(0.5 * math.sqrt(2 * math.pi))
    torch.testing.assert_close(three.extra - one.extra, torch.full((1, 1), 2 * log_q))
    torch.testing.assert_close(three.elbo, one.elbo)


def test_a_row_without_z_has_its_elbo_alone() -> None:
    q, z = Normal(torch.zeros(1, 2, 1), torch.ones(1, 2, 1)), torch.zeros(1, 1, 2, 1)
    x = torch.tensor([[0.2], [0.4]])

    def decode(z: torch.Tensor) -> Normal:
        return Normal(torch.zeros_like(z), torch.ones_like(z))

    found = terms((x, torch.tensor([[math.nan], [1.0]])), q, z, decode, 10.0)
    assert found.extra is not None
    assert float(found.extra[0, 0]) == 0
    assert float(found.extra[0, 1]) != 0
