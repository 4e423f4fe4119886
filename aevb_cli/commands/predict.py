"""`aevb predict`: a table with the predictions of each row appended."""

from typing import Annotated

import typer

from aevb_cli.commands import arguments, options, parsers
from aevb_cli.errors import UsageError
from aevb_cli.settings import CHUNK_ROWS, DRAWS, INTERVAL, PERMUTATIONS, Engine, Part, ReadOptions


def part_of(text: str) -> Part:
    """Read which of how many parts is meant; BadParameter where it is none.

    >>> part_of("3/100")
    Part(number=3, total=100)
    """
    if found := Part.of(text):
        return found
    raise typer.BadParameter(f"'{text}' is none of N parts. Write K/N with K from 1 to N, say 3/100.")


def predict(
    model_and_data: options.ModelAndData = None,
    interval: options.Intervals = None,
    quantile: Annotated[
        list[float] | None,
        typer.Option(
            parser=parsers.levels,
            callback=parsers.joined,
            metavar="NUMBER",
            help="Append this quantile of a number; 0.1,0.9 for two.",
        ),
    ] = None,
    above: Annotated[
        list[float] | None,
        typer.Option(
            parser=parsers.finite,
            metavar="NUMBER",
            help="Append the probability to be above this; several times.",
        ),
    ] = None,
    per_class: options.PerClass = False,
    why: Annotated[
        bool,
        typer.Option(
            "--why",
            help="Append what each column adds to the width of the first interval: it costs "
            f"{PERMUTATIONS} predictions for each row and column.",
        ),
    ] = False,
    draws: options.Draws = DRAWS,
    seed: options.Seed = 0,
    prefix: options.Prefix = "",
    save_draws: Annotated[
        str | None,
        typer.Option(
            help="Write every draw of E(z|x), of classes of P(z|x), to this table, a column each; to FILE.nc for ArviZ "
            "draws of z and log-likelihoods, too: pip install 'aevb\\[arviz]'.",
            show_default=False,
        ),
    ] = None,
    chunk_rows: Annotated[int, typer.Option(min=1, help="Rows held in memory at once.")] = CHUNK_ROWS,
    missing: options.GapRule = "average",
    unseen: options.Unseen = "error",
    threads: options.Threads = None,
    device: options.Device = "cpu",
    engine: options.Engine = None,
    address: options.Address = None,
    workers: options.Workers = None,
    na: options.Na = None,
    decimal: options.Decimal = None,
    separator: options.Separator = None,
    encoding: options.Encoding = None,
    header: options.HeaderLine = None,
    sheet: options.Sheet = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with -o FOLDER/: predict what is missing there, or begin."),
    ] = False,
    part: Annotated[
        Part | None,
        typer.Option(
            parser=part_of,
            metavar="K/N",
            help="Predict one of N parts of the files, K from 1, into -o FOLDER/; parts may run at the same time.",
            show_default="all of them",
        ),
    ] = None,
    quiet: options.Quiet = False,
    output: Annotated[
        str,
        typer.Option("-o", "--output", help="File to write; - is stdout. FOLDER/: a file there for each file of DATA."),
    ] = "-",
) -> None:
    """Append means, uncertainties and intervals to a table's rows; of classes probabilities and sets.

    Example: aevb predict vae.safetensors data.csv > predictions.csv
    """
    from aevb_cli import netcdf, tables
    from aevb_cli.console import Screen
    from aevb_cli.tasks import outputs

    screen = Screen(quiet=quiet)
    path, data = arguments.choose_model_and_data(model_and_data or [], screen.say)
    many, sources = outputs.is_folder(output), tables.expand(data)
    _check_together(save_draws, many=many, resume=resume, part=part, engine=engine)
    if netcdf.is_named(save_draws or ""):
        netcdf.check(f"--save-draws {save_draws}")
    if not many:
        outputs.prepare({"-o": output, "--save-draws": save_draws}, [path, *sources])
    arguments.check_model(path)

    with screen.waiting("rows"):
        from aevb_cli.commands import predictions
        from aevb_cli.core.device import check
        from aevb_cli.tasks import appended, engines, prediction, process, reading

        check(device)
        elsewhere = engines.asked(engine, address, workers, device)
        process.keep_peak_flat()
        columns = appended.Appended(interval or [INTERVAL], quantile or (), above or (), per_class, why)
        request = prediction.PredictRequest(columns, draws, seed, prefix, missing, threads, device)
        options_read = ReadOptions(separator, encoding, header, sheet, decimal, tuple(na or ()))
        how = reading.Reading(options_read, unseen, chunk_rows)
        if many:
            predictions.write_files(
                path, sources, request, how, output, screen, resume=resume, part=part, engine=elsewhere
            )
        else:
            predictions.write_file(path, data, request, how, output, save_draws, screen)


def _check_together(
    save_draws: str | None, *, many: bool, resume: bool, part: Part | None, engine: Engine | None
) -> None:
    """UsageError for options that are about the other kind of output."""
    if many and save_draws:
        raise UsageError("--save-draws writes one file, and -o names a folder of many. Name a file with -o.")
    for option, given in (("--resume", resume), ("--part", part), ("--engine", engine)):
        if given and not many:
            raise UsageError(f"{option} is about a folder with an output for each of DATA. Name one: -o FOLDER/")
