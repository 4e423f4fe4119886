"""Train a model from a full request, or resume a training."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from aevb_cli import tables
from aevb_cli.core.parallel import Workers
from aevb_cli.core.training.state import Progress
from aevb_cli.errors import DivergedError, Interrupted, UsageError, WorkersLostError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import Device, EngineRequest, TrainingRequest
from aevb_cli.tasks import engines, summary
from aevb_cli.tasks.columns import TrainingTable
from aevb_cli.tasks.destination import Destination
from aevb_cli.tasks.run import Run, columns_of
from aevb_cli.tasks.watching import Silent, Watcher

SAVE_EVERY = 60.0
"""Seconds between two saves of a long training's state."""


@dataclass(frozen=True)
class TrainingResult:
    """A trained model, and a record of its training for each window of iterations."""

    model: TrainedModel
    progress: tuple[Progress, ...]

    def doubts(self) -> list[str]:
        """`doubts` about its model."""
        return doubts(self.model)

    def log(self) -> dict[str, np.ndarray]:
        """The training curve as columns, (T,): iteration, terms in nats per row, learning rate, seconds."""
        return columns_of(self.progress, [field.name for field in fields(Progress)])

    def save(self, output: Destination | None, log: Path | None) -> None:
        """Write the model file, and the training curve as a table; OutputError if one cannot be written."""
        if output:
            output.save(self.model)
        if log and self.progress:
            curve = self.log()
            tables.write(str(log), list(curve), [list(curve.values())])


def train(
    request: TrainingRequest,
    table: TrainingTable,
    watcher: Watcher | None = None,
    *,
    threads: int | None = None,
    device: Device = "cpu",
    engine: EngineRequest | None = None,
    save_to: Destination | None = None,
) -> TrainingResult:
    """Train until converged, until the request's last iteration, or until the watcher ends it.

    watcher: is shown the progress; threads: None for as many as cores; device: of the networks, which is there;
    engine: other processes that train, None for this one; save_to: where the state is saved every SAVE_EVERY seconds.
    The caller saves the result, which is the same whatever trains.

    Raises
    ------
    UsageError
        a likelihood does not suit its column.
    DivergedError
        the objective is not finite; the best state before is saved if `save_to` is given.
    OutputError
        `save_to` cannot be written.
    WorkersLostError
        the engine's workers were lost for good; the state before is saved if `save_to` is given.
    Interrupted
        the watcher ended it before there was anything to save.
    """
    return _finished(Run(request, table, threads, device), watcher or Silent(), save_to, engine)


def resume(
    stored: TrainedModel,
    table: TrainingTable,
    watcher: Watcher | None = None,
    *,
    max_iterations: int | None = None,
    threads: int | None = None,
    device: Device = "cpu",
    engine: EngineRequest | None = None,
    save_to: Destination | None = None,
) -> TrainingResult:
    """Resume a training; the result is the same as without the stop.

    A model that is finished is returned as it is, with no progress. max_iterations: in all; None: as before. The rest
    is as in `train`.

    Raises
    ------
    UsageError
        as in `check_length`.
    DataError
        the rows are not those that the model was trained on.
    ModelFileError
        the stored state does not fit the model.
    DivergedError, OutputError, WorkersLostError
        as in `train`.
    """
    check_length(stored, max_iterations)
    if stored.finished:
        return TrainingResult(stored, ())
    request = stored.request
    if max_iterations:
        request = replace(request, training=replace(request.training, max_iterations=max_iterations))
    run = Run(request, table, threads, device)
    run.restore(stored)
    return _finished(run, watcher or Silent(), save_to, engine)


def check_length(stored: TrainedModel, max_iterations: int | None) -> None:
    """Raise UsageError where the learning rate would have to fall elsewhere than it was planned to.

    max_iterations: in all; None: as before. With fewer than a finished training's there is nothing to do.
    """
    training = stored.request.training
    planned, asked = training.max_iterations, max_iterations or training.max_iterations
    if training.patience or stored.facts["converged"] or asked == planned or (stored.finished and asked < planned):
        return
    if stored.finished:
        start = f"This model is finished: its learning rate has come down to nothing over {planned} iterations."
    else:
        start = (
            f"This model's learning rate comes down to nothing over {planned} iterations: leave --max-iterations out."
        )
    raise UsageError(
        start, f"Going on is not what one training of {asked} iterations is. For that: {anew(stored, asked)}"
    )


def anew(trained: TrainedModel, iterations: int) -> str:
    """The command by which a model is trained once more, for another number of iterations."""
    return f"aevb {trained.request.settings.command} ... --max-iterations {iterations}"


def way_on(trained: TrainedModel, name: str) -> str:
    """What to do for more iterations, a sentence. name: of the model, where the command has it."""
    done: int = trained.facts["iterations"]
    if trained.finished:
        return f"Train longer: {anew(trained, 2 * done)}"
    ended = done >= trained.request.training.max_iterations
    return f"Go on with: aevb resume {name}" + f" --max-iterations {2 * done}" * ended


def doubts(trained: TrainedModel) -> list[str]:
    """Warnings of a trained model: those of `summary`, and that a guarantee was asked for in vain."""
    facts, targets = trained.facts, [column.name for column in trained.targets]
    vain = trained.model.settings.guarantee and trained.model.guarantee is None
    found = [*summary.without(trained.without), *summary.doubts(facts, targets), *summary.collapse(facts)]
    return [*found, summary.NO_GUARANTEE] if vain else found


def _finished(run: Run, watcher: Watcher, save_to: Destination | None, engine: EngineRequest | None) -> TrainingResult:
    try:
        with engines.opened(engine, watcher.stopped, run.beside) as workers:
            records = _saving(run, watcher, save_to, workers)
            for _ in watcher.watch(records, run.request.training.max_iterations, "AEVB"):
                pass
    except Interrupted:  # while the engine started
        pass
    except DivergedError as error:
        raise error.with_advice(*run.furthest(error.rows), _kept(run, save_to)) from None
    except WorkersLostError as error:
        error.args = (*error.args, _kept(run, save_to))
        raise
    if not run.records:
        raise Interrupted("Interrupted before the first iterations were through: nothing is saved.")
    if lost := run.diverged():
        raise lost.with_advice(*run.furthest(lost.rows), _kept(run, save_to))
    return TrainingResult(run.result(), tuple(run.records))


def _kept(run: Run, save_to: Destination | None) -> str:
    """Save what is trained so far after a fault; says so."""
    if not run.records or not save_to:
        return "Nothing was saved."
    save_to.save(run.result())
    return f"The best state before is in {save_to.path}."


def _saving(run: Run, watcher: Watcher, save_to: Destination | None, workers: Workers | None) -> Iterator[Progress]:
    """The run's records. Saves its state every SAVE_EVERY seconds, after a record was shown."""
    saved = time.monotonic()
    for record in run.steps(watcher.stopped, workers):
        yield record
        if save_to and time.monotonic() - saved > SAVE_EVERY:
            save_to.save(run.result())
            saved = time.monotonic()
