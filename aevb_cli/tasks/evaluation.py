"""A model judged on a table whose targets are known: scores, intervals that hold or do not, and gates for CI."""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.mixture import Mixture, in_batches
from aevb_cli.core.parallel import Map, mapper, threads
from aevb_cli.core.vae.importance import importance_log_px
from aevb_cli.core.vae.model import Vae
from aevb_cli.errors import DataError, ModelFileError, RequirementError, UsageError
from aevb_cli.modelfile import TrainedModel
from aevb_cli.tables import RawTable, Unseen
from aevb_cli.tasks.prediction import check_reach, needed

CURVE = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""The nominal levels of the calibration curve, which is that of the mixture's own intervals."""

BY_LEVEL = ("coverage", "width", "calibration")
"""The scores that hold an object keyed by level."""

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_REQUIREMENT = re.compile(
    rf"\s*([a-z_]+)(?:@({_NUMBER}))?\s*(>=|<=|>|<)\s*([-+]?(?:{_NUMBER})(?:e[-+]?\d+)?)\s*", re.ASCII | re.IGNORECASE
)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

Scores = dict[str, Any]
"""JSON values; with several targets an object keyed by target in place of a number."""


@dataclass(frozen=True)
class Requirement:
    """One gate, say `coverage@0.9>=0.85`."""

    text: str
    metric: str
    level: str | None
    compare: str
    bound: float

    @classmethod
    def read(cls, text: str) -> "Requirement":
        """Parse it; UsageError with the form where it has another."""
        found = _REQUIREMENT.fullmatch(text)
        if not found:
            raise UsageError(f"--require '{text}': not a requirement. Write, say, 'coverage@0.9>=0.85' or 'rmse<2'.")
        metric, level, compare, bound = found.groups()
        return cls(text, metric.lower(), level and f"{float(level):.10g}", compare, float(bound))


@dataclass(frozen=True)
class Asked:
    """What the options ask for: levels of intervals, draws of the weights, samples of log p(x)."""

    levels: Sequence[float]
    draws: int
    samples: int
    seed: int
    unseen: Unseen
    threads: int | None = None


def scores(model: TrainedModel, raw: RawTable, asked: Asked) -> Scores:
    """Score a model on a table, in the targets' units; log-densities in nats per row.

    Raises
    ------
    DataError
        a column is missing, a cell that is needed is empty, or a number is too far from all that was trained on.
    ModelFileError
        a score is not finite, as no training leaves it.
    """
    table = raw.conforming([*model.features, *model.targets], unseen=asked.unseen)
    values = torch.from_numpy(np.ascontiguousarray(table.values))
    x, z = values[:, : len(model.features)], values[:, len(model.features) :]
    must = np.concatenate([needed(model, asked.unseen), np.ones(z.shape[1], bool)])
    empty = np.isnan(table.values) & must
    if empty.any():
        row, place = np.argwhere(empty)[0]
        raise DataError(
            f"{raw.source}, record {row + 1}, column '{table.names[place]}': the cell is empty, as in "
            f"{empty.any(1).sum()} record(s) in all. Only whole records can be scored: fill them or drop them."
        )
    check_reach(raw.source, model.features, model.model.features, x.numpy())
    if model.model.targets:
        check_reach(raw.source, model.targets, model.model.targets, z.numpy())
    generator = Generator().manual_seed(asked.seed)
    result: Scores = {"rows": len(x)}
    if model.targets:
        result |= _target_scores(model, x, z, asked, generator)
    if isinstance(model.model, Vae):
        result |= _evidence(model.model, x, asked.samples, generator)
    if not _finite(result):
        raise ModelFileError(
            f"What the model says of {raw.source} is not finite: its weights are damaged. Train it again."
        )
    return result


def _finite(entry: Any) -> bool:
    return all(map(_finite, entry.values())) if isinstance(entry, dict) else math.isfinite(entry)


