"""Score a model on a table whose targets are known, and check requirements on the scores."""

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.mixture import Mixture, in_batches
from aevb_cli.core.models import MODELS
from aevb_cli.core.parallel import Map, mapper, threads
from aevb_cli.errors import DataError, ModelFileError, RequirementError, UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import DRAWS, IMPORTANCE_SAMPLES, INTERVAL
from aevb_cli.tables import RawTable, Table, Unseen
from aevb_cli.tasks.prediction import check_reach, required

CURVE = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""The nominal levels of the calibration curve, the coverage of the mixture's equal-tailed intervals."""

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
    """A requirement on a score, say `coverage@0.9>=0.85`."""

    text: str
    metric: str
    level: str | None
    compare: str
    bound: float

    @classmethod
    def read(cls, text: str) -> "Requirement":
        """Parse a requirement; UsageError if it has another form."""
        found = _REQUIREMENT.fullmatch(text)
        if not found:
            raise UsageError(f"--require '{text}': not a requirement. Write, say, 'coverage@0.9>=0.85' or 'rmse<2'.")
        metric, level, compare, bound = found.groups()
        return cls(text, metric.lower(), level and f"{float(level):.10g}", compare, float(bound))


@dataclass(frozen=True)
class EvaluateRequest:
    """The options of an evaluation. levels: of intervals; draws: of the weights; importance_samples: of log p(x)."""

    levels: Sequence[float] = (INTERVAL,)
    draws: int = DRAWS
    importance_samples: int = IMPORTANCE_SAMPLES
    seed: int = 0
    unseen: Unseen = "error"
    threads: int | None = None


def evaluate(model: TrainedModel, raw: RawTable, request: EvaluateRequest) -> Scores:
    """Score a model on a table, in the targets' units; log-densities in nats per row.

    Raises
    ------
    DataError
        a column is missing, a required cell is empty, or a number is too far from the training rows.
    ModelFileError
        a score is not finite, which only damaged weights cause.
    """
    table = raw.conforming([*model.features, *model.targets], unseen=request.unseen)
    _check_complete(model, raw.source, table, request.unseen)
    values = torch.from_numpy(np.ascontiguousarray(table.values))
    x, z = values[:, : len(model.features)], values[:, len(model.features) :]
    check_reach(raw.source, model.features, model.model.features, x.numpy())
    if model.model.targets:
        check_reach(raw.source, model.targets, model.model.targets, z.numpy())
    generator = Generator().manual_seed(request.seed)
    result: Scores = {"rows": len(x)}
    if model.targets:
        result |= _target_scores(model, x, z, request, generator)
    if evidence := MODELS[model.model.settings.kind].evidence:
        result |= asdict(evidence(model.model, x, request.importance_samples, generator))
    if not _finite(result):
        raise ModelFileError(
            f"The model's scores on {raw.source} are not finite: its weights are damaged. Train it again."
        )
    return result


def _check_complete(model: TrainedModel, source: str, table: Table, unseen: Unseen) -> None:
    """Raise DataError if a required cell is empty; it names the first and counts the rows."""
    must = np.concatenate([required(model, unseen), np.ones(len(model.targets), bool)])
    empty = np.isnan(table.values) & must
    if empty.any():
        row, place = np.argwhere(empty)[0]
        raise DataError(
            f"{source}, record {row + 1}, column '{table.names[place]}': the cell is empty, as in "
            f"{empty.any(1).sum()} record(s) in all. Only complete records can be scored: fill them or drop them."
        )


def _finite(entry: Any) -> bool:
    return all(map(_finite, entry.values())) if isinstance(entry, dict) else math.isfinite(entry)


def check(result: Scores, requirements: Sequence[Requirement]) -> None:
    """Raise RequirementError for the first requirement that is not met; UsageError if there is no such score."""
    for requirement in requirements:
        found = list(_scores_of(result, requirement))
        if not found:
            known = ", ".join(name for name in result if name not in BY_LEVEL)
            raise UsageError(
                f"--require '{requirement.text}': there is no such score. There are {known} and coverage@LEVEL, "
                "width@LEVEL with each --interval LEVEL."
            )
        for place, number in found:
            if not _COMPARE[requirement.compare](number, requirement.bound):
                raise RequirementError(f"Required {requirement.text}, found {number:.6g}{place}.")


def _scores_of(result: Scores, requirement: Requirement) -> Iterator[tuple[str, float]]:
    """The scores of a requirement, with their target and level in words: of all targets, and its level or all."""
    entry, by_level = result.get(requirement.metric), requirement.metric in BY_LEVEL
    if entry is None or (requirement.level is not None and not by_level):
        return
    several = isinstance(entry, dict) and isinstance(result["rmse"], dict)
    for target, value in entry.items() if several else [(None, entry)]:
        of = f" for '{target}'" if several else ""
        for level, score in value.items() if by_level else [(None, value)]:
            if requirement.level in {None, level}:
                yield (f"{of} at {level}" if by_level else of), float(score)


def _target_scores(model: TrainedModel, x: Tensor, z: Tensor, request: EvaluateRequest, generator: Generator) -> Scores:
    """The scores of each target; with several targets each is an object keyed by target."""

    def summary(p: Mixture, z: Tensor) -> dict[str, Tensor]:
        return _row_scores(p, z, request.levels)

    mapped: Map[int, dict[str, Tensor]] = mapper(threads(request.threads))
    per_row = in_batches(model.model.drawn(request.draws, generator), summary, x, z, mapped=mapped)
    each = {
        target.name: _means({name: values[:, place].numpy() for name, values in per_row.items()}, request.levels)
        for place, target in enumerate(model.targets)
    }
    if len(each) == 1:
        return next(iter(each.values()))
    return {name: {target: found[name] for target, found in each.items()} for name in next(iter(each.values()))}


def _row_scores(p: Mixture, z: Tensor, levels: Sequence[float]) -> dict[str, Tensor]:
    """Each row's contributions to the scores. z: (N, J), in units. Returns (N, J) each."""
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
        found[f"width {level:.10g}"] = upper - lower
        found[f"inside {level:.10g}"] = ((z >= lower) & (z <= upper)).double()
    return found


def _means(row: dict[str, np.ndarray], levels: Sequence[float]) -> Scores:
    """One target's scores from its rows' contributions, (N,) each."""
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
