"""The scores of each kind of target: what a row contributes, and the means over rows."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from aevb_cli.core.classes import Classes, calibration_error
from aevb_cli.core.mixture import Mixture
from aevb_cli.core.models import targets_are
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks.appended import Appended, labels
from aevb_cli.tasks.requirements import CURVE, RANKED, Scores, key

OfRows = Mapping[str, np.ndarray]
"""What rows contribute to one target's scores by name, (N,) each."""


def of_rows(
    model: TrainedModel, p: Mixture, z: Tensor, levels: Sequence[float], *, per_class: bool
) -> dict[str, Tensor]:
    """What each row contributes to each target's scores, as `PLACE NAME`. z: (N, J), in units, classes as codes."""
    found: dict[str, Tensor] = {}
    numbers = None if all(targets_are(model.model, "class")) else _of_numbers(p, z, levels)
    for place, is_class in enumerate(targets_are(model.model, "class")):
        if is_class:
            own = _of_class(model, p, z[:, place], place, levels, per_class=per_class)
        else:
            own = {name: values[:, place] for name, values in (numbers or {}).items()}
        found |= {f"{place} {name}": values for name, values in own.items()}
    return found


def of_target(model: TrainedModel, place: int, rows: Mapping[str, np.ndarray], levels: Sequence[float]) -> Scores:
    """One target's scores. rows: what some rows contribute, as `of_rows` names it."""
    prefix = f"{place} "
    own = {name.removeprefix(prefix): values for name, values in rows.items() if name.startswith(prefix)}
    if targets_are(model.model, "class")[place]:
        return _of_classes(labels(model, place), own, levels)
    return {"measure": model.model.target_families[place].measure} | _means(own, levels)


def ranked(model: TrainedModel, place: int) -> bool:
    """Whether a target's classes are ranks."""
    return targets_are(model.model, "class")[place] and _ascending(labels(model, place))


def _of_numbers(p: Mixture, z: Tensor, levels: Sequence[float]) -> dict[str, Tensor]:
    """Numbers and counts, (N, J) each."""
    found = {
        "error": p.mean - z,
        "log_likelihood": p.log_prob(z),
        "crps": p.crps(z),
        "pit": p.pit(z),
        "aleatoric": p.aleatoric.square(),
        "epistemic": p.epistemic.square(),
    }
    for level in levels:
        lower, upper = p.interval(level)
        found[f"width {key(level)}"] = upper - lower
        found[f"inside {key(level)}"] = ((z >= lower) & (z <= upper)).double()
    return found


def _of_class(
    model: TrainedModel, p: Mixture, z: Tensor, place: int, levels: Sequence[float], *, per_class: bool
) -> dict[str, Tensor]:
    """A class. z: (N,), codes."""
    classes = Classes.of(p, place)
    found = {
        "log_likelihood": classes.log_prob(z),
        "correct": (classes.predicted == z).double(),
        "confidence": classes.probability.amax(-1),
        "brier": classes.brier(z),
        RANKED: classes.rps(z),
        "aleatoric": classes.aleatoric,
        "epistemic": classes.epistemic,
        "observed": z,
    }
    observed = Appended(per_class=per_class).observed(model, place)
    for level in levels:
        held = p.class_set(place, level, observed)
        found[f"size {key(level)}"] = held.double().sum(-1)
        found[f"inside {key(level)}"] = held.gather(-1, z.long()[:, None])[:, 0].double()
    return found


def _means(row: OfRows, levels: Sequence[float]) -> Scores:
    """The scores of a number or a count."""
    central = np.abs(2 * row["pit"] - 1)
    variance = float(row["aleatoric"].mean() + row["epistemic"].mean())
    return {
        "rmse": float(np.sqrt((row["error"] ** 2).mean())),
        "log_likelihood": float(row["log_likelihood"].mean()),
        "crps": float(row["crps"].mean()),
        "coverage": {key(level): float(row[f"inside {key(level)}"].mean()) for level in levels},
        "width": {key(level): float(row[f"width {key(level)}"].mean()) for level in levels},
        "calibration": {key(level): float((central <= level).mean()) for level in CURVE},
        "aleatoric_share": float(row["aleatoric"].mean()) / variance,
        "epistemic_share": float(row["epistemic"].mean()) / variance,
    }


def _of_classes(words: Sequence[str], row: OfRows, levels: Sequence[float]) -> Scores:
    """The scores of a class; its uncertainties are shares of the entropy."""
    entropy = max(float(row["aleatoric"].mean() + row["epistemic"].mean()), 1e-300)
    seen = [(word, row["observed"] == code) for code, word in enumerate(words) if (row["observed"] == code).any()]
    ranks = {RANKED: float(row[RANKED].mean())} if _ascending(words) else {}
    return {
        "measure": "probability",
        "accuracy": float(row["correct"].mean()),
        "log_likelihood": float(row["log_likelihood"].mean()),
        "log_loss": -float(row["log_likelihood"].mean()),
        "brier": float(row["brier"].mean()),
        **ranks,
        "ece": calibration_error(row["confidence"], row["correct"]),
        "coverage": {key(level): float(row[f"inside {key(level)}"].mean()) for level in levels},
        "set_size": {key(level): float(row[f"size {key(level)}"].mean()) for level in levels},
        "coverage_by_class": {
            key(level): {word: float(row[f"inside {key(level)}"][rows].mean()) for word, rows in seen}
            for level in levels
        },
        "aleatoric_share": float(row["aleatoric"].mean()) / entropy,
        "epistemic_share": float(row["epistemic"].mean()) / entropy,
    }


def _ascending(words: Sequence[str]) -> bool:
    """Whether classes are ranks: more than two numbers in ascending order. Of two it is the Brier score."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return False
    return len(numbers) > 2 and all(low < high for low, high in itertools.pairwise(numbers))


def finite(entry: Any) -> bool:
    """Whether every number of some scores is."""
    if isinstance(entry, dict):
        return all(map(finite, entry.values()))
    return isinstance(entry, str) or math.isfinite(entry)