def check(result: Scores, requirements: Sequence[Requirement]) -> None:
    """Raise RequirementError for the first that is unmet; UsageError where there is no such score."""
    for requirement in requirements:
        meant = _meant(result, requirement)
        if not meant:
            known = ", ".join(name for name in result if name not in BY_LEVEL)
            raise UsageError(
                f"--require '{requirement.text}': there is no such score. There are {known} and coverage@LEVEL, "
                "width@LEVEL with each --interval LEVEL."
            )
        for place, number in meant:
            if not _COMPARE[requirement.compare](number, requirement.bound):
                raise RequirementError(f"Required {requirement.text}, found {number:.6g}{place}.")


def _meant(result: Scores, requirement: Requirement) -> list[tuple[str, float]]:
    """The numbers that a requirement is about, each with its place: of every target, and of every level or the one."""
    entry, levelled = result.get(requirement.metric), requirement.metric in BY_LEVEL
    if entry is None or (requirement.level is not None and not levelled):
        return []
    several = isinstance(entry, dict) and isinstance(result["rmse"], dict)
    found = []
    for target, value in entry.items() if several else [(None, entry)]:
        of = f" for '{target}'" if several else ""
        levels = value if levelled else {None: value}
        chosen = levels if requirement.level is None else [level for level in levels if level == requirement.level]
        found += [(f"{of} at {level}" if levelled else of, float(levels[level])) for level in chosen]
    return found


def _target_scores(model: TrainedModel, x: Tensor, z: Tensor, asked: Asked, generator: Generator) -> Scores:
    def summary(p: Mixture, z: Tensor) -> dict[str, Tensor]:
        found = {
            "error": p.mean - z,
            "log_likelihood": p.log_prob(z),
            "crps": p.crps(z),
            "pit": p.cdf(z),
            "aleatoric": p.aleatoric.square(),
            "epistemic": p.epistemic.square(),
        }
        for level in asked.levels:
            lower, upper = p.interval(level)
            found[f"width {level:.10g}"] = upper - lower
            found[f"inside {level:.10g}"] = ((z >= lower) & (z <= upper)).double()
        return found

    mapped: Map[int, dict[str, Tensor]] = mapper(threads(asked.threads))
    per_row = in_batches(model.model.drawn(asked.draws, generator), summary, x, z, mapped=mapped)
    each = {
        target.name: _summed({name: values[:, place].numpy() for name, values in per_row.items()}, asked.levels)
        for place, target in enumerate(model.targets)
    }
    if len(each) == 1:
        return next(iter(each.values()))
    return {name: {target: found[name] for target, found in each.items()} for name in next(iter(each.values()))}


def _summed(row: dict[str, np.ndarray], levels: Sequence[float]) -> Scores:
    """One target's scores from its rows' (N,)."""
    central = np.abs(2 * row["pit"] - 1)
    variance = float(row["aleatoric"].mean() + row["epistemic"].mean())
    return {
        "rmse": float(np.sqrt((row["error"] ** 2).mean())),
        "log_likelihood": float(row["log_likelihood"].mean()),
        "crps": float(row["crps"].mean()),
        "coverage": {f"{level:.10g}": float(row[f"inside {level:.10g}"].mean()) for level in levels},
        "width": {f"{level:.10g}": float(row[f"width {level:.10g}"].mean()) for level in levels},
        "calibration": {f"{level:.10g}": float((central <= level).mean()) for level in CURVE},
        "aleatoric_share": float(row["aleatoric"].mean()) / variance,
        "epistemic_share": float(row["epistemic"].mean()) / variance,
    }


def _evidence(vae: Vae, x: Tensor, samples: int, generator: Generator) -> Scores:
    """The ELBO and log p(x), nats per row, and the Monte-Carlo error of the latter's mean."""
    elbo, log_px, variance = 0.0, 0.0, 0.0
    for rows in x.split(1024):
        weights = vae.log_weights(rows, vae.noise(samples, len(rows), generator))
        estimate, error = importance_log_px(weights)
        elbo += float(weights.mean(0).sum())
        log_px += float(estimate.sum())
        variance += float(error.square().sum())
    return {"elbo": elbo / len(x), "log_px": log_px / len(x), "log_px_error": variance**0.5 / len(x)}
