"""A BNN's own part of a model file's header, its tensors by name, and the BNN restored from both."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.calibration.stacking import Stacking
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.columns import Columns
from aevb_cli.settings import BnnSettings

_STACKING = {"weights": "weights", "noise": "noise_factor", "epistemic": "epistemic_factor", "between": "member_factor"}
"""The header's key -> the field of `Stacking`, in the order of its fields."""


def header(model: Bnn) -> dict[str, Any]:
    """The keys of the header that are this kind's own. Intervals have a summary here; their numbers are tensors."""
    rows = len(model.recalibration.needed)
    return {
        "families": {"features": None, "targets": list(model.head.names)},
        "calibration": {key: getattr(model.calibration, field).tolist() for key, field in _STACKING.items()},
        "recalibration": {"rows": rows} if rows else None,
        "guarantee": _summary(model.guarantee) if model.guarantee else None,
    }


def tensors(model: Bnn) -> dict[str, Tensor]:
    """All tensors of the model by name; `pit`, from which intervals are recalibrated, is saved for every kind."""
    if model.guarantee is None:
        return model.named()
    return model.named() | {"guarantee.scores": model.guarantee.scores, "guarantee.fold": model.guarantee.fold}


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
        a tensor's numbers are not possible, or a target's family is not one of numbers.
    """
    names = header.families.targets
    head = Columns.named(names, (0,) * len(names), location_only=settings.noise_model == "constant")
    if not all(head.standardised):
        raise ValueError("a target's family is not one of numbers")
    stacking = Stacking(*(torch.tensor(getattr(header.calibration, key)) for key in _STACKING))
    recalibration = Recalibration.none(len(targets.loc))
    if header.recalibration:
        recalibration = Recalibration.of(tensors["pit"])
    rows, guarantee = header.result.rows, None
    if header.guarantee:
        guarantee = _guarantee(tensors["guarantee.scores"], tensors["guarantee.fold"], settings.members)
    members, nothing = settings.networks, torch.empty(0)
    empty = Bnn(settings, inputs, features, targets, head, members, rows, nothing, stacking, recalibration, guarantee)
    return empty.filled(dict(tensors))


def _summary(guarantee: ConformalIntervals) -> dict[str, Any]:
    rows, folds = len(guarantee.scores), len(set(guarantee.fold.tolist()))
    least = round(guarantee.least(0.9), 3)
    return {"method": guarantee.method, "rows": rows, "folds": folds, "least coverage at 0.9": least}


def _guarantee(scores: Tensor, fold: Tensor, members: int) -> ConformalIntervals:
    if not 0 <= int(fold.min()) <= int(fold.max()) < members:
        raise ValueError("the guarantee's folds are not the members'")
    return ConformalIntervals(scores, fold, torch.empty(0, dtype=torch.int64))
