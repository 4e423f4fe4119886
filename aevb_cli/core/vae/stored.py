"""A VAE's own part of a model file's header, its tensors by name, and the VAE restored from both."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from aevb_cli.core.calibration import stored as intervals
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.columns import Columns
from aevb_cli.core.vae.model import Vae
from aevb_cli.core.vae.predictive import of_members
from aevb_cli.model_settings import VaeSettings


def header(model: Vae) -> dict[str, Any]:
    """The keys of the header that are this kind's own."""
    return {
        "families": {"features": list(model.likelihoods.names), "targets": list(model.posteriors.names)},
        "calibration": model.calibration.tolist(),
        **intervals.header(model.recalibration, model.guarantee),
    }


def tensors(model: Vae) -> dict[str, Tensor]:
    """All tensors of the model by name."""
    return model.named() | intervals.tensors(model.guarantee)


def restored(
    settings: VaeSettings,
    inputs: Inputs,
    features: Scaling,
    targets: Scaling,
    header: Any,
    tensors: Mapping[str, Tensor],
) -> Vae:
    """The model of a checked header, and of tensors that have its shapes; ValueError for a target's family."""
    likelihoods = Columns.named(header.families.features, inputs.categories)
    calibration = torch.tensor(header.calibration)
    names = header.families.targets
    posteriors = Columns.named(names, (0,) * len(names))
    if not all(posteriors.standardised):
        raise ValueError("a target's family is not one of numbers")
    folds = header.guarantee.folds if header.guarantee else 0
    recalibration, guarantee = intervals.restored(header, tensors, folds)
    members, nothing, inputs_of = 1 + folds, torch.empty(0), (likelihoods, posteriors, features, targets)
    empty = Vae(settings, inputs, *inputs_of, members, nothing, calibration, recalibration, of_members(guarantee))
    return empty.filled(dict(tensors))
