"""Many networks at once against each on its own; their first weights, names and dropout."""

import pytest
import torch

from aevb_cli.core.networks.mlp import LAST_LAYER_GAIN, MLP
from aevb_cli.model_settings import Activation
from tests.core.networks.examples import ACTIVATIONS, ROWS, SIZES, bits, doubles, plain, within


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("members", [1, 3, 130])
@pytest.mark.parametrize("sizes", SIZES)
def test_evaluating_k_networks_is_evaluating_each(sizes: tuple[int, ...], members: int, activation: Activation) -> None:
    network = MLP(sizes, activation=activation)
    flat, x = within(members, network.size, 1), doubles(members, ROWS, sizes[0], seed=2)
    torch.testing.assert_close(network(flat, x), plain(network, flat, x), rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(network(flat, x[:1]), plain(network, flat, x[:1]), rtol=1e-11, atol=1e-11)


def test_first_weights_are_he_s_with_kinks_in_the_data() -> None:
    network = MLP((2, 300, 200, 4))
    rows = torch.randn(50, 2, generator=bits(1))
    first, second, last = network.matrices(network.initial(3, rows, bits(0)))
    # 180,000 weights: the standard deviation is known to 0.2 %, 1 % is five standard errors and more.
    assert float(second[..., :-1].std()) == pytest.approx((2 / 300) ** 0.5, rel=0.01)
    assert float(last[..., :-1].std()) == pytest.approx(LAST_LAYER_GAIN * (2 / 200) ** 0.5, rel=0.1)  # 2,400: 1.4 %
    assert not second[..., -1].any()
    assert not last[..., -1].any()
    activations = torch.einsum("ni,khi->knh", rows, first[..., :-1]) + first[:, None, :, -1]
    assert float(activations.abs().amin(1).max()) < 1e-5  # each unit is zero at one row, to float32's rounding


def test_named_views_share_the_flat_memory_and_cover_it() -> None:
    network = MLP((3, 5, 2))
    flat = torch.zeros(2, network.size)
    named = network.named(flat, "n")
    assert {name: tuple(view.shape) for name, view in named.items()} == {
        "n.0.weight": (2, 3, 5),
        "n.0.bias": (2, 1, 5),
        "n.1.weight": (2, 5, 2),
        "n.1.bias": (2, 1, 2),
    }
    for view in named.values():
        view.add_(1)
    assert (flat == 1).all()  # each parameter once


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", SIZES)
def test_networks_with_a_trunk_in_common_are_evaluated_as_if_each_had_its_own(
    sizes: tuple[int, ...], activation: Activation
) -> None:
    network, leader = MLP(sizes, activation=activation), torch.tensor([0] * 7 + [7] * 20 + [27])
    flat, x = within(28, network.size, 1), doubles(1, ROWS, sizes[0], seed=2)
    flat[:, : network.trunk_size] = flat[leader, : network.trunk_size]
    torch.testing.assert_close(network(flat, x, leader), plain(network, flat, x), rtol=1e-11, atol=1e-11)  # doubles
