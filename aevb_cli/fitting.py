"""One training run, from the rows to a saved model: what every `train-*` command does in the same way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Generator, Tensor

from aevb_cli import tables
from aevb_cli.console import Screen
from aevb_cli.core.calibration import judge
from aevb_cli.core.distributions import Normal
from aevb_cli.core.elbo import Batch, Trainable
from aevb_cli.core.predictive import Predictive
from aevb_cli.core.scaling import Scaling
from aevb_cli.core.training import Progress, State, train
from aevb_cli.errors import RequirementError
from aevb_cli.roles import Sheet
from aevb_cli.settings import PLOT_ROWS, TrainingSettings
from aevb_cli.trained import Model, Trained


class Fittable(Trainable, Protocol):
    """A model as it is before training, with what makes it a model to be kept."""

    @property
    def targets(self) -> Scaling | None:
        """The scaling of z; None where z is hidden."""

    def batch(self, x: Tensor, z: Tensor | None) -> Batch:
        """Standardised rows."""

    def finished(self, batch: Batch, left_out: Tensor) -> Model:
        """What is kept of it, calibrated."""

    def held_out(self, batch: Batch, left_out: Tensor) -> Normal:
        """The mixture that each left-out row gets from a member that has not seen it, standardised."""


Build = Callable[[Tensor, Tensor | None, int, Generator, Sequence[int]], Fittable]
"""x (N, D), z (N, J) or None, members, generator, the columns' numbers of words -> the model before training."""

LeaveOut = Callable[[int, Generator], Tensor]
"""rows, generator -> (K, N) of bool: the rows that each member must not see."""


@dataclass(frozen=True)
class Request:
    """What the options of a `train-*` command ask for besides the model."""

    training: TrainingSettings
    output: Path
    log: Path | None
    require_converged: bool


def fit(build: Build, leave_out: LeaveOut, sheet: Sheet, request: Request, screen: Screen) -> None:
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
    x, z = torch.tensor(sheet.features.values), sheet.targets and torch.tensor(sheet.targets.values)
    generator = Generator().manual_seed(request.training.seed)
    left_out = leave_out(len(x), generator)
    categories = [len(column.categories) for column in sheet.features.columns]
    model = build(x, z, len(left_out), generator, categories)
    batch = model.batch(x, z)
    state = State.initial(model.parameters, len(x), request.training.learning_rate)
    steps = train(model, batch, left_out, request.training, state, generator)
    records = list(screen.watch(steps, request.training.max_iterations, "AEVB"))
    state.parameters.copy_(state.best)
    kept = model.finished(batch, left_out)
    pit, scores = _held_out(model, kept, batch, left_out)
    facts = {
        "rows": len(x),
        "sha256": sheet.whole.digest(),
        "iterations": state.iteration,
        "converged": state.converged,
        "elbo": records[-1].elbo if records else None,
        "held_out": scores,
    }
    _trained(kept, sheet, request.training, facts, records, pit).save(request.output)
    if request.log:
        names = ["iteration", *records[0].shown()] if records else ["iteration"]
        tables.write(str(request.log), names, [list(_columns(records, names).values())])
    _report(state, facts, request, screen)


def _held_out(model: Fittable, kept: Model, batch: Batch, left_out: Tensor) -> tuple[np.ndarray, dict[str, Any] | None]:
    """How rows fare that no member used for them has seen: their PITs (H, J), and scores in the targets' units."""
    if model.targets is None:
        return np.empty((0, 0)), None
    p = model.held_out(batch, left_out)
    z = batch[1][judge(left_out)[0]]
    known = ~z.isnan().any(1)
    if not known.any():
        return np.empty((0, z.shape[1])), None
    z = z[known].double()
    predictive = Predictive(Normal(p.loc[:, known].double(), (p.scale * kept.calibration)[:, known].double()))
    pit = predictive.cdf(z)
    coverage = {str(level): ((2 * pit - 1).abs() <= level).double().mean(0).tolist() for level in (0.5, 0.9)}
    scores = {
        "rows": len(z),
        "rmse": model.targets.restore_scale((predictive.mean - z).square().mean(0).sqrt()).tolist(),
        "log_likelihood": (predictive.log_prob(z).mean(0) - model.targets.scale.log()).tolist(),
        "coverage": coverage,
    }
    return pit[:PLOT_ROWS].numpy(), scores


def _trained(
    model: Model,
    sheet: Sheet,
    training: TrainingSettings,
    facts: dict[str, Any],
    records: list[Progress],
    pit: np.ndarray,
) -> Trained:
    # Seconds stay out: the same run must give the same bytes.
    trace = _columns(records, ["iteration", "elbo", "log_likelihood", "kl", "objective", "score"])
    rows = sheet.whole.values
    if len(rows) > PLOT_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, PLOT_ROWS).astype(int)]
    targets = sheet.targets.columns if sheet.targets else ()
    return Trained(model, sheet.features.columns, targets, training, facts, trace, rows, pit)


def _columns(records: list[Progress], names: list[str]) -> dict[str, np.ndarray]:
    return {name: np.array([getattr(record, name) for record in records]) for name in names}


def _report(state: State, facts: dict[str, Any], request: Request, screen: Screen) -> None:
    elbo = "no iteration done" if facts["elbo"] is None else f"ELBO {facts['elbo']:.4g} nats per row"
    screen.end(f"The best state so far is in {request.output} ({elbo} after {state.iteration} iterations).")
    scores = facts["held_out"]
    if scores:
        screen.say(
            f"On {scores['rows']} rows left out: log-likelihood {_mean(scores['log_likelihood']):.4g} nats per row, "
            f"RMSE {_mean(scores['rmse']):.4g}, coverage of the 90 % interval {_mean(scores['coverage']['0.9']):.3f}."
        )
    if state.converged:
        screen.say(f"Converged after {state.iteration} iterations ({elbo}). Model: {request.output}")
        return
    message = f"Not converged after {state.iteration} iterations ({elbo}). Raise --max-iterations. Model: {request.output}"
    if request.require_converged:
        raise RequirementError(message)
    screen.say(f"Warning: {message}")


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
