"""Gradients at a draw and its mirror image against autograd, for even and odd minibatches."""

import pytest
import torch

from aevb_cli.core.networks.drawn_pass import DrawnPass
from aevb_cli.core.networks.mlp import VariationalMLP
from aevb_cli.core.networks.passes import windows
from aevb_cli.model_settings import Activation
from tests.core.networks.examples import ACTIVATIONS, SIZES, bits, doubles, plain, within


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 7, 96])
@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("sizes", SIZES)
def test_the_first_half_is_at_the_draw_the_second_at_its_mirror_image_and_gradients_are_autograd_s(
    sizes: tuple[int, ...], members: int, rows: int, mirrored: bool, activation: Activation
) -> None:
    network = VariationalMLP(sizes, activation=activation)
    mu = within(members, network.size, 1).requires_grad_()
    sigma = within(members, network.size, 2).square().add(0.1).detach().requires_grad_()
    grad_mu, grad_sigma = torch.zeros(2, members, network.size + 1, dtype=torch.float64)[..., 1:]
    work = DrawnPass(network, mu.detach(), sigma.detach(), grad_mu, grad_sigma, rows, mirrored=mirrored)
    for seed in (3, 4):  # the buffers must not remember
        x, generator = doubles(1, rows, sizes[0], seed=seed), bits(seed)
        found = work.forward(x, generator).mT.clone()
        eps = windows(torch.randn(network.size + members - 1, generator=bits(seed), dtype=torch.float64), members)
        half = -(-rows // 2) if mirrored else rows
        drawn, mirror = plain(network, mu + sigma * eps, x[:, :half]), plain(network, mu - sigma * eps, x[:, half:])
        reference = torch.cat([drawn, mirror], 1)
        torch.testing.assert_close(found, reference, rtol=1e-11, atol=1e-11)
        weights = doubles(*reference.shape, seed=5)
        expected = torch.autograd.grad((weights * reference).sum(), [mu, sigma])
        work.backward(weights.mT)
        # Doubles; sums of some hundred products of order one.
        torch.testing.assert_close(grad_mu, expected[0], rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(grad_sigma, expected[1], rtol=1e-10, atol=1e-10)
