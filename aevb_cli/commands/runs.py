"""What the commands that train share: output files, and the messages at the end."""

from pathlib import Path

from aevb_cli import files
from aevb_cli.console import Screen
from aevb_cli.errors import RequirementError
from aevb_cli.tasks import summary
from aevb_cli.tasks.training import TrainingResult


def probe(*outputs: Path | None) -> None:
    """Raise OutputError if one of the files cannot be written."""
    for output in outputs:
        if output:
            files.probe(output)


def report(result: TrainingResult, output: Path, screen: Screen, *, require_converged: bool) -> None:
    """Report how the training went, and how to resume it.

    Raises
    ------
    Interrupted
        a signal stopped the training.
    RequirementError
        the training has not converged, and that is required.
    """
    facts = result.model.facts
    if not result.progress:
        screen.say(f"This model has converged: there is nothing to go on with. Model: {output}")
        return
    reached = summary.reached(facts)
    screen.end(f"The best state so far is saved ({reached}). Go on with: aevb resume {output}")
    for line in summary.lines(facts, [column.name for column in result.model.targets]):
        screen.say(line)
    if facts["converged"]:
        screen.say(f"Converged: {reached}. Model: {output}")
        return
    way_on = f"aevb resume {output} --max-iterations {2 * facts['iterations']}"
    message = f"Not converged: {reached}. Model: {output}. Go on with: {way_on}"
    if require_converged:
        raise RequirementError(message)
    screen.say(f"Warning: {message}")
