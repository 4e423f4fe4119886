"""Training for a Python caller: progress, output files and warnings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from aevb_cli import tables
from aevb_cli.api.tablelike import TableLike, files_of, source
from aevb_cli.api.wording import WordedScreen, warn
from aevb_cli.console import R, Screen, unit_of
from aevb_cli.core.device import check
from aevb_cli.errors import RequirementError, UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.settings import ColumnRequest, Device, EngineRequest, ReadOptions
from aevb_cli.tasks import choice, outputs, process, requests, summary, training, training_table
from aevb_cli.tasks.columns import TrainingTable, assign
from aevb_cli.tasks.destination import Destination
from aevb_cli.tasks.requests import BnnOptions, VaeOptions
from aevb_cli.tasks.training import TrainingResult

_CALLER = 5
"""Stack frames from a warning to the caller's line: two functions here, the public one and its wording are between."""


class ProgressScreen(WordedScreen):
    """A screen that handles no signals: Ctrl-C raises KeyboardInterrupt, as usual in Python."""

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        """Pass records on while showing them."""
        return self.follow(records, total, label, unit_of(label))


class Outputs:
    """The files that a training writes; None: no such file."""

    def __init__(self, output: str | Path | None, log: str | Path | None, *, keep_previous: bool = False) -> None:
        self.output = None if output is None else Destination(Path(output), keep_previous=keep_previous)
        self.log = None if log is None else Path(log)

    def prepare(self, table: Sequence[str], screen: Screen) -> None:
        """Check them, before the table is read; errors as of `outputs.prepare`. table: its paths, none if in memory."""
        path, kept = (self.output.path, self.output.previous) if self.output else (None, None)
        outputs.prepare({"-o": path, "--log": self.log}, table, model=path, kept=kept, say=screen.say)


def read(
    table: TableLike,
    columns: ColumnRequest,
    options: ReadOptions,
    screen: Screen,
    likelihood: Sequence[str] = (),
    sample: tables.Sample | None = None,
) -> TrainingTable:
    """Read a table and choose its features and targets."""
    found = assign(tables.drawn(source(table), options, sample), columns, likelihood)
    screen.say(*found.notes)
    return found


def train(
    options: VaeOptions | BnnOptions,
    table: TableLike,
    columns: ColumnRequest,
    to: Outputs,
    *,
    read_options: ReadOptions,
    require_converged: bool,
    threads: int | None,
    device: Device,
    engine: EngineRequest | None,
    quiet: bool,
    likelihood: Mapping[str, str] | None = None,
    rows: int | None = None,
) -> TrainedModel:
    """Train, save, and warn; see `train_vae` and `train_bnn`."""
    check(device)
    screen = ProgressScreen(quiet=quiet)
    data = files_of(table)
    to.prepare(data, screen)
    given = by_name("likelihood", likelihood, {"z": "laplace"}) or []
    known = read(data or table, columns, read_options, screen, given, requests.sample(options, rows))
    request = requests.training_request(options, known, columns, data, read_options, given)
    with process.threads_restored():
        request, lines = choice.with_families(request, known, screen, threads=threads)
        screen.say(*lines)
        result = training.train(
            request, known, screen, threads=threads, device=device, engine=engine, save_to=to.output
        )
    return _finished(result, to, screen, require_converged=require_converged)


def resume(
    stored: TrainedModel,
    table: TableLike | None,
    to: Outputs,
    *,
    max_iterations: int | None,
    require_converged: bool,
    threads: int | None,
    device: Device,
    engine: EngineRequest | None,
    quiet: bool,
) -> TrainedModel:
    """Resume a training; see `Model.resume`."""
    check(device)
    screen = ProgressScreen(quiet=quiet)
    training.check_length(stored, max_iterations)
    to.prepare(stored.request.data if table is None else files_of(table), screen)
    rows = training_table.of(stored, None if table is None else source(table), screen.say)
    with process.threads_restored():
        result = training.resume(
            stored,
            rows,
            screen,
            max_iterations=max_iterations,
            threads=threads,
            device=device,
            engine=engine,
            save_to=to.output,
        )
    return _finished(result, to, screen, require_converged=require_converged)


def by_name(argument: str, given: Mapping[str, str] | None, example: Mapping[str, str]) -> list[str] | None:
    """A dict as the command line has it, NAME=KIND; UsageError where it is none."""
    if not isinstance(given, Mapping | None):
        raise UsageError(f"{argument}={given!r}: it is a dict, say {dict(example)}.")
    return None if given is None else [f"{name}={kind}" for name, kind in given.items()]


def _finished(result: TrainingResult, to: Outputs, screen: Screen, *, require_converged: bool) -> TrainedModel:
    """Save, say what to expect of new rows, and give the warnings that the command prints.

    Raises
    ------
    RequirementError
        the training has not converged, and that is required.
    """
    result.save(to.output, to.log)
    facts = result.model.facts
    if result.progress:
        targets = [column.name for column in result.model.targets]
        for line in (*summary.used(facts), *summary.expectation(facts, targets)):
            screen.say(line)
        warn(result.doubts(), _CALLER)
    if not facts["converged"]:
        more = 2 * facts["iterations"]
        way_on = f"Go on with: model.resume(table, max_iterations={more})"
        if result.model.finished:
            way_on = f"Train longer: {training.anew(result.model, more)}"
        message = f"Not converged: {summary.reached(facts)}. {way_on}"
        if require_converged:
            raise RequirementError(message)
        warn([message], _CALLER)
    return result.model
