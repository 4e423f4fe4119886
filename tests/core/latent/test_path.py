"""A pass with a linear path beside the layers, against autograd."""

import pytest
import torch

from aevb_cli.core.latent.path import PathPass
from aevb_cli.core.networks.dropout import every
from aevb_cli.core.networks.mlp import MLP
from aevb_cli.model_settings import Activation
from tests.core.networks.examples import ACTIVATIONS, bits, doubles, plain

ROWS = 7


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("first", [0, 4, ROWS])
@pytest.mark.parametrize("path", [True, False])
@pytest.mark.parametrize("sizes", [(3, 2), (3, 5, 2), (3, 6, 4, 2)])
def test_a_pass_and_its_gradient_are_autograd_s(
    sizes: tuple[int, ...], path: bool, first: int, activation: Activation
) -> None:
    network = MLP(sizes, 0.3, activation)
    flat, linear = doubles(1, network.size, seed=1).requires_grad_(), doubles(2 if path else 0, 3, seed=2)
    linear.requires_grad_()
    gradient, by_path = torch.full_like(flat, 7.0), torch.full_like(linear, 7.0)
    work = PathPass(network, flat.detach(), gradient, linear.detach(), by_path, ROWS)
    for seed in (3, 4):  # the buffers must not remember
        x = doubles(ROWS, 3, seed=seed).requires_grad_()
        masks = [None if mask is None else mask.double() for mask in every(network, 5, 2, bits(seed))]
        reference = plain(network, flat, x[None], masks)[0]
        reference = reference + x @ linear.T if path else reference
        weights = doubles(ROWS, 2, seed=5)
        expected = torch.autograd.grad((weights * reference).sum(), [flat, x, *([linear] if path else [])])
        torch.testing.assert_close(work.forward(x.detach(), masks), reference)
        by_x = work.backward(weights, first)
        torch.testing.assert_close(gradient, expected[0])
        torch.testing.assert_close(by_x, expected[1][first:])
        assert not path or torch.allclose(by_path, expected[2], rtol=1e-10)
