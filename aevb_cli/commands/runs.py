"""What the commands that train share: output files, and the messages at the end."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from aevb_cli.commands import arguments
from aevb_cli.console import Screen
from aevb_cli.core.device import check
from aevb_cli.errors import RequirementError
from aevb_cli.settings import Device
from aevb_cli.tasks import outputs, summary, training
from aevb_cli.tasks.destination import Destination
from aevb_cli.tasks.training import TrainingResult


def prepare(
    output: Path,
    log: Path | None,
    data: Sequence[str],
    screen: Screen,
    *,
    device: Device = "cpu",
    resumed: Path | None = None,
    keep_previous: bool = False,
) -> Destination:
    """Check the device, and the files that a training writes, before the table is read; errors as of `outputs.prepare`.

    resumed: the model that goes on, which may be written over. Returns where the training's model is saved.
    """
    check(device)
    to = Destination(output, keep_previous=keep_previous)
    in_place = resumed is not None and outputs.same(resumed, output)
    read: list[str | Path] = [*data, *([resumed] if resumed and to.previous and not in_place else ())]
    say = None if in_place and not to.previous else screen.say
    outputs.prepare({"-o": output, "--log": log}, read, model=output, kept=to.previous, say=say)
    return to


def finish(
    result: TrainingResult, to: Destination, log: Path | None, screen: Screen, *, require_converged: bool
) -> None:
    """Save the model, and the trace if a file is named, and report; OutputError, and errors of `report`."""
    result.save(to, log)
    arguments.say_written("Trace", log, screen.say)
    report(result, to.path, screen, require_converged=require_converged)


def report(result: TrainingResult, output: Path, screen: Screen, *, require_converged: bool) -> None:
    """Report how the training went, and how to resume it.

    Raises
    ------
    Interrupted
        a signal stopped the training.
    RequirementError
        the training has not converged, and that is required.
    """
    facts, way_on = result.model.facts, training.way_on(result.model, shlex.quote(str(output)))
    reached = summary.reached(facts)
    if facts["converged"]:
        further = f"aevb predict {shlex.quote(str(output))} DATA"
        screen.end(f"It had converged, and is saved ({reached}). Go on with: {further}")
    screen.end(f"The best state so far is saved ({reached}). {way_on}")
    if not result.progress:
        _report_finished(result, output, screen, require_converged=require_converged)
        return
    targets = [column.name for column in result.model.targets]
    told = [*summary.used(facts), *summary.expectation(facts, targets)]
    screen.say(*told, *(f"Warning: {line}" for line in result.doubts()))
    if facts["converged"]:
        screen.say(f"Converged: {reached}. Model: {output}", f"Go on with: aevb plot {shlex.quote(str(output))}")
        return
    message = f"Not converged: {reached}. Model: {output}. {way_on}"
    if require_converged:
        raise RequirementError(message)
    screen.say(f"Warning: {message}")


def _report_finished(result: TrainingResult, output: Path, screen: Screen, *, require_converged: bool) -> None:
    """Report that there was nothing to go on with; RequirementError as `report`."""
    facts = result.model.facts
    if facts["converged"]:
        screen.say(f"This model has converged: there is nothing to go on with. Model: {output}")
        return
    message = (
        f"This model is finished, though not converged: its learning rate has come down to nothing over "
        f"{facts['iterations']} iterations. Model: {output}. {training.way_on(result.model, shlex.quote(str(output)))}"
    )
    if require_converged:
        raise RequirementError(message)
    screen.say(message)
