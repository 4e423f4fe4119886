"""Apply a model to a Python caller's tables: the work of `Model`'s methods."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aevb_cli import tables
from aevb_cli.api import frames
from aevb_cli.api.tablelike import TableLike, files_of, name_of, source
from aevb_cli.api.wording import warn
from aevb_cli.console import Screen
from aevb_cli.core.device import check
from aevb_cli.modelfile import container, serialised
from aevb_cli.modelfile.trained import TrainedModel, to_header
from aevb_cli.settings import Device, Gaps, ReadOptions, Unseen
from aevb_cli.tables import Chunk
from aevb_cli.tasks import (
    evaluation,
    latent_space,
    outputs,
    posterior,
    prediction,
    process,
    requirements,
    saved_draws,
)
from aevb_cli.tasks.appended import Appended
from aevb_cli.tasks.evaluation import EvaluateRequest
from aevb_cli.tasks.limits import checked, chosen
from aevb_cli.tasks.prediction import PredictRequest
from aevb_cli.tasks.reading import Reading

_CALLER = 5
"""Stack frames from a warning to the caller's line: `_warn`, a function here, the method and its wording between."""


@dataclass(frozen=True)
class Input:
    """A table to predict from, and how to read it."""

    table: TableLike
    chunk_rows: int
    options: ReadOptions
    unseen: Unseen

    def chunks(self, model: TrainedModel, *, targets: bool = False) -> Iterator[Chunk]:
        """Read the table from its start, a chunk at a time. targets: those that it has, too, behind the features."""
        size, unseen = checked(chunk_rows=self.chunk_rows, unseen=self.unseen).values()
        return Reading(self.options, unseen, size).chunks(model, source(self.table), targets=targets)


def header(trained: TrainedModel) -> dict[str, Any]:
    """The header of the model's file, with values as in JSON."""
    found: dict[str, Any] = json.loads(json.dumps({"format": container.FORMAT, **to_header(trained)}))
    return found


def predict_request(
    interval: float | Sequence[float],
    draws: int,
    seed: int,
    missing: Gaps,
    threads: int | None,
    prefix: str = "",
    quantile: float | Sequence[float] | None = None,
    above: float | Sequence[float] | None = None,
    *,
    per_class: bool = False,
    why: bool = False,
    device: Device = "cpu",
) -> PredictRequest:
    """The options of `predict` as a request."""
    given = checked(draws=draws, seed=seed, threads=threads, device=device)
    levels, quantiles, limits = checked(interval=interval, quantile=quantile, above=above).values()
    check(device)
    columns = Appended(levels, quantiles or (), limits or (), per_class, why)
    return PredictRequest(columns, prefix=prefix, missing=_rule(missing), **given)


def predict(
    model: TrainedModel,
    given: Input,
    request: PredictRequest,
    save_draws: str | Path | None,
    output: str | Path | None,
    *,
    quiet: bool,
) -> pd.DataFrame:
    """Predict, and write the files that are named. Returns the table with the appended columns."""
    outputs.prepare({"-o": output, "--save-draws": save_draws}, files_of(given.table))
    name, screen = name_of(given.table), Screen(quiet=quiet)
    notes, write_draws = list[str](), None
    with process.threads_restored():
        if save_draws:
            write_draws = saved_draws.prepared(str(save_draws), drawn_from(model, given, request), notes.append)
        rows = prediction.predict(model, name, given.chunks(model), request, notes.append)
        parts = list(screen.follow(rows, None, "rows"))
        if output:
            prediction.write(str(output), iter(parts), model, given.options.decimal)
        if write_draws:
            write_draws(screen.follow)
    _warn(notes)
    return frames.joined(given.table, parts)


def drawn_from(model: TrainedModel, given: Input, request: PredictRequest) -> saved_draws.Drawn:
    """What draws for the rows of a table are drawn from."""
    chunks, digest = partial(given.chunks, model), partial(serialised.digest, model)
    return saved_draws.Drawn(model, name_of(given.table), chunks, request, digest, given.unseen)


def draws(model: TrainedModel, given: Input, request: PredictRequest, *, predictive: bool) -> pd.DataFrame:
    """Every draw of E(z|x), a column each; with `predictive`, of z."""
    prediction.check_draws(model)
    drawn = posterior.predictive_draws if predictive else prediction.mean_draws
    with process.threads_restored():
        parts = list(drawn(model, name_of(given.table), given.chunks(model), request))
    return frames.indexed(frames.appended(parts), given.table)


def transform(model: TrainedModel, given: Input, request: PredictRequest) -> NDArray[np.float64]:
    """The means of q(z|x), (N, J)."""
    with process.threads_restored():
        return np.concatenate(list(latent_space.means(model, name_of(given.table), given.chunks(model), request)))


def score_samples(
    model: TrainedModel, given: Input, request: PredictRequest, importance_samples: int
) -> NDArray[np.float64]:
    """log p(x) of each row, (N,)."""
    samples = checked(importance_samples=importance_samples)["importance_samples"]
    with process.threads_restored():
        found = latent_space.log_px(model, name_of(given.table), given.chunks(model), request, samples)
        return np.concatenate(list(found))


def evaluate_request(
    interval: float | Sequence[float],
    draws: int,
    importance_samples: int,
    seed: int,
    unseen: Unseen,
    missing: Gaps,
    threads: int | None,
    by: str | None = None,
    *,
    per_class: bool = False,
    device: Device = "cpu",
) -> EvaluateRequest:
    """The options of `evaluate` as a request."""
    samples = importance_samples
    given = checked(draws=draws, importance_samples=samples, seed=seed, unseen=unseen, threads=threads, device=device)
    levels = checked(interval=interval)["interval"]
    check(device)
    return EvaluateRequest(levels, missing=_rule(missing), by=by, per_class=per_class, **given)


def evaluate(
    model: TrainedModel,
    table: TableLike,
    request: EvaluateRequest,
    require: Sequence[str],
    read: ReadOptions,
    synthetic: TableLike | None = None,
) -> dict[str, Any]:
    """Score, warn of what the scores are not good for, and check the requirements."""
    required = requirements.read(require)
    evaluation.check_names(model, required, made_up=synthetic is not None)
    read = prediction.read_as(model, read)
    made = None if synthetic is None else tables.read(source(synthetic), read)
    request = replace(request, further=requirements.levels(required), synthetic=made)
    with process.threads_restored():
        found = evaluation.evaluate(model, tables.read(source(table), read), request)
    _warn(found.warnings)
    requirements.check(found.scores, required, request.levels)
    return found.scores


def _rule(missing: Any) -> Gaps:
    found: Gaps = chosen("missing", missing, get_args(Gaps))
    return found


def _warn(lines: Iterable[str]) -> None:
    """Warn at the line of the caller of the public method."""
    warn(lines, _CALLER)
