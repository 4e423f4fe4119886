"""The own part of a model file's header, the tensors by name, and the model restored from both."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.columns import Columns
from aevb_cli.core.latent.entry import Entry
from aevb_cli.core.latent.model import LatentVae
from aevb_cli.model_settings import LatentSettings


def header(model: LatentVae) -> dict[str, Any]:
    """The keys of the header that are this kind's own."""
    rows = len(model.recalibration.needed)
    return {
        "families": {"features": list(model.likelihoods.names), "targets": []},
        "entry": {"loc": model.entry.loc.tolist(), "scale": model.entry.scale.tolist()},
        "levels": list(model.likelihoods.levels),
        "recalibration": {"rows": rows} if rows else None,
        "guarantee": None,
    }


def tensors(model: LatentVae) -> dict[str, Tensor]:
    """All tensors of the model by name."""
    return model.named()


def restored(
    settings: LatentSettings,
    inputs: Inputs,
    features: Scaling,
    targets: None,
    header: Any,
    tensors: Mapping[str, Tensor],
) -> LatentVae:
    """The model of a checked header, and of tensors that have its shapes."""
    del targets
    counts = [level or words for level, words in zip(header.levels, inputs.categories, strict=True)]
    likelihoods = Columns.named(header.families.features, counts)
    recalibration = Recalibration.of(tensors["pit"]) if header.recalibration else Recalibration.none(1)
    entry = Entry.of(torch.tensor(header.entry.loc), torch.tensor(header.entry.scale), likelihoods)
    empty = LatentVae(settings, inputs, likelihoods, features, entry, torch.empty(0), recalibration)
    return empty.filled(dict(tensors))
