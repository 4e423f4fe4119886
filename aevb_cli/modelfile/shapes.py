"""Which tensors a header asks for, of which type and shape: whole numbers alone, before anything is built."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from aevb_cli.model_settings import BnnSettings, LatentSettings, VaeSettings
from aevb_cli.modelfile import families
from aevb_cli.modelfile.container import STATE
from aevb_cli.modelfile.schema import PREDICTED, Header, VaeHeader

Size = int | str
"""Of a dimension; a letter stands for one that the header does not tell, the same wherever it stands."""

Spec = tuple[str, tuple[Size, ...]]
"""A tensor's type and shape."""

Tensors = Generator[tuple[str, Spec], None, int]
"""Of a kind of model. What is returned is the number of parameters of one of its members."""

TRACE = ("elbo", "expected_log_likelihood", "kl", "objective", "held_out_score", "learning_rate")

_F32, _F64, _I64, _U8 = "float32", "float64", "int64", "uint8"


def check(header: Header, tensors: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError unless the tensors are those that the header asks for. Their values are not looked at."""
    if len(header.settings.hidden) > len(tensors):  # a list of all that is asked for could be too long
        raise ValueError("there are fewer tensors than layers")
    state = [name for name in tensors if name.startswith("state.")]
    constants = tensors["constants"].shape[-1] if "constants" in tensors and tensors["constants"].ndim else 0
    expected = dict(_expected(header, constants, "" if not state else "old" if state == ["state.numbers"] else "whole"))
    if odd := sorted(expected.keys() ^ tensors.keys()):
        raise ValueError(f"tensor '{odd[0][:60]}' is {'missing' if odd[0] in expected else 'not expected'}")
    free: dict[Size, int] = {}
    for name, (dtype, shape) in expected.items():
        _compare(name, tensors[name], dtype, shape, free)
    if not free["R"] and header.request.keep_rows:
        raise ValueError("there are no rows")


def _compare(name: str, found: np.ndarray, dtype: str, shape: tuple[Size, ...], free: dict[Size, int]) -> None:
    """Compare one tensor. free: the sizes that letters stand for, as far as they are known; new ones are added."""
    if found.ndim == len(shape):
        for size, there in zip(shape, found.shape, strict=True):
            if isinstance(size, str):
                free.setdefault(size, there)
    wanted = tuple(free.get(size, size) for size in shape)
    if found.shape != wanted:
        raise ValueError(f"tensor '{name}' has the shape {found.shape}, not {wanted}")
    if found.size and found.dtype != dtype:
        raise ValueError(f"tensor '{name}' is of type {found.dtype}, not {dtype}")


def _expected(header: Header, constants: int, state: str) -> Iterator[tuple[str, Spec]]:
    """Name, type and shape of each tensor.

    constants: of the families, for each member, which the families themselves know (`filled` compares them); state: of
    training, none, whole, or what is left of one too old.
    """
    features, targets = len(header.columns.features), len(header.columns.targets)
    parameters = constants + (yield from _OF_KIND[header.settings.kind](header))
    if constants:
        yield "constants", (_F32, (networks(header), constants))
    yield "rows", (_F64, ("R", features + targets))
    if header.settings.kind == LatentSettings.kind:
        yield "left_out", (_U8, ("R",))
    recalibration = header.recalibration
    held_out: Size = recalibration.rows if recalibration else "H"
    yield "pit", (_F64, (held_out, targets or 1))
    if width := sum(1 + count for count in classes(header) if count):
        yield "held_out.classes", (_F64, (held_out, width))
    if numbers := classes(header).count(0):
        yield "held_out.predicted", (_F64, ("P", numbers, PREDICTED))
    if header.guarantee:
        yield "guarantee.scores", (_F64, (header.guarantee.rows, targets))
        yield "guarantee.fold", (_I64, (header.guarantee.rows,))
    yield "trace.iteration", (_I64, ("T",))
    for name in TRACE:
        yield f"trace.{name}", (_F64, ("T",))
    if state:
        yield "state.numbers", (_F64, (7,))
    if state == "whole":
        yield "state.order", (_I64, ("O",))
        yield "state.generators", (_U8, ("G", "B"))
        yield "state.left_out", (_U8, (32,))
        for name in STATE:
            yield f"state.{name}", (_F32, ("K", parameters))


def _vae(header: Any) -> Tensors:
    """The encoder's two networks and the decoder."""
    settings, latent = header.settings, len(header.calibration)
    outputs = sum(map(families.outputs, header.families.features, header.inputs.categories))
    encoder = (header.inputs.width, *settings.hidden, latent)
    decoder = (latent, *settings.decoder_hidden, outputs)
    for name, sizes in (("mu", encoder), ("sigma", encoder), ("decoder", decoder)):
        yield from _network(name, networks(header), sizes)
    return 2 * _size(encoder) + _size(decoder)


def _latent(header: Any) -> Tensors:
    """Encoder, decoder and pseudo-inputs."""
    settings, width = header.settings, int(header.inputs.width)
    outputs = sum(map(families.outputs, header.families.features, header.inputs.categories))
    encoder = (width, *settings.hidden, 2 * settings.latent)
    decoder = (settings.latent, *settings.decoder_hidden, outputs)
    for name, sizes in (("encoder", encoder), ("decoder", decoder)):
        yield from _network(name, 1, sizes)
    paths = ((encoder[0], encoder[-1]), (decoder[0], decoder[-1])) if settings.linear else ()
    for name, path in zip(("encoder", "decoder"), paths, strict=False):
        yield f"{name}.linear", (_F32, (1, *path))
    if settings.pseudo_inputs:
        yield "pseudo_inputs", (_F32, (1, settings.pseudo_inputs, width))
    of_paths: int = sum(fan_in * fan_out for fan_in, fan_out in paths)
    return _size(encoder) + _size(decoder) + of_paths + int(settings.pseudo_inputs) * width


def _bnn(header: Any) -> Tensors:
    """Mean and raw scale of the weights, and gain and offset of the outputs."""
    settings, named = header.settings, header.families.targets
    outputs = sum(
        families.outputs(family, len(column.categories), location_only=settings.noise_model == "constant")
        for family, column in zip(named, header.columns.targets, strict=True)
    )
    sizes = (header.inputs.width, *settings.hidden, outputs)
    for name in ("mu", "rho"):
        yield from _network(name, settings.networks, sizes)
    if families.head(named):
        yield "head", (_F32, (2, outputs))
    return 2 * _size(sizes)


_OF_KIND: Mapping[str, Callable[[Any], Tensors]] = {
    VaeSettings.kind: _vae,
    LatentSettings.kind: _latent,
    BnnSettings.kind: _bnn,
}


def classes(header: Header) -> list[int]:
    """The number of classes of each target, 0 for numbers."""
    columns = header.columns.targets
    return [
        families.classes(family, len(each.categories))
        for family, each in zip(header.families.targets, columns, strict=True)
    ]


def networks(header: Header) -> int:
    """The number of networks in the file. A VAE with guaranteed intervals has one more for each fold."""
    further = isinstance(header, VaeHeader) and header.guarantee
    return header.settings.networks + (further.folds if further else 0)


def _network(name: str, members: int, sizes: Sequence[int]) -> Iterator[tuple[str, Spec]]:
    """Fully connected layers, as `core.networks.mlp` names them."""
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        yield f"{name}.{layer}.weight", (_F32, (members, fan_in, fan_out))
        yield f"{name}.{layer}.bias", (_F32, (members, 1, fan_out))


def _size(sizes: Sequence[int]) -> int:
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
