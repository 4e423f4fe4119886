"""`aevb sample`: new rows from a model with a hidden z."""

import shlex
from typing import Annotated

import typer

from aevb_cli.commands import arguments, options
from aevb_cli.settings import ROWS


def sample(
    model: options.Model = None,
    n: Annotated[int, typer.Option("--n", min=0, help="Rows.")] = ROWS,
    given: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Rows that have this cell; several times for several cells.",
            show_default=False,
        ),
    ] = None,
    seed: options.Seed = 0,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    output: options.Output = "-",
) -> None:
    """Make up rows like the training table's: its columns, types, decimals and words, from a model with a hidden z.

    Example: aevb sample latent.safetensors --n 1000 > new.csv
    """
    from aevb_cli.console import Screen
    from aevb_cli.tasks import outputs

    screen = Screen(quiet=quiet)
    path = arguments.choose_model(model, screen.say)
    outputs.prepare({"-o": output}, [path])
    arguments.check_model(path)

    from aevb_cli.modelfile import trained
    from aevb_cli.tasks import prediction, process, sampling

    process.keep_peak_flat()
    found = trained.load(path)
    request = sampling.SampleRequest(n, seed, given or (), threads)
    rows = sampling.sample(found, request, lambda line: screen.say(f"Note: {line}"))
    prediction.write(output, screen.follow(rows, n, "rows"), found)
    way_on = f"aevb evaluate {shlex.quote(str(path))} DATA --synthetic {shlex.quote(output)}"
    arguments.say_written("Table", output, screen.say, way_on)
