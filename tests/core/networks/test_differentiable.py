"""Networks under automatic differentiation are the networks that predict."""

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.networks.differentiable import Layers, Training, chosen, evaluated, layers
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


def test_layers_are_views_through_which_gradients_flow() -> None:
    network = MLP((3, 4, 2), activation="gelu")
    flat = torch.randn(network.size, generator=Generator().manual_seed(1), dtype=torch.float64)
    parts = layers(network, flat)
    assert [(tuple(weight.shape), tuple(bias.shape)) for weight, bias in parts] == [((4, 3), (4,)), ((2, 4), (2,))]
    parts[1][1].fill_(7)
    assert (flat == 7).sum() == 2
    x = torch.randn(5, 3, generator=Generator().manual_seed(2), dtype=torch.float64)
    flat.requires_grad_()
    assert torch.autograd.gradcheck(lambda each: evaluated(network, layers(network, each), x), (flat,))


def with_places(network: MLP, flat: Tensor) -> tuple[Layers, Tensor]:
    """The layers as training has them, and the vector of which their gradients are views."""
    gradient = torch.full_like(flat, 7.0)
    leaves = [tuple(each.detach().requires_grad_() for each in pair) for pair in layers(network, flat)]
    for pair, places in zip(leaves, layers(network, gradient), strict=True):
        for leaf, place in zip(pair, places, strict=True):
            leaf.grad = place
    return leaves, gradient  # type: ignore[return-value]


@pytest.mark.parametrize("sizes", [(3, 2), (3, 6, 4, 2)])
def test_in_training_gradients_are_autograd_s_and_stand_where_they_belong(sizes: tuple[int, ...]) -> None:
    network, generator = MLP(sizes, activation="gelu"), Generator().manual_seed(3)
    flat = torch.randn(network.size, generator=generator, dtype=torch.float64, requires_grad=True)
    x = torch.randn(8, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    by_out = torch.randn(8, 2, generator=generator, dtype=torch.float64)
    expected, by_x = torch.autograd.grad(evaluated(network, layers(network, flat), x), (flat, x), by_out)
    leaves, gradient = with_places(network, flat)
    for data in (0, 5):
        for _ in range(2):  # it replaces what was there
            out = evaluated(network, leaves, x, Training(data, generator))
            (found,) = torch.autograd.grad(out, x, by_out)
            torch.testing.assert_close(gradient, expected)
        torch.testing.assert_close(found[data:], by_x[data:])
        assert not found[:data].any()


def test_dropout_is_inverted_of_the_rows_of_data_and_the_same_on_the_way_back() -> None:
    network, count = MLP((1, 2000, 1), dropout=0.3, activation="leaky-relu"), 1000
    flat = torch.ones(network.size, dtype=torch.float64)
    leaves, gradient = with_places(network, flat)
    x = torch.ones(count + 1, 1, dtype=torch.float64)
    out = evaluated(network, leaves, x, Training(count, Generator().manual_seed(5)))[:, 0]
    units = (out - 1) / 2  # each is 2, and 0 or 2 / 0.7 with dropout
    assert units[-1] == 2000
    # 1,000 sums of 2,000 independent units, each with a standard deviation of sqrt(0.3 / 0.7).
    deviation = (2000 * 0.3 / 0.7) ** 0.5
    assert abs(units[:-1].mean() - 2000) < 4 * deviation / count**0.5
    assert abs(units[:-1].std() / deviation - 1) < 4 / (2 * count) ** 0.5
    torch.autograd.backward(out[:-1].sum())
    _, (by_last, _) = layers(network, gradient)
    torch.testing.assert_close(by_last.sum(), 2 * units[:-1].sum())


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_places_are_chosen_independently_and_each_as_often(share: float) -> None:
    count, calls, generator = 40, 5000, Generator().manual_seed(4)
    drawn = torch.zeros(calls, count)
    for row in drawn:
        places = chosen(count, share, generator)
        assert (places.diff() > 0).all()
        row[places] = 1
    scale = (share * (1 - share)) ** 0.5
    # Standard normal, but for small counts: 40 frequencies, and the correlations of 780 pairs, at five deviations.
    centred = (drawn - share) / scale
    assert centred.mean(0).abs().max() * calls**0.5 < 5
    assert (centred.T @ centred / calls).triu(1).abs().max() * calls**0.5 < 5


def test_without_places_none_is_chosen() -> None:
    assert len(chosen(0, 0.5, Generator().manual_seed(0))) == 0
