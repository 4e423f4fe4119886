"""A network at rows of any shape is the network that predicts."""

import pytest
import torch
from torch import Generator

from aevb_cli.core.networks.by_rows import evaluated, layers
from aevb_cli.core.networks.mlp import MLP
from aevb_cli.model_settings import Activation
from tests.core.networks.examples import ACTIVATIONS


@pytest.mark.parametrize("sizes", [(3, 2), (3, 5, 2), (3, 6, 4, 2)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_values_are_those_of_the_network(activation: Activation, sizes: tuple[int, ...]) -> None:
    network, generator = MLP(sizes, activation=activation), Generator().manual_seed(0)
    flat = torch.randn(network.size, generator=generator, dtype=torch.float64)
    x = torch.randn(4, 7, 3, generator=generator, dtype=torch.float64)
    found = evaluated(network, layers(network, flat), x)
    assert found.shape == (4, 7, 2)
    torch.testing.assert_close(found, torch.stack([network(flat[None], rows[None])[0] for rows in x]))


def test_layers_are_views() -> None:
    network = MLP((3, 4, 2), activation="gelu")
    flat = torch.randn(network.size, generator=Generator().manual_seed(1), dtype=torch.float64)
    parts = layers(network, flat)
    assert [(tuple(weight.shape), tuple(bias.shape)) for weight, bias in parts] == [((4, 3), (4,)), ((2, 4), (2,))]
    parts[1][1].fill_(7)
    assert (flat == 7).sum() == 2
