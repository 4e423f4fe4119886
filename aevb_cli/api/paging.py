"""The report of a model for a Python caller."""

from pathlib import Path

from aevb_cli import pages
from aevb_cli.api import applied
from aevb_cli.console import Screen
from aevb_cli.modelfile import serialised
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks import outputs, process
from aevb_cli.tasks.limits import checked
from aevb_cli.tasks.reporting import report as reporting

IN_MEMORY = "in memory"
"""Where the model's file would be named. Its digest is that of the file that `Model.save` writes."""


def report(model: TrainedModel, output: str | Path | None, *, draws: int, seed: int, quiet: bool) -> str:
    """Make the page, and write it if a file is named."""
    given = checked(draws=draws, seed=seed)
    if output:
        pages.check_ending(Path(output))
        outputs.prepare({"-o": output}, picture=True)
    request = reporting.ReportRequest(IN_MEMORY, serialised.digest(model), applied.header(model), **given)
    with process.threads_restored():
        page = reporting.report(model, request)
    if output:
        pages.save(page, Path(output))
        Screen(quiet=quiet).say(f"Report: {output}")
    return pages.rendered(page)
