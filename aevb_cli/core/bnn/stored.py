"""A BNN's own part of a model file's header, its tensors by name, and the BNN restored from both."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.calibration import stored as intervals
from aevb_cli.core.calibration.stacking import Stacking
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.head import Head
from aevb_cli.core.families.location_scale import LocationScaleFamily
from aevb_cli.model_settings import BnnSettings

_STACKING = {"weights": "weights", "noise": "noise_factor", "epistemic": "epistemic_factor", "between": "member_factor"}
"""The header's key -> the field of `Stacking`, in the order of its fields."""


def header(model: Bnn) -> dict[str, Any]:
    """The keys of the header that are this kind's own."""
    return {
        "families": {"features": None, "targets": list(model.head.names)},
        "calibration": {key: getattr(model.calibration, field).tolist() for key, field in _STACKING.items()},
        **intervals.header(model.recalibration, model.guarantee),
    }


def tensors(model: Bnn) -> dict[str, Tensor]:
    """All tensors of the model by name."""
    return model.named() | intervals.tensors(model.guarantee) | _head(model.head)


def restored(
    settings: BnnSettings,
    inputs: Inputs,
    features: Scaling,
    targets: Scaling,
    header: Any,
    tensors: Mapping[str, Tensor],
) -> Bnn:
    """The model of a checked header, and of tensors that have its shapes.

    Raises
    ------
    ValueError
        a tensor's numbers are not possible.
    """
    words = [len(column.categories) for column in header.columns.targets]
    head = Head.named(header.families.targets, words, location_only=settings.noise_model == "constant")
    if "head" in tensors:
        head = replace(head, gain=tensors["head"][0], offset=tensors["head"][1])
    stacking = Stacking(*(torch.tensor(getattr(header.calibration, key)) for key in _STACKING))
    calibrated = intervals.restored(header, tensors, settings.members)
    members, nothing = settings.networks, torch.empty(0)
    empty = Bnn(settings, inputs, features, targets, head, members, header.result.rows, nothing, stacking, *calibrated)
    return empty.filled(dict(tensors))


def _head(head: Head) -> dict[str, Tensor]:
    """Gain and offset of the outputs, (2, width); nothing where all families are of location and scale."""
    if all(isinstance(family, LocationScaleFamily) for family in head.families):
        return {}
    plain = torch.tensor([[1.0], [0.0]]).expand(2, head.width).contiguous()
    return {"head": plain if head.gain is None or head.offset is None else torch.stack([head.gain, head.offset])}
