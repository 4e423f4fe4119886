"""Make cells for a Python caller: the work of `Model.sample`, `Model.impute` and `Model.inverse_transform`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aevb_cli.api import frames
from aevb_cli.api.applied import Input
from aevb_cli.api.tablelike import files_of, name_of
from aevb_cli.api.wording import WordedScreen, warn
from aevb_cli.console import Screen
from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import imputation, latent_space, outputs, prediction, process, sampling
from aevb_cli.tasks.imputation import ImputeRequest
from aevb_cli.tasks.limits import checked
from aevb_cli.tasks.sampling import SampleRequest

_CALLER = 4
"""Stack frames from a warning to the caller's line: a function here, the method and its wording between."""


def sample_request(
    n: int, given: Mapping[str, Any] | Sequence[str] | None, seed: int, threads: int | None
) -> SampleRequest:
    """The options of `sample` as a request."""
    options = checked(n=n, seed=seed, threads=threads)
    if isinstance(given, Mapping):
        given = [f"{name}={value}" for name, value in given.items()]
    cells = [given] if isinstance(given, str) else list(given or ())
    return SampleRequest(given=cells, **options)


def sample(model: TrainedModel, request: SampleRequest, output: str | Path | None, *, quiet: bool) -> pd.DataFrame:
    """Draw rows, and write the file that is named."""
    outputs.prepare({"-o": output})
    notes: list[str] = []
    with process.threads_restored():
        rows = sampling.sample(model, request, notes.append)
        parts = list(Screen(quiet=quiet).follow(rows, request.n, "rows"))
    if output:
        prediction.write(str(output), iter(parts), model)
    warn(notes, _CALLER)
    return frames.made(parts, model)


def impute_request(
    draws: int | None, interval: float | Sequence[float] | None, seed: int, prefix: str, threads: int | None
) -> ImputeRequest:
    """The options of `impute` as a request."""
    levels = () if interval is None else checked(interval=interval)["interval"]
    options = checked(seed=seed, threads=threads) | ({} if draws is None else checked(draws=draws))
    return ImputeRequest(levels=levels, prefix=prefix, **options)


def impute(
    model: TrainedModel, given: Input, request: ImputeRequest, output: str | Path | None, *, quiet: bool
) -> pd.DataFrame:
    """Fill the table, and write the file that is named."""
    outputs.prepare({"-o": output}, files_of(given.table))
    screen, name = WordedScreen(quiet=quiet), name_of(given.table)
    imputation.check_stdin(request, name)
    with process.threads_restored():
        rows = imputation.impute(model, name, lambda: given.chunks(model), request, screen.say)
        parts = list(screen.follow(rows, None, "rows"))
    if output:
        prediction.write(str(output), iter(parts), model, given.options.decimal)
    return frames.filled(given.table, parts, request.draws or 1, model)


def inverse_transform(model: TrainedModel, z: Any) -> pd.DataFrame:
    """Decode rows of z; UsageError where they are no numbers."""
    try:
        rows = np.asarray(z, np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError("z: these are no rows of numbers, all of one length. Give what transform returns.") from error
    with process.threads_restored():
        found = latent_space.decoded(model, rows)
    return frames.indexed(frames.made([found], model), z)
