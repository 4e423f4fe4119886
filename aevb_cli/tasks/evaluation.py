"""Score a model on a table whose targets are known."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.families import FAMILIES
from aevb_cli.core.mixture import Mixture, in_batches
from aevb_cli.core.models import MODELS
from aevb_cli.core.parallel import Map, mapper, threads
from aevb_cli.errors import DataError, ModelFileError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import DRAWS, IMPORTANCE_SAMPLES, INTERVAL, Gaps, Unseen
from aevb_cli.tables import RawTable, Table
from aevb_cli.tasks import requirements as names
from aevb_cli.tasks import seen
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.outside import Outside
from aevb_cli.tasks.possible import check_possible
from aevb_cli.tasks.reach import check_reach
from aevb_cli.tasks.requirements import CURVE, Requirement, Scores, key


@dataclass(frozen=True)
class EvaluateRequest:
    """The options of an evaluation.

    levels: of intervals; further: those that requirements name; draws: of the weights; importance_samples: of log p(x);
    missing: of values that every training row had.
    """

    levels: Sequence[float] = (INTERVAL,)
    draws: int = DRAWS
    importance_samples: int = IMPORTANCE_SAMPLES
    seed: int = 0
    unseen: Unseen = "error"
    missing: Gaps = "average"
    threads: int | None = None
    further: Sequence[float] = ()

    @property
    def all_levels(self) -> list[float]:
        """Every level once, in the order given."""
        return list({key(level): level for level in (*self.levels, *self.further)}.values())


@dataclass(frozen=True)
class Evaluation:
    """Scores, and what to warn of: rows that were skipped, that are known from training, or lie outside of it."""

    scores: Scores
    warnings: tuple[str, ...]


def evaluate(model: TrainedModel, raw: RawTable, request: EvaluateRequest) -> Evaluation:
    """Score a model on the rows of a table whose targets are known, in the targets' units; nats per row.

    With several targets a row counts for those that it has.

    Raises
    ------
    DataError
        a column is missing, no target is known, a cell is empty and must not be, or a number is too far from the
        training rows.
    ModelFileError
        a score is not finite, which only damaged weights cause.
    """
    rows = _known_rows(model, raw, request)
    values, known = torch.from_numpy(np.ascontiguousarray(rows.table.values)), seen.seen(model, rows.table.values)
    x, z = values[:, : len(model.features)], values[:, len(model.features) :]
    generator = Generator().manual_seed(request.seed)
    result: Scores = {"rows": len(x), "skipped": rows.skipped, "training_rows": known.equal}
    if model.targets:
        result |= _target_scores(model, x, z, request, generator)
    if evidence := MODELS[model.model.settings.kind].evidence:
        result |= asdict(evidence(model.model, x, request.importance_samples, generator))
    if not _finite(result):
        raise ModelFileError(
            f"The model's scores on {raw.source} are not finite: its weights are damaged. Train it again."
        )
    return Evaluation(result, (*rows.notes, *([seen.sentence(model, known)] if known.told else ())))


def check_names(model: TrainedModel, requirements: Sequence[Requirement]) -> None:
    """Raise UsageError if a requirement names a score, a target or a level that an evaluation of the model lacks."""
    of_x = MODELS[model.model.settings.kind].evidence is not None
    names.check_names(requirements, [target.name for target in model.targets], of_x=of_x)


@dataclass(frozen=True)
class _Rows:
    """The rows to score, features then targets; how many were skipped, and notes on both."""

    table: Table
    skipped: int
    notes: tuple[str, ...]


def _known_rows(model: TrainedModel, raw: RawTable, request: EvaluateRequest) -> _Rows:
    """The rows with a known target, all where z is hidden, but those to be skipped; DataError as `evaluate`."""
    table, count = raw.conforming(model.features, targets=model.targets, unseen=request.unseen), len(model.features)
    gaps, outside = GapCount(model, request.missing), Outside(model)
    kept = np.asarray(~np.isnan(table.values[:, count:]).all(1) if model.targets else np.ones(len(table), bool))
    unknown = len(table) - int(kept.sum())
    notes = [f"{unknown} of {len(table)} rows were skipped: their target is not known."] if unknown else []
    _check_some(model, raw.source, kept)
    gaps.check(raw.source, [(table.values[kept], np.flatnonzero(kept) + 1)])
    kept[kept] = ~gaps.add(table.values[kept])
    notes += gaps.sentences("scored")
    if not kept.any():
        raise DataError(f"{raw.source}: {notes[-1]} Nothing can be scored: choose --missing average.")
    records, skipped, table = np.flatnonzero(kept) + 1, len(table) - int(kept.sum()), table.rows(kept)
    x, z = table.values[:, :count], table.values[:, count:]
    check_reach(raw.source, model.features, model.model.features, x, records)
    if model.model.targets:
        families = MODELS[model.model.settings.kind].header(model.model)["families"]["targets"]
        check_possible(raw.source, model.targets, families, model.model.targets, z, records)
        check_reach(raw.source, model.targets, model.model.targets, z, records)
    outside.add(x, records)
    return _Rows(table, skipped, (*notes, *outside.sentences()))


def _check_some(model: TrainedModel, source: str, kept: np.ndarray) -> None:
    """Raise DataError where no row has a target. kept: (N,), which rows have one."""
    if not kept.any():
        listed = ", ".join(f"'{target.name}'" for target in model.targets)
        raise DataError(f"{source}: no record has a value of {listed}: nothing can be scored. Fill the column.")


def _finite(entry: Any) -> bool:
    if isinstance(entry, dict):
        return all(map(_finite, entry.values()))
    return isinstance(entry, str) or math.isfinite(entry)


def _target_scores(model: TrainedModel, x: Tensor, z: Tensor, request: EvaluateRequest, generator: Generator) -> Scores:
    """The scores of each target that is known in some row; of several targets each is an object keyed by target."""
    levels, known = request.all_levels, ~z.isnan()

    def summary(p: Mixture, z: Tensor) -> dict[str, Tensor]:
        return _row_scores(p, z, levels)

    mapped: Map[int, dict[str, Tensor]] = mapper(threads(request.threads))
    # An unknown target needs some value, whose scores are left out below.
    per_row = in_batches(model.model.drawn(request.draws, generator), summary, x, z.nan_to_num(), mapped=mapped)
    families = MODELS[model.model.settings.kind].header(model.model)["families"]["targets"]
    each = {
        target.name: {"measure": FAMILIES[family].measure}
        | _means({name: values[known[:, place], place].numpy() for name, values in per_row.items()}, levels)
        for place, (target, family) in enumerate(zip(model.targets, families, strict=True))
        if known[:, place].any()
    }
    if len(model.targets) == 1:
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
        found[f"width {key(level)}"] = upper - lower
        found[f"inside {key(level)}"] = ((z >= lower) & (z <= upper)).double()
    return found


def _means(row: dict[str, np.ndarray], levels: Sequence[float]) -> Scores:
    """One target's scores from its rows' contributions, (N,) each."""
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
