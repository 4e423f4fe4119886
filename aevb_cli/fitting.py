"""One training run, from the rows to a saved model: what every `train-*` command does in the same way."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli import tables
from aevb_cli.console import Screen
from aevb_cli.core import folds
from aevb_cli.core.training import Progress, State, train
from aevb_cli.core.vae import Vae
from aevb_cli.errors import RequirementError
from aevb_cli.roles import Sheet
from aevb_cli.settings import PLOT_ROWS, TrainingSettings
from aevb_cli.trained import Trained

Build = Callable[[Tensor, Tensor | None, int, Generator], Vae]
"""x (N, D), z (N, J) or None, members, generator -> the model before training."""


@dataclass(frozen=True)
class Request:
    """What the options of a `train-*` command ask for besides the model."""

    training: TrainingSettings
    output: Path
    log: Path | None
    require_converged: bool


def fit(build: Build, sheet: Sheet, request: Request, screen: Screen) -> None:
    """Train, save the model file and the log, and say how it ended.

    Raises
    ------
    DivergedError, OutputError
        as they say.
    RequirementError
        it has not converged, and that was required; the model is saved all the same.
    Interrupted
        a signal came; the best state so far is saved.
    """
    torch.set_num_threads(1)  # networks this small wait for a second thread longer than it works
    x, z = (None if table is None else torch.tensor(table.values) for table in (sheet.features, sheet.targets))
    assert x is not None
    generator = Generator().manual_seed(request.training.seed)
    left_out = folds.leave_out(len(x), generator)
    model = build(x, z, len(left_out), generator)
    batch = model.batch(x, z)
    state = State.initial(model.parameters, len(x), request.training.learning_rate)
    records = list(
        screen.watch(
            train(model, batch, left_out, request.training, state, generator),
            request.training.max_iterations,
            "AEVB",
        )
    )
    state.parameters.copy_(state.best)
    result = model.calibrated(batch, left_out).member(0)
    _trained(result, sheet, request.training, records, state).save(request.output)
    if request.log:
        header = ["iteration", *records[0].shown()] if records else ["iteration"]
        tables.write(str(request.log), header, [list(_columns(records, header).values())])
    _report(state, records, request, screen)


def _trained(model: Vae, sheet: Sheet, training: TrainingSettings, records: list[Progress], state: State) -> Trained:
    # Seconds stay out: the same run must give the same bytes.
    trace = _columns(records, ["iteration", "elbo", "log_likelihood", "kl", "objective", "score"])
    facts: dict[str, Any] = {
        "rows": len(sheet.features),
        "sha256": sheet.digest(),
        "iterations": state.iteration,
        "converged": state.converged,
        "elbo": records[-1].elbo if records else None,
    }
    targets = sheet.targets.columns if sheet.targets else ()
    rows = sheet.whole.values
    if len(rows) > PLOT_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, PLOT_ROWS).astype(int)]
    return Trained(model, sheet.features.columns, targets, training, facts, trace, rows)


def _columns(records: list[Progress], names: list[str]) -> dict[str, np.ndarray]:
    return {name: np.array([getattr(record, name) for record in records]) for name in names}


def _report(state: State, records: list[Progress], request: Request, screen: Screen) -> None:
    elbo = f"ELBO {records[-1].elbo:.4g} nats per row" if records else "no iteration done"
    screen.end(f"The best state so far is in {request.output} ({elbo} after {state.iteration} iterations).")
    if state.converged:
        screen.say(f"Converged after {state.iteration} iterations: {elbo}. Model: {request.output}")
        return
    message = f"Not converged after {state.iteration} iterations ({elbo}). Raise --max-iterations. Model: {request.output}"
    if request.require_converged:
        raise RequirementError(message)
    screen.say(f"Warning: {message}")
