"""Score a model on a table whose targets are known."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli.core.data.layout import UNSEEN
from aevb_cli.core.device import on
from aevb_cli.core.mixture import BATCH, Mixture, in_batches
from aevb_cli.core.models import MODELS, targets_are
from aevb_cli.core.parallel import Map, mapper, threads
from aevb_cli.errors import DataError, ModelFileError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.progress import UNTOLD, Waiting
from aevb_cli.settings import DRAWS, IMPORTANCE_SAMPLES, INTERVAL, Device, Gaps, Unseen
from aevb_cli.tables import RawTable, Table, Words
from aevb_cli.tables.kinds import cells, meaning, numerals
from aevb_cli.tasks import requirements as names
from aevb_cli.tasks import scores, seen
from aevb_cli.tasks.appended import labels
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.outside import Outside
from aevb_cli.tasks.possible import check_possible
from aevb_cli.tasks.reach import check_reach
from aevb_cli.tasks.requirements import Requirement, Scores, key
from aevb_cli.tasks.synthetic import scores as synthetic


@dataclass(frozen=True)
class EvaluateRequest:
    """The options of an evaluation.

    levels: of intervals; further: those that requirements name; draws: of the weights; importance_samples: of log p(x);
    missing: of values that every training row had; by: a column, whose groups are scored, too; per_class: sets hold
    each class as often as the level says by itself; device: of the networks, which is there; synthetic: made-up rows,
    which are judged beside the table's; waiting: is told how many rows are scored, and of how many.
    """

    levels: Sequence[float] = (INTERVAL,)
    draws: int = DRAWS
    importance_samples: int = IMPORTANCE_SAMPLES
    seed: int = 0
    unseen: Unseen = "error"
    missing: Gaps = "average"
    threads: int | None = None
    further: Sequence[float] = ()
    by: str | None = None
    per_class: bool = False
    device: Device = "cpu"
    synthetic: RawTable | None = None
    waiting: Waiting = UNTOLD

    @property
    def all_levels(self) -> list[float]:
        """Every level once, in the order given."""
        return list({key(level): level for level in (*self.levels, *self.further)}.values())


@dataclass(frozen=True)
class Evaluation:
    """Scores, and what to warn of: rows that were skipped, that are known from training, or lie outside of it.

    notes: what the scores of made-up rows mean.
    """

    scores: Scores
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()


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
    model = replace(model, model=on(model.model, request.device))
    rows = _known_rows(model, raw, request)
    request.waiting.expect(len(rows.table))
    values, known = torch.from_numpy(np.ascontiguousarray(rows.table.values)), _seen(model, rows.table)
    x, z = values[:, : len(model.features)], values[:, len(model.features) :]
    generator = Generator().manual_seed(request.seed)
    result: Scores = {"rows": len(x), "skipped": rows.skipped, "training_rows": known.equal}
    if model.targets:
        z = model.model.targets.coded(z)  # type: ignore[union-attr]
        result |= _target_scores(model, x, z, request, generator, rows.by)
    if evidence := MODELS[model.model.settings.kind].evidence:
        result |= asdict(evidence(model.model, x, request.importance_samples, generator))
        for name, some in _groups(rows.by).items():
            group = result.setdefault("by", {}).setdefault(name, {"rows": int(some.sum())})
            group |= asdict(evidence(model.model, x[some], request.importance_samples, generator))
    if not scores.finite(result):
        raise ModelFileError(
            f"The model's scores on {raw.source} are not finite: its weights are damaged. Train it again."
        )
    warnings = (*rows.notes, *([seen.sentence(model, known)] if known.told else ()))
    if request.synthetic is None:
        return Evaluation(result, warnings)
    judged = synthetic.judge(model, raw, request.synthetic, request.seed)
    return Evaluation(result | judged.scores, warnings, judged.sentences)


def _seen(model: TrainedModel, table: Table) -> seen.Seen:
    """How many of a table's rows are known to have been trained on."""
    return seen.seen(model, table.values, "" if len(model.rows) else table.digest())


def check_names(model: TrainedModel, requirements: Sequence[Requirement], *, made_up: bool = False) -> None:
    """Raise UsageError if a requirement names a score, a target or a level that an evaluation of the model lacks.

    made_up: whether made-up rows are judged.
    """
    of_x, classes = MODELS[model.model.settings.kind].evidence is not None, targets_are(model.model, "class")
    targets = dict(zip([target.name for target in model.targets], classes, strict=True))
    ranked = [target.name for place, target in enumerate(model.targets) if scores.ranked(model, place)]
    names.check_names(requirements, targets, of_x=of_x, ranked=ranked, made_up=made_up)


@dataclass(frozen=True)
class _Rows:
    """The rows to score, features then targets; how many were skipped, notes on both, and the cells to group by."""

    table: Table
    skipped: int
    notes: tuple[str, ...]
    by: Words | None


