"""Training from the request to the saved model and what is said of it; and its resumption."""

import math
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from aevb_cli import tables
from aevb_cli.console import Screen
from aevb_cli.core.training.state import Progress
from aevb_cli.errors import DivergedError, RequirementError
from aevb_cli.modelfile import TrainedModel
from aevb_cli.settings import TrainingRequest
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.run import Run, columns


@dataclass(frozen=True)
class Outcome:
    """Where the results of a run go, and what is required of it."""

    output: Path
    log: Path | None = None
    require_converged: bool = False


def fit(
    request: TrainingRequest, sheet: TrainingTable, outcome: Outcome, screen: Screen, threads: int | None = None
) -> None:
    """Train, save the model file and the log, and say how it ended. threads: at work at once; None, as many as cores.

    Raises
    ------
    DivergedError, OutputError
        as they say.
    RequirementError
        it has not converged, and that was required; the model is saved all the same.
    Interrupted
        a signal came; the best state so far is saved.
    """
    _finish(Run(request, sheet, threads), outcome, screen)


def resume(
    stored: TrainedModel,
    sheet: TrainingTable,
    outcome: Outcome,
    max_iterations: int | None,
    screen: Screen,
    threads: int | None = None,
) -> None:
    """Go on where a run stopped; what comes out is what it would have been without the stop. Raises as `fit`."""
    if not stored.state:
        stored.save(outcome.output)
        screen.say(f"This model has converged: there is nothing to go on with. Model: {outcome.output}")
        return
    request = stored.request
    if max_iterations:
        request = replace(request, training=replace(request.training, max_iterations=max_iterations))
    run = Run(request, sheet, threads)
    run.go_on(stored)
    _finish(run, outcome, screen)


def _finish(run: Run, outcome: Outcome, screen: Screen) -> None:
    try:
        run.steps(screen, lambda: run.result().save(outcome.output))
    except DivergedError as error:
        kept = "Nothing was saved."
        if run.records:
            run.result().save(outcome.output)
            kept = f"The best state before is in {outcome.output}."
        raise error.told(*run.furthest(error.rows), kept) from None
    result = run.result()
    result.save(outcome.output)
    if outcome.log:
        names = [field.name for field in fields(Progress)]
        tables.write(str(outcome.log), names, [list(columns(run.records, names).values())])
    _report(result.facts, outcome, screen)


def _report(facts: dict[str, Any], outcome: Outcome, screen: Screen) -> None:
    elbo = "" if facts["elbo"] is None else f", ELBO {facts['elbo']:.4g} nats per row"
    reached = f"{facts['iterations']} iterations{elbo}"
    screen.end(f"The best state so far is saved ({reached}). Go on with: aevb resume {outcome.output}")
    if scores := facts["held_out"]:
        _say_what_to_expect(scores, screen)
    if facts["converged"]:
        screen.say(f"Converged: {reached}. Model: {outcome.output}")
        return
    message = (
        f"Not converged: {reached}. Model: {outcome.output}. "
        f"Go on with: aevb resume {outcome.output} --max-iterations {2 * facts['iterations']}"
    )
    if outcome.require_converged:
        raise RequirementError(message)
    screen.say(f"Warning: {message}")


def _say_what_to_expect(scores: dict[str, Any], screen: Screen) -> None:
    """The left-out rows' scores, and a warning where intervals hold fewer of them than chance explains."""
    screen.say(
        f"To expect of new rows, by {scores['rows']} that members had not seen: log-likelihood "
        f"{_mean(scores['log_likelihood']):.4g} nats per row, RMSE {_mean(scores['rmse']):.4g}, "
        f"coverage of the 90 % interval {_mean(scores['coverage']['0.9']):.3f}."
    )
    for level, found in scores["coverage"].items():
        least = float(level) - 3 * math.sqrt(float(level) * (1 - float(level)) / scores["rows"])
        if min(found) < least:
            screen.say(
                f"Warning: the {float(level) * 100:g} % interval holds {min(found):.3f} of them, fewer than chance "
                "explains. Expect the same of new rows; more rows or other --features may help."
            )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
