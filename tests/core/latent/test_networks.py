"""The networks of a hidden z: parts and names are views of one vector, and a linear path runs beside the layers."""

import pytest
import torch
from torch import Tensor

from aevb_cli.core.families.base import SMALLEST_SCALE, positive
from aevb_cli.core.latent.networks import Networks
from aevb_cli.model_settings import LatentSettings
from tests.core.latent.examples import bits

WIDTH, OUTPUTS, CONSTANTS = 5, 7, 3


def networks(**options: object) -> Networks:
    settings = LatentSettings(**{"latent": 2, "hidden": (4,), "decoder_hidden": (6, 3), **options})  # type: ignore[arg-type]
    return Networks(settings, WIDTH, OUTPUTS, CONSTANTS)


def flat(shapes: Networks) -> Tensor:
    return torch.randn(sum(shapes.sizes), generator=bits(0), dtype=torch.float64)


VAMP = {"prior": "vamp", "pseudo_inputs": 4}


@pytest.mark.parametrize("options", [{}, {"linear": False}, VAMP], ids=["linear", "layers", "vamp"])
def test_parts_are_all_of_the_parameters_each_once(options: dict[str, object]) -> None:
    shapes = networks(**options)
    values = torch.arange(sum(shapes.sizes)).double()
    parts = shapes.parts(values)
    layers = [tensor for layer in (*parts.encoder, *parts.decoder) for tensor in layer]
    rest = parts.encoder_linear, parts.decoder_linear, parts.constants, parts.pseudo_inputs
    numbers = torch.cat([tensor.flatten() for tensor in (*layers, *rest)])
    assert torch.equal(numbers.sort().values, values)
    named = torch.cat([view.flatten() for view in shapes.named(values[None]).values()])
    assert torch.equal(named.sort().values, values)
    parts.constants[:] = -1
    assert (values == -1).sum() == CONSTANTS


def test_parts_and_names_are_the_same_weights() -> None:
    shapes = networks(**VAMP)
    values = flat(shapes)
    parts, named = shapes.parts(values), shapes.named(values[None])
    for layer, (weight, bias) in enumerate(parts.decoder):
        assert torch.equal(named[f"decoder.{layer}.weight"][0], weight.T)
        assert torch.equal(named[f"decoder.{layer}.bias"].flatten(), bias)
    assert torch.equal(named["encoder.linear"][0], parts.encoder_linear.T)
    assert torch.equal(named["decoder.linear"][0], parts.decoder_linear.T)
    assert torch.equal(named["constants"][0], parts.constants)
    assert torch.equal(named["pseudo_inputs"][0], parts.pseudo_inputs)


def test_a_part_that_is_not_there_has_no_name() -> None:
    shapes = networks(linear=False)
    assert not {"encoder.linear", "decoder.linear", "pseudo_inputs"} & shapes.named(flat(shapes)[None]).keys()
    assert len(shapes.parts(flat(shapes)).decoder_linear) == 0


def test_the_linear_path_is_added_to_what_the_layers_make() -> None:
    shapes, layers = networks(), networks(linear=False)
    parts = shapes.parts(flat(shapes))
    only = layers.parts(torch.zeros(sum(layers.sizes), dtype=torch.float64))
    for one, other in zip((*parts.encoder, *parts.decoder), (*only.encoder, *only.decoder), strict=True):
        other[0].copy_(one[0])
        other[1].copy_(one[1])
    x = torch.randn(3, WIDTH, generator=bits(1), dtype=torch.float64)
    found, plain, path = shapes.encode(parts, x), layers.encode(only, x), x @ parts.encoder_linear.T
    torch.testing.assert_close(found.location, plain.location + path[:, :2])
    raw = (plain.scale - SMALLEST_SCALE).expm1().log()
    torch.testing.assert_close(found.scale, positive(raw + path[:, 2:]))
    z = torch.randn(4, 3, 2, generator=bits(2), dtype=torch.float64)
    torch.testing.assert_close(shapes.decode(parts, z), layers.decode(only, z) + z @ parts.decoder_linear.T)


@pytest.mark.parametrize("options", [{}, {"linear": False}], ids=["linear", "layers"])
def test_in_training_they_are_the_same_networks_and_their_gradients_have_the_same_places(
    options: dict[str, object],
) -> None:
    shapes = networks(**options, dropout=0.5)
    values = flat(shapes)[None]
    parts, gradient = shapes.parts(values[0]), torch.full_like(values, 7.0)
    encode, decode = shapes.passes(values, gradient, 4, 3)
    x, z = torch.randn(4, WIDTH, generator=bits(1)).double(), torch.randn(3, 2, generator=bits(2)).double()
    q, found = shapes.encode(parts, x), encode.forward(x)
    torch.testing.assert_close((found[:, :2], positive(found[:, 2:])), (q.location, q.scale))
    torch.testing.assert_close(decode.forward(z), shapes.decode(parts, z))
    encode.backward(torch.ones(4, 4).double())
    decode.backward(torch.ones(3, OUTPUTS).double())
    places = shapes.parts(gradient[0])
    torch.testing.assert_close(places.encoder[-1][1], torch.full((4,), 4.0).double())
    torch.testing.assert_close(places.decoder[-1][1], torch.full((OUTPUTS,), 3.0).double())
    torch.testing.assert_close(places.decoder_linear, z.sum(0).expand(len(places.decoder_linear), -1))
    assert (places.constants == 7).all()
    assert shapes.decoder.dropout == 0
