"""A model rebuilt from a header and tensors, which may be forged, or of an older format: every part is checked."""

import math
from collections.abc import Sequence
from dataclasses import replace
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
import torch

from aevb_cli.core.bnn.model import Bnn
from aevb_cli.core.calibration.conformal import Guarantee
from aevb_cli.core.calibration.recalibration import Recalibration
from aevb_cli.core.calibration.stacking import Stacking
from aevb_cli.core.data.inputs import Inputs
from aevb_cli.core.data.scaling import Scaling
from aevb_cli.core.families.columns import Columns
from aevb_cli.core.vae.model import Vae
from aevb_cli.modelfile import container as modelfile
from aevb_cli.settings import BnnSettings, Column, Likelihood, VaeSettings

_LARGEST = 1e100
"""Beyond it the squares of a column's numbers are not finite."""

Model = Vae | Bnn
T = TypeVar("T")


def upgraded(
    header: modelfile.Header, tensors: dict[str, np.ndarray]
) -> tuple[modelfile.Header, dict[str, np.ndarray]]:
    """Header and tensors as the present format has them.

    Up to format 2 intervals were not recalibrated. Format 1 had both of a VAE's encoders in one tensor, in turn, and no
    factor between the members of an ensemble. Its training states are not carried over: they are refused when they are
    to be resumed.
    """
    if header["format"] < 4:
        count = len(header["columns"]["targets"]) or header["settings"].get("latent", 0)
        header = {"families": ["gaussian"] * count, **header}
        if "noise" in tensors:
            tensors = {**tensors, "constants": tensors["noise"][:, 0]}
    if header["format"] > 2:
        return header, tensors
    header = {**header, "recalibration": None}
    if header["format"] > 1:
        return header, tensors
    if header["kind"] == "bnn":
        calibration = header["calibration"]
        between = [1.0] * len(calibration["noise"][0])
        return {**header, "calibration": {**calibration, "between": between}}, tensors
    found: dict[str, np.ndarray] = {}
    for name, array in tensors.items():
        if name.startswith("encoder."):
            rest = name.removeprefix("encoder.")
            found |= {f"mu.{rest}": array[0::2], f"sigma.{rest}": array[1::2]}
        else:
            found[name] = array
    return header, found


def model_of(settings: VaeSettings | BnnSettings, header: modelfile.Header, tensors: dict[str, np.ndarray]) -> Model:
    """The model without its weights, with what left-out rows say of its intervals."""
    features, targets = (_restored_scaling(header["scaling"][role]) for role in ("features", "targets"))
    inputs, nothing, calibration = typed(Inputs, header["inputs"]), torch.empty(0), header["calibration"]
    if features is None:
        raise ValueError("the features' scaling is missing")
    if isinstance(settings, VaeSettings):
        likelihoods = Columns.named(header["likelihoods"], inputs.categories)
        posteriors = Columns.named(header["families"], (0,) * len(calibration))
        return Vae(settings, inputs, likelihoods, posteriors, features, targets, 1, nothing, torch.tensor(calibration))
    if targets is None:
        raise ValueError("the targets' scaling is missing")
    stacking = Stacking(*(torch.tensor(calibration[name]) for name in ("weights", "noise", "epistemic", "between")))
    if stacking.noise.shape != (len(settings.kl_weights), len(targets.loc)):
        raise ValueError("the calibration does not fit the groups and targets")
    members = settings.members * len(settings.kl_weights)
    recalibration = Recalibration.none(len(targets.loc))
    if header["recalibration"] is not None:
        recalibration = Recalibration.of(torch.from_numpy(tensors["pit"]))
    if recalibration.needed.shape[1:] != targets.loc.shape:
        raise ValueError("the left-out rows' probabilities are not one for each target")
    rows = header["result"]["rows"]
    head = Columns.named(header["families"], (0,) * len(targets.loc), location_only=settings.noise_model == "constant")
    bnn = Bnn(settings, inputs, features, targets, head, members, rows, nothing, stacking, recalibration)
    if "guarantee.scores" not in tensors:
        return bnn
    scores, fold = (torch.from_numpy(tensors[f"guarantee.{name}"]) for name in ("scores", "fold"))
    if scores.shape[1:] != targets.loc.shape or scores.dtype != torch.float64 or fold.dtype != torch.int64:
        raise ValueError("the guarantee's scores are not one for each target")
    if not len(fold) or not 0 <= int(fold.min()) <= int(fold.max()) < settings.members:
        raise ValueError("the guarantee's folds are not the members'")
    return replace(bnn, guarantee=Guarantee(scores, fold, torch.empty(0, dtype=torch.int64)))


