"""The written-out gradients against autograd, in double precision, for every shape, number of networks and dropout."""

import numpy as np
import pytest
import torch

from aevb_cli.core.networks.dropout import every, last
from aevb_cli.core.networks.mlp import MLP, VariationalMLP
from aevb_cli.core.networks.passes import DrawnPass, LocalPass, Pass, windows
from aevb_cli.model_settings import Activation
from tests.core.networks.examples import ACTIVATIONS, ROWS, SIZES, activated, bits, doubles, layers, plain, within


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("dropped", ["nothing", "last", "every"])
@pytest.mark.parametrize("sizes", SIZES)
def test_a_pass_and_its_gradient_are_autograd_s(
    sizes: tuple[int, ...], dropped: str, members: int, shared: bool, activation: Activation
) -> None:
    network = MLP(sizes, 0.0 if dropped == "nothing" else 0.4, activation)
    flat = within(members, network.size, 1).requires_grad_()
    x = doubles(1 if shared else members, ROWS, sizes[0], seed=2).requires_grad_()
    masks = last(network, ROWS, bits(3)) if dropped == "last" else every(network, ROWS - 5, 5, bits(3))
    masks = [None if mask is None else mask.double() for mask in masks]
    gradient = torch.zeros(members, network.size + 5, dtype=torch.float64)
    work = Pass(network, flat.detach(), gradient[:, 2:-3], ROWS, shared=shared)
    reference = plain(network, flat, x, masks)
    weights = doubles(*reference.shape, seed=4)
    expected = torch.autograd.grad((weights * reference).sum(), [flat, x])
    for _ in range(2):  # the buffers must not remember
        # Doubles; sums of some hundred products of order one, twice one after the other.
        torch.testing.assert_close(work.forward(x.detach(), masks).mT, reference, rtol=1e-11, atol=1e-11)
        by_x = work.by_input(work.backward(weights.mT))
        torch.testing.assert_close(gradient[:, 2:-3], expected[0], rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(by_x.sum(0, keepdim=True) if shared else by_x, expected[1], rtol=1e-10, atol=1e-10)
    assert not gradient[:, :2].any()
    assert not gradient[:, -3:].any()


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


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("sizes", SIZES)
def test_a_pass_at_local_draws_and_its_gradient_are_autograd_s_lrt_eq_6(
    sizes: tuple[int, ...], members: int, activation: Activation
) -> None:
    network = VariationalMLP(sizes, activation=activation)
    mu = within(members, network.size, 1).requires_grad_()
    variance = within(members, network.size, 2).square().add(0.1).detach().requires_grad_()
    grad_mu, grad_variance = torch.zeros(2, members, network.size + 1, dtype=torch.float64)[..., 1:]
    x = doubles(1, ROWS, sizes[0], seed=3)
    work = LocalPass(network, mu.detach(), variance.detach(), grad_mu, grad_variance, ROWS)
    found = work.forward(x, bits(4)).mT.clone()
    noise = torch.randn(sum(sizes[1:]), ROWS + members - 1, generator=bits(4), dtype=torch.float64)
    outputs = []
    for member in range(members):
        h, start = x[0], 0
        for layer, ((weight, bias), (weight_var, bias_var)) in enumerate(
            zip(layers(network, mu[member]), layers(network, variance[member]), strict=True)
        ):
            h = activated(network, h) if layer else h
            eps = noise[start : start + len(bias), member : member + ROWS].T
            start += len(bias)
            h = h @ weight + bias + (h.square() @ weight_var + bias_var).sqrt() * eps
        outputs.append(h)
    reference = torch.stack(outputs)
    torch.testing.assert_close(found, reference, rtol=1e-11, atol=1e-11)
    weights = doubles(*reference.shape, seed=5)
    work.backward(weights.mT)
    expected = torch.autograd.grad((weights * reference).sum(), [mu, variance])
    for grad, wanted in zip((grad_mu, grad_variance), expected, strict=True):
        torch.testing.assert_close(grad, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("members", [1, 3])
def test_single_precision_takes_other_kernels_to_the_same_end(
    members: int, activation: Activation, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, x = VariationalMLP((9, 60, 50, 2), activation=activation), doubles(1, ROWS, 9, seed=1)
    mu, variance = within(members, network.size, 2) * 0.2, within(members, network.size, 3).square() * 0.01
    g, found = doubles(members, 2, ROWS, seed=4), []
    eps = doubles(60 + 50 + 2, ROWS + members - 1, seed=5)
    for kind in (torch.float64, torch.float32):
        weights, spread, seen, back = (part.to(kind) for part in (mu, variance, x, g))
        gradients = torch.zeros(3, members, network.size, dtype=kind)
        at_weights = Pass(network, weights, gradients[0], ROWS, shared=True)
        at_draws = LocalPass(network, weights, spread, gradients[1], gradients[2], ROWS)
        monkeypatch.setattr(at_draws._noise, "normal_", lambda noise=at_draws._noise, **_: noise.copy_(eps))
        results = [at_weights.forward(seen).clone(), at_draws.forward(seen, bits(0)).clone(), network(weights, seen).mT]
        at_weights.backward(back)
        at_draws.backward(back)
        found.append([*results, gradients])
    for double, single in zip(*found, strict=True):
        # Gradients are sums of 96 products of order one to ten, in single precision.
        torch.testing.assert_close(single.double(), double, rtol=1e-4, atol=1e-3)


def test_local_draws_have_the_mean_and_variance_of_the_layer_lrt_eq_6() -> None:
    network = VariationalMLP((2, 3))
    mu, variance = doubles(1, network.size, seed=1), doubles(1, network.size, seed=2).square()
    nothing, x = torch.zeros(2, 1, network.size, dtype=torch.float64), doubles(1, 1, 2, seed=3)
    work, bit = LocalPass(network, mu, variance, nothing[0], nothing[1], 1), bits(4)
    draws = torch.stack([work.forward(x, bit)[0, :, 0].clone() for _ in range(20_000)])
    (matrix,), (spread,) = network.matrices(mu), network.matrices(variance)
    seen = torch.cat([x[0], torch.ones(1, 1)], 1)[0].double()
    error = (spread[0] @ seen.square()).sqrt()
    assert ((draws.mean(0) - matrix[0] @ seen).abs() < 4 * error / 20_000**0.5).all()
    # A variance of 20,000 normal draws is known to 1 %; four standard errors.
    assert (draws.var(0) / error.square()).tolist() == pytest.approx([1, 1, 1], abs=4 * (2 / 20_000) ** 0.5)


def test_members_noise_is_independent_between_layers_and_members_a_row_apart() -> None:
    network = VariationalMLP((1, 50, 50))
    flat = torch.zeros(5, network.size)
    nothing = torch.zeros(2, 5, network.size)
    work = LocalPass(network, flat, torch.ones_like(flat), nothing[0], nothing[1], 400)
    drawn = work.forward(torch.zeros(1, 400, 1), bits(0)).mT  # sqrt(51 products) noise: only its draws differ
    first, second = drawn[0].flatten().numpy(), drawn[1].flatten().numpy()
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / 20_000**0.5
