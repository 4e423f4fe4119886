"""Apply a model to a Python caller's tables: the work of `Model`'s methods."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from aevb_cli import tables
from aevb_cli.api import frames
from aevb_cli.api.tablelike import TableLike, name_of, path_of, source
from aevb_cli.console import Screen
from aevb_cli.modelfile import container
from aevb_cli.modelfile.trained import TrainedModel, to_header
from aevb_cli.tables import Chunk, Unseen
from aevb_cli.tasks import evaluation, outputs, prediction, process
from aevb_cli.tasks.evaluation import EvaluateRequest
from aevb_cli.tasks.limits import checked
from aevb_cli.tasks.prediction import PredictRequest


@dataclass(frozen=True)
class Reading:
    """A table to predict from, and how to read it."""

    table: TableLike
    chunk_rows: int
    separator: str | None
    unseen: Unseen

    def chunks(self, model: TrainedModel) -> Iterator[Chunk]:
        """Read the table from its start, a chunk at a time."""
        (size,) = checked(chunk_rows=self.chunk_rows).values()
        return tables.stream(
            source(self.table),
            model.features,
            chunk_rows=size,
            separator=self.separator,
            unseen=self.unseen,
        )


def header(trained: TrainedModel) -> dict[str, Any]:
    """The header of the model's file, with values as in JSON."""
    found: dict[str, Any] = json.loads(json.dumps({"format": container.FORMAT, **to_header(trained)}))
    return found


def predict_request(
    interval: float | Sequence[float],
    draws: int,
    seed: int,
    unseen: Unseen,
    threads: int | None,
    prefix: str = "",
) -> PredictRequest:
    """The options of `predict` as a request."""
    given = checked(interval=interval, draws=draws, seed=seed, unseen=unseen, threads=threads)
    return PredictRequest(given.pop("interval"), prefix=prefix, **given)


def predict(
    model: TrainedModel,
    reading: Reading,
    request: PredictRequest,
    save_draws: str | Path | None,
    output: str | Path | None,
    *,
    quiet: bool,
) -> pd.DataFrame:
    """Predict, and write the files that are named. Returns the table with the appended columns."""
    outputs.prepare({"-o": output, "--save-draws": save_draws}, [path_of(reading.table)])
    name, screen = name_of(reading.table), Screen(quiet=quiet)
    if save_draws:
        prediction.check_draws(model, path_of(reading.table), str(save_draws))
    with process.threads_restored():
        rows = prediction.predict(model, name, reading.chunks(model), request)
        parts = list(screen.follow(rows, None, "rows"))
        if output:
            prediction.write(str(output), iter(parts))
        if save_draws:
            drawn = prediction.mean_draws(model, name, reading.chunks(model), request)
            prediction.write(str(save_draws), screen.follow(drawn, None, "draws"))
    return frames.joined(reading.table, parts)


def mean_draws(model: TrainedModel, reading: Reading, request: PredictRequest) -> pd.DataFrame:
    """Every draw of E(z|x), a column each."""
    prediction.check_draws(model)
    with process.threads_restored():
        name = name_of(reading.table)
        parts = list(prediction.mean_draws(model, name, reading.chunks(model), request))
    return frames.indexed(frames.appended(parts), reading.table)


def evaluate_request(
    interval: float | Sequence[float],
    draws: int,
    importance_samples: int,
    seed: int,
    unseen: Unseen,
    threads: int | None,
) -> EvaluateRequest:
    """The options of `evaluate` as a request."""
    samples = importance_samples
    given = checked(
        interval=interval, draws=draws, importance_samples=samples, seed=seed, unseen=unseen, threads=threads
    )
    return EvaluateRequest(given.pop("interval"), **given)


def evaluate(
    model: TrainedModel, table: TableLike, request: EvaluateRequest, require: Sequence[str], separator: str | None
) -> dict[str, Any]:
    """Score, and check the requirements."""
    requirements = [evaluation.Requirement.read(text) for text in require]
    with process.threads_restored():
        scores = evaluation.evaluate(model, tables.read(source(table), separator=separator), request)
    evaluation.check(scores, requirements)
    return scores
