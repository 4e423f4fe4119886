"""`aevb resume`: resume a training that was stopped or has not converged."""

from pathlib import Path
from typing import Annotated

import typer

from aevb_cli.commands import arguments, options


def resume(
    model: options.Model = None,
    data: Annotated[
        str | None, typer.Option(help="The training table, where it has moved.", show_default="where it was")
    ] = None,
    max_iterations: Annotated[
        int | None, typer.Option(min=1, help="Iterations at most, in all.", show_default="as before")
    ] = None,
    require_converged: options.RequireConverged = False,
    keep_previous: options.KeepPrevious = False,
    log: options.Log = None,
    threads: options.Threads = None,
    device: options.Device = "cpu",
    engine: options.Engine = None,
    address: options.Address = None,
    workers: options.Workers = None,
    quiet: options.Quiet = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Model file to write.", show_default="the same")
    ] = None,
) -> None:
    """Go on with a training; no option has to be repeated, and the end is what it would have been without the stop.

    Example: aevb resume vae.safetensors --max-iterations 5000
    """
    from aevb_cli.console import Screen

    screen = Screen(quiet=quiet)
    path = arguments.choose_model(model, screen.say)
    arguments.check_model(path)

    from aevb_cli import tables
    from aevb_cli.commands import runs
    from aevb_cli.modelfile import trained
    from aevb_cli.tasks import engines, training, training_table

    elsewhere = engines.asked(engine, address, workers, device)
    output = output or path
    stored = trained.load(path)
    training.check_length(stored, max_iterations)
    expanded = tables.expand([data]) if data else stored.request.data
    to = runs.prepare(output, log, expanded, screen, device=device, resumed=path, keep_previous=keep_previous)
    arguments.say_waiting(expanded, screen.say)
    table = training_table.of(stored, data, screen.say)
    with screen.keeping():
        result = training.resume(
            stored,
            table,
            screen,
            max_iterations=max_iterations,
            threads=threads,
            device=device,
            engine=elsewhere,
            save_to=to,
        )
        runs.finish(result, to, log, screen, require_converged=require_converged)
