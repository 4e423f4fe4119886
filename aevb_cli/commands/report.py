"""`aevb report`: all that is to be known of a model, on one page."""

from pathlib import Path
from typing import Annotated

import typer

from aevb_cli.commands import arguments, options
from aevb_cli.settings import DRAWS


def report(
    model: options.Model = None,
    draws: options.Draws = DRAWS,
    seed: options.Seed = 0,
    quiet: options.Quiet = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Page: .html.", show_default="MODEL's name, .html, beside it"),
    ] = None,
) -> None:
    """Write one page to hand on: what to expect of new rows, how far that holds, and how the model came about.

    Example: aevb report vae.safetensors
    """
    from aevb_cli.console import Screen

    screen = Screen(quiet=quiet)
    path = arguments.choose_model(model, screen.say)
    arguments.check_model(path)

    with screen.waiting("sections") as waiting:
        from aevb_cli import pages
        from aevb_cli.modelfile import reading, trained
        from aevb_cli.tasks import outputs
        from aevb_cli.tasks.reporting import report as reporting

        output = output or reporting.place_of(path)
        pages.check_ending(output)
        outputs.prepare({"-o": output}, [path], picture=True)
        request = reporting.ReportRequest(path.name, reading.digest_of(path), reading.read_header(path), draws, seed)
        pages.save(reporting.report(trained.load(path), request, waiting.tell), output)
    screen.say(f"Report: {output}")