def check(model: Model, features: Sequence[Column], targets: Sequence[Column], tensors: dict[str, np.ndarray]) -> None:
    """Raise ValueError where shapes differ that a computation would quietly broadcast, or words are none."""
    wrong = [name for name, view in model.named().items() if tensors[name].shape != tuple(view.shape)]
    if wrong:
        raise ValueError(f"tensor '{wrong[0]}' has the shape {tensors[wrong[0]].shape}")
    words = [word for column in (*features, *targets) for word in (column.name, *column.categories)]
    if not all(isinstance(word, str) for word in words):
        raise ValueError("a column's name or category is not a text")
    counts, scaling, masked = tuple(len(each.categories) for each in features), model.features.loc, model.inputs.masked
    if isinstance(model, Vae):
        _check_likelihoods(model.likelihoods.names, counts)
    if len({column.name for column in (*features, *targets)}) < len(features) + len(targets):
        raise ValueError("two columns have one name")
    outputs = len(targets) if model.targets else model.settings.latent if isinstance(model, Vae) else 0
    if counts != model.inputs.categories or not len(counts) == len(scaling) == len(masked):
        raise ValueError("the features' columns, layout and scaling are not of one length")
    if (model.targets is None) != (not targets) or (model.targets and len(model.targets.loc) != outputs):
        raise ValueError("the targets' columns and scaling are not of one length")
    if isinstance(model, Vae) and not (
        model.calibration.shape == (outputs,) and model.calibration.isfinite().all() and (model.calibration > 0).all()
    ):
        raise ValueError("the calibration is not a finite, positive number for each target")
    if (
        tensors["rows"].ndim != 2
        or tensors["rows"].shape[1] != len(features) + len(targets)
        or not tensors["rows"].size
    ):
        raise ValueError("its rows have another width than its columns, or there are none")


def _check_likelihoods(kinds: Sequence[str], counts: Sequence[int]) -> None:
    """The same for the columns' distributions. counts: of the columns' words."""
    if not set(kinds) <= set(get_args(Likelihood)):
        raise ValueError("a likelihood is unknown")
    if [kind == "categorical" for kind in kinds] != [count > 0 for count in counts]:
        raise ValueError("the likelihoods are not one for each feature, or do not suit it")


def typed(kind: type[T], stored: dict[str, Any]) -> T:
    """A record from JSON; TypeError where a value has another type than its field."""
    values, hints = _tuples(stored), get_type_hints(kind)
    wrong = [name for name, value in values.items() if name in hints and not _fits(value, hints[name])]
    if wrong:
        raise TypeError(f"'{wrong[0]}' is {stored[wrong[0]]!r}"[:80])
    return kind(**values)


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return any(_fits(value, part) for part in parts)
    if origin in {tuple, Sequence}:
        return isinstance(value, tuple) and all(_fits(each, parts[0]) for each in value)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    if hint is float:
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, hint)


def _tuples(stored: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that they were."""
    return {
        name: tuple(tuple(each) if isinstance(each, list) else each for each in value)
        if isinstance(value, list)
        else value
        for name, value in stored.items()
    }


def _restored_scaling(stored: dict[str, list[float]] | None) -> Scaling | None:
    if stored is None:
        return None
    loc, scale = (torch.tensor(stored[name], dtype=torch.float64) for name in ("loc", "scale"))
    if loc.shape != scale.shape or not ((loc.abs() < _LARGEST) & (scale < _LARGEST) & (scale > 1 / _LARGEST)).all():
        raise ValueError("the scaling is not finite and positive")
    return Scaling(loc, scale)
