"""Devices: networks may lie on one, with the large products of matrices that they are made of.

Tables, generators and the state of a training stay on the CPU, and so does all that needs double precision: there, the
same random draws give nearly the same model on every device, and none is needed to read what another has written.
"""

from dataclasses import replace
from typing import TypeVar

import torch
from torch import Generator, Tensor

from aevb_cli.errors import UsageError
from aevb_cli.settings import Device

Record = TypeVar("Record")

SINGLE = frozenset({"mps"})
"""The devices that have no double precision."""


def check(device: Device) -> None:
    """Raise UsageError unless this machine has the device."""
    if device == "cpu":
        return
    if not (torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()):
        raise UsageError(f"--device {device}: torch {torch.__version__} finds none here. Use --device cpu.")


def on(model: Record, device: Device | torch.device) -> Record:
    """A model with its parameters on a device. Its methods take rows from the CPU and return results there."""
    if str(device) == "cpu":
        return model
    return replace(model, parameters=model.parameters.to(device))  # type: ignore[type-var, attr-defined]


def fill_normal(noise: Tensor, generator: Generator) -> None:
    """Fill a tensor on any device with standard normal numbers, which are drawn where the generator is."""
    if noise.device == generator.device:
        noise.normal_(generator=generator)
    else:
        noise.copy_(torch.empty(noise.shape, dtype=noise.dtype).normal_(generator=generator))


def precise(values: Tensor) -> Tensor:
    """The values in double precision; in single precision on a device that has no other."""
    return values if values.device.type in SINGLE else values.double()
