"""What a model file holds of calibrated intervals: a summary in its header, the numbers as tensors."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from aevb_cli.core.calibration.conformal import ConformalIntervals
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.families import FAMILIES


def header(recalibration: Recalibration, guarantee: ConformalIntervals | None) -> dict[str, Any]:
    """The keys of the header."""
    rows = len(recalibration.needed)
    return {
        "recalibration": {"rows": rows} if rows else None,
        "guarantee": _summary(guarantee) if guarantee else None,
    }


def tensors(guarantee: ConformalIntervals | None) -> dict[str, Tensor]:
    """The tensors by name; `pit`, from which intervals are recalibrated, is saved for its picture anyway."""
    return {"guarantee.scores": guarantee.scores, "guarantee.fold": guarantee.fold} if guarantee else {}


def restored(header: Any, tensors: Mapping[str, Tensor], folds: int) -> tuple[Recalibration, ConformalIntervals | None]:
    """Both from a checked header and tensors of its shapes; ValueError for numbers that are not possible.

    folds: the most that the members leave out.
    """
    recalibration, guarantee = Recalibration.none(len(header.columns.targets)), None
    if header.recalibration:
        classes = [FAMILIES[name].kind == "class" for name in header.families.targets]
        recalibration = Recalibration.of(tensors["pit"], classes)
    if header.guarantee:
        fold = tensors["guarantee.fold"]
        if not 0 <= int(fold.min()) <= int(fold.max()) < folds:
            raise ValueError("the guarantee's folds are not the members'")
        guarantee = ConformalIntervals(tensors["guarantee.scores"], fold, torch.empty(0, dtype=torch.int64))
    return recalibration, guarantee


def _summary(guarantee: ConformalIntervals) -> dict[str, Any]:
    least = round(guarantee.least(0.9), 3)
    return {
        "method": guarantee.method,
        "rows": len(guarantee.scores),
        "folds": guarantee.folds,
        "least coverage at 0.9": least,
    }
