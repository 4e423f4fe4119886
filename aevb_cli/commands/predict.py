"""`aevb predict`: a table with the predictions of each row appended."""

from pathlib import Path
from typing import Annotated

import typer

from aevb_cli.commands import arguments, options
from aevb_cli.settings import CHUNK_ROWS, DRAWS, INTERVAL, ReadOptions


def predict(
    model_and_data: options.ModelAndData = None,
    interval: options.Intervals = None,
    quantile: Annotated[
        list[float] | None,
        typer.Option(parser=options.level, metavar="NUMBER", help="Append this quantile of a number; several times."),
    ] = None,
    above: Annotated[
        list[float] | None,
        typer.Option(
            parser=options.finite,
            metavar="NUMBER",
            help="Append the probability to be above this; several times.",
        ),
    ] = None,
    per_class: options.PerClass = False,
    draws: options.Draws = DRAWS,
    seed: options.Seed = 0,
    prefix: Annotated[str, typer.Option(help="Put before the names of the appended columns.")] = "",
    save_draws: Annotated[
        Path | None,
        typer.Option(
            help="Write every draw of E(z|x), of classes of P(z|x), to this file, a column each.", show_default=False
        ),
    ] = None,
    chunk_rows: Annotated[int, typer.Option(min=1, help="Rows held in memory at once.")] = CHUNK_ROWS,
    missing: options.GapRule = "average",
    unseen: options.Unseen = "error",
    threads: options.Threads = None,
    device: options.Device = "cpu",
    na: options.Na = None,
    decimal: options.Decimal = None,
    separator: options.Separator = None,
    encoding: options.Encoding = None,
    header: options.HeaderLine = None,
    sheet: options.Sheet = None,
    quiet: options.Quiet = False,
    output: options.Output = "-",
) -> None:
    """Append means, uncertainties and intervals to a table's rows; of classes probabilities and sets.

    Example: aevb predict vae.safetensors data.csv > predictions.csv
    """
    from functools import partial

    from aevb_cli import tables
    from aevb_cli.console import Screen
    from aevb_cli.tasks import outputs

    screen = Screen(quiet=quiet)
    path, data = arguments.choose_model_and_data(model_and_data or [], screen.say)
    outputs.prepare({"-o": output, "--save-draws": save_draws}, [path, *tables.expand(data)])
    arguments.check_model(path)

    from aevb_cli.core.device import check
    from aevb_cli.modelfile import trained
    from aevb_cli.tasks import appended, prediction, process

    check(device)
    process.keep_peak_flat()
    model = trained.load(path)
    if save_draws:
        prediction.check_draws(model, ", ".join(data), str(save_draws))
    read = prediction.read_as(model, ReadOptions(separator, encoding, header, sheet, decimal, tuple(na or ())))
    columns = appended.Appended(interval or [INTERVAL], quantile or (), above or (), per_class)
    request = prediction.PredictRequest(columns, draws, seed, prefix, missing, threads, device)
    chunks = partial(tables.stream, data, model.features, chunk_rows=chunk_rows, options=read, unseen=unseen)
    notes: list[str] = []
    name = ", ".join(data)
    rows = prediction.predict(model, name, chunks(), request, notes.append)
    prediction.write(output, screen.follow(rows, None, "rows"), model)
    arguments.say_written("Table", output, screen.say)
    for line in notes:
        screen.say(f"Warning: {line}")
    if save_draws:
        drawn = prediction.mean_draws(model, name, chunks(), request)
        prediction.write(str(save_draws), screen.follow(drawn, None, "draws"))
        arguments.say_written("Draws", save_draws, screen.say)
