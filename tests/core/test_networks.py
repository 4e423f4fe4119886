"""The written-out gradient against autograd: numerically (gradcheck) and against networks in plain torch."""

from collections.abc import Iterator

import pytest
import torch
from torch import Generator, Tensor

from aevb_cli.core.networks import LAST_LAYER_GAIN, MLP, SLOPE, VariationalMLP

SIZES = [(2, 1), (1, 4, 1), (2, 5, 3), (3, 4, 6, 2), (1, 3, 2, 4, 1)]


def plain(network: MLP, flat: Tensor, x: Tensor, mask: Tensor | None) -> Tensor:
    """The K networks one after another, as a textbook writes them; the parameters' order is a layer's weight, bias."""
    outputs = []
    for member, parameters in enumerate(flat):
        h, start = x[member if len(x) > 1 else 0], 0
        for layer, (fan_in, fan_out) in enumerate(zip(network.sizes, network.sizes[1:], strict=False)):
            weight = parameters[start : start + fan_in * fan_out].view(fan_in, fan_out)
            bias = parameters[start + fan_in * fan_out : start + (fan_in + 1) * fan_out]
            start += (fan_in + 1) * fan_out
            if layer == len(network.sizes) - 2 and mask is not None:
                h = h * mask[0]
            h = h @ weight + bias
            if layer < len(network.sizes) - 2:
                h = torch.where(h > 0, h, SLOPE * h)
        outputs.append(h)
    return torch.stack(outputs)


def case(
    sizes: tuple[int, ...], members: int, shared: bool, dropout: float
) -> tuple[MLP, Tensor, Tensor, Tensor | None]:
    bits = Generator().manual_seed(sum(sizes) + members)
    network = MLP(sizes, dropout)
    flat = torch.randn(members, network.size, generator=bits, dtype=torch.float64, requires_grad=True)
    x = torch.randn(1 if shared else members, 7, sizes[0], generator=bits, dtype=torch.float64)
    mask = network.mask(7, bits)
    return network, flat, x, None if mask is None else mask.double()


def cases() -> Iterator[tuple[tuple[int, ...], int, bool, float]]:
    for sizes in SIZES:
        for members in (1, 3):
            for shared in (True, False):
                for dropout in (0.0, 0.4):
                    if len(sizes) > 2 or not dropout:  # no hidden layer, nothing to drop
                        yield sizes, members, shared, dropout


@pytest.mark.parametrize(("sizes", "members", "shared", "dropout"), list(cases()))
@pytest.mark.parametrize("with_x", [True, False])
def test_gradient_is_autograd_s(
    sizes: tuple[int, ...], members: int, shared: bool, dropout: float, with_x: bool
) -> None:
    network, flat, x, mask = case(sizes, members, shared, dropout)
    x.requires_grad_(with_x)
    leaves = [flat, x] if with_x else [flat]
    out, reference = network(flat, x, mask), plain(network, flat, x, mask)
    # Doubles; sums of at most seven products of order one.
    torch.testing.assert_close(out, reference, rtol=1e-12, atol=1e-12)
    weights = torch.randn(out.shape, generator=Generator().manual_seed(1), dtype=torch.float64)
    grads = torch.autograd.grad((weights * out).sum(), leaves)
    expected = torch.autograd.grad((weights * reference).sum(), leaves)
    for grad, wanted in zip(grads, expected, strict=True):
        torch.testing.assert_close(grad, wanted, rtol=1e-11, atol=1e-11)
    assert torch.autograd.gradcheck(lambda *a: network(a[0], a[1] if with_x else x, mask), leaves)


@pytest.mark.parametrize("sizes", SIZES)
def test_k_networks_in_one_batch_are_k_single_ones(sizes: tuple[int, ...]) -> None:
    network, flat, x, mask = case(sizes, 3, False, 0.4 if len(sizes) > 2 else 0.0)
    single = torch.cat([network(flat[k : k + 1], x[k : k + 1], mask) for k in range(3)])
    torch.testing.assert_close(network(flat, x, mask), single, rtol=1e-13, atol=1e-13)  # rounding: another BLAS call


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("sizes", SIZES)
def test_sampled_gradient_is_autograd_s_lrt_eq_6(sizes: tuple[int, ...], members: int) -> None:
    network, mu, x, _ = case(sizes, members, True, 0.0)
    variational = VariationalMLP(network.sizes)
    variance = torch.rand(mu.shape, generator=Generator().manual_seed(2), dtype=torch.float64).add(0.1).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda m, v: variational.sampled(m, v, x, Generator().manual_seed(3)), [mu, variance], atol=1e-6
    )


def test_first_weights_are_he_s_with_kinks_in_the_data() -> None:
    network = MLP((2, 300, 200, 4))
    rows = torch.randn(50, 2, generator=Generator().manual_seed(1))
    flat = network.initial(3, rows, Generator().manual_seed(0))
    (first, first_bias), (second, second_bias), (last, last_bias) = network.split(flat)
    # 180,000 weights: the standard deviation is known to 0.2 %, 1 % is five standard errors and more.
    assert float(second.std()) == pytest.approx((2 / 300) ** 0.5, rel=0.01)
    assert float(last.std()) == pytest.approx(LAST_LAYER_GAIN * (2 / 200) ** 0.5, rel=0.1)  # 2,400: 1.4 %, seven
    assert not second_bias.any()
    assert not last_bias.any()
    activations = torch.einsum("ni,kih->knh", rows, first) + first_bias
    assert float(activations.abs().amin(1).max()) < 1e-5  # each unit is zero at one row, to float32's rounding


def test_named_views_share_the_flat_memory_and_cover_it() -> None:
    network = MLP((3, 5, 2))
    flat = torch.zeros(2, network.size)
    for view in network.named(flat, "n").values():
        view.add_(1)
    assert (flat == 1).all()  # each parameter once


def test_mask_keeps_its_share_and_the_mean() -> None:
    mask = MLP((1, 40, 1), 0.25).mask(1000, Generator().manual_seed(0))
    assert mask is not None
    assert sorted(set(mask.flatten().tolist())) == pytest.approx([0, 1 / 0.75])
    assert float((mask > 0).float().mean()) == pytest.approx(0.75, abs=4 * (0.75 * 0.25 / 40_000) ** 0.5)  # 4 s.e.
    assert MLP((1, 40, 1)).mask(1000, Generator()) is None