def _known_rows(model: TrainedModel, raw: RawTable, request: EvaluateRequest) -> _Rows:
    """The rows with a known target, all where z is hidden, but those to be skipped; DataError as `evaluate`."""
    table, count = raw.conforming(model.features, targets=model.targets, unseen=request.unseen), len(model.features)
    by = None if request.by is None else raw.cells_of(request.by, "--by")
    new = _new_classes(model, raw, table.values[:, count:], request.unseen)
    gaps, outside = GapCount(model, request.missing), Outside(model)
    kept = np.asarray(~np.isnan(table.values[:, count:]).all(1) if model.targets else np.ones(len(table), bool))
    unknown = len(table) - int(kept.sum())
    notes = [f"{unknown} of {len(table)} rows were skipped: their target is not known."] if unknown else []
    notes += [f"{new} of {len(table)} rows have a class that did not train: it counts as not known."] if new else []
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
        families = [family.name for family in model.model.target_families]
        check_possible(raw.source, model.targets, families, model.model.targets, z, records)
        check_reach(raw.source, model.targets, model.model.targets, z, records)
    outside.add(x, records)
    by = by and replace(by, index=by.index[records - 1])
    return _Rows(table, skipped, (*notes, *outside.sentences()), by)


def _new_classes(model: TrainedModel, raw: RawTable, z: np.ndarray, unseen: Unseen) -> int:
    """How many rows have a class that did not train; its cells are NaN, or become it. z: (N, J), changed in place.

    DataError for a number that is none of two, with `unseen` "error"; words are refused while they are read.
    """
    words = [target for target in model.targets if target.categories]
    new = np.zeros(len(z), bool)
    if words and unseen == "missing":
        new |= (raw.conforming(words, unseen=unseen).values == UNSEEN).any(1)
    for place, (target, is_class) in enumerate(zip(model.targets, targets_are(model.model, "class"), strict=True)):
        if not is_class or target.categories:
            continue
        codes = model.model.targets.coded(torch.from_numpy(z)).numpy()[:, place]  # type: ignore[union-attr]
        other = ~np.isnan(codes) & ~np.isin(codes, [0, 1])
        if other.any() and unseen == "error":
            column = replace(target, categories=tuple(labels(model, place)))
            rows = np.flatnonzero(other).tolist()
            named = [(raw.first + row, meaning.code_text(float(z[row, place]))) for row in rows]
            raise cells.Misfits(column, len(named), tuple(named[:3])).error(raw.place)
        z[other, place], new = np.nan, new | other
    return int(new.sum())


def _check_some(model: TrainedModel, source: str, kept: np.ndarray) -> None:
    """Raise DataError where no row has a target. kept: (N,), which rows have one."""
    if not kept.any():
        listed = ", ".join(f"'{target.name}'" for target in model.targets)
        raise DataError(f"{source}: no record has a value of {listed}: nothing can be scored. Fill the column.")


def _target_scores(
    model: TrainedModel, x: Tensor, z: Tensor, request: EvaluateRequest, generator: Generator, by: Words | None
) -> Scores:
    """The scores of each target that is known in some row, and those of each group of rows under `by`."""
    levels, known = request.all_levels, ~z.isnan()

    batches = itertools.count(1)

    def summary(p: Mixture, z: Tensor) -> dict[str, Tensor]:
        request.waiting.tell(min(next(batches) * BATCH, len(x)))
        return scores.of_rows(model, p, z, levels, per_class=request.per_class)

    mapped: Map[int, dict[str, Tensor]] = mapper(threads(request.threads, request.device))
    # An unknown target needs some value, whose scores are left out below.
    per_row = in_batches(model.model.drawn(request.draws, generator), summary, x, z.nan_to_num(), mapped=mapped)
    row = {name: values.numpy() for name, values in per_row.items()}
    found = _of_some(model, row, known.numpy(), levels)
    each = {
        name: {"rows": int(rows.sum())} | _of_some(model, row, known.numpy() & rows[:, None], levels)
        for name, rows in _groups(by).items()
    }
    return found | ({"by": each} if each else {})


def _groups(by: Words | None) -> dict[str, np.ndarray]:
    """The rows of each group, (N,) of bool, those of an empty cell last; no group where none is asked for."""
    if by is None:
        return {}
    groups = {word: by.index == by.vocabulary.index(word) for word in sorted(by.vocabulary, key=_by_number)}
    groups[""] = by.index < 0
    return {name: rows for name, rows in groups.items() if rows.any()}


def _by_number(word: str) -> tuple[float, str]:
    """Numbers in their order, then words in theirs."""
    number = numerals.number(word)
    return math.inf if math.isnan(number) else number, word


def _of_some(model: TrainedModel, row: Mapping[str, np.ndarray], known: np.ndarray, levels: Sequence[float]) -> Scores:
    """The scores of some rows; with several targets each score is an object keyed by target. known: (N, J) of bool."""
    each = {
        target.name: scores.of_target(
            model, place, {name: values[known[:, place]] for name, values in row.items()}, levels
        )
        for place, target in enumerate(model.targets)
        if known[:, place].any()
    }
    if len(model.targets) == 1:
        return next(iter(each.values()), {})
    names = dict.fromkeys(name for found in each.values() for name in found)
    return {name: {target: found[name] for target, found in each.items() if name in found} for name in names}
