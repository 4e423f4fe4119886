"""`aevb impute`: a table with its empty cells filled by a model with a hidden z."""

from typing import Annotated

import typer

from aevb_cli.commands import arguments, options, parsers
from aevb_cli.settings import ReadOptions


def impute(
    model_and_data: options.ModelAndData = None,
    draws: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Multiple imputations: each row so many times, its empty cells drawn, and a first column draw.",
            show_default="one table, with the most likely cells",
        ),
    ] = None,
    interval: Annotated[
        list[float] | None,
        typer.Option(
            "--interval",
            parser=parsers.levels,
            callback=parsers.joined,
            metavar="LEVEL",
            help="Append the band of this level of each filled number, and the probability of each filled word; "
            "0.5,0.9 for two.",
            show_default="none",
        ),
    ] = None,
    seed: options.Seed = 0,
    prefix: options.Prefix = "",
    unseen: options.Unseen = "error",
    threads: options.Threads = None,
    na: options.Na = None,
    decimal: options.Decimal = None,
    separator: options.Separator = None,
    encoding: options.Encoding = None,
    header: options.HeaderLine = None,
    sheet: options.Sheet = None,
    quiet: options.Quiet = False,
    output: options.Output = "-",
) -> None:
    """Fill a table's empty cells, and change no other, by what the row's other cells say under a hidden z.

    Example: aevb impute latent.safetensors gaps.csv > filled.csv
    """
    from functools import partial

    from aevb_cli import places, tables
    from aevb_cli.console import Screen
    from aevb_cli.tasks import outputs

    screen = Screen(quiet=quiet)
    path, data = arguments.choose_model_and_data(model_and_data or [], screen.say)
    outputs.prepare({"-o": output}, [path, *tables.expand(data)])
    arguments.check_model(path)

    from aevb_cli.modelfile import trained
    from aevb_cli.tasks import imputation, prediction, process, reading

    process.keep_peak_flat()
    model = trained.load(path)
    request = imputation.ImputeRequest(draws, interval or (), seed, prefix, threads)
    name = ", ".join(map(places.shown, data))
    imputation.check_stdin(request, name)
    how = reading.Reading(ReadOptions(separator, encoding, header, sheet, decimal, tuple(na or ())), unseen)
    rows = imputation.impute(model, name, partial(how.chunks, model, data), request, screen.say)
    prediction.write(output, screen.follow(rows, None, "rows"), model, how.options.decimal)
    arguments.say_written("Table", output, screen.say)
