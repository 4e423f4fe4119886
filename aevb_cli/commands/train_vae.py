"""`aevb train-vae`: AEVB on a table, with z observed, observed in part, or hidden."""

from pathlib import Path
from typing import Annotated

import typer

from aevb_cli.commands import arguments, options, parsers
from aevb_cli.model_settings import Binarisation, LatentPrior, VaeSettings
from aevb_cli.settings import LARGEST_BATCH, PLOT_ROWS, ColumnRequest, ReadOptions, TrainingSettings

_VAE, _TRAINING = VaeSettings(), TrainingSettings()


def train_vae(
    data: options.Tables,
    target: options.Target = None,
    features: options.Features = None,
    drop: options.Drop = None,
    types: options.Types = None,
    group: options.Group = None,
    latent: Annotated[
        int | None, typer.Option(min=1, help="Learn so many hidden variables; without --target.", show_default=False)
    ] = None,
    hidden: Annotated[
        parsers.Wholes | None, options.hidden("25,25; wider for larger tables, and with --latent")
    ] = None,
    decoder_hidden: Annotated[
        parsers.Wholes | None,
        typer.Option(
            parser=parsers.widths,
            metavar="W,W",
            help="Widths of the decoder's hidden layers.",
            show_default="25; with --latent as the encoder's",
        ),
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=0.9,
            help="Rate in the encoder.",
            show_default="0.25; less for larger tables; with --latent 0.1",
        ),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="Draws of z per row (L).")] = _VAE.samples,
    alpha: Annotated[
        float | None,
        typer.Option(min=0, max=1e38, help="Weight of log q(z|x) where z is observed.", show_default=str(_VAE.alpha)),
    ] = None,
    guarantee: options.Guarantee = None,
    prior: Annotated[
        LatentPrior | None,
        typer.Option(
            help="With --latent: p(z) is N(0, I), or a learned mixture (VampPrior).",
            show_default="vamp from 100 rows on",
        ),
    ] = None,
    importance: Annotated[
        int | None,
        typer.Option(
            min=1, help="With --latent: draws of z (K) of the importance-weighted bound.", show_default="1: the ELBO"
        ),
    ] = None,
    binarise: Annotated[
        Binarisation | None,
        typer.Option(help="With --latent: draw grey levels from 0 to 1 as 0 or 1, anew each time.", show_default="no"),
    ] = None,
    likelihood: options.Likelihoods = None,
    max_iterations: options.MaxIterations = None,
    patience: options.Patience = _TRAINING.patience,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=LARGEST_BATCH,
            help="Rows of a minibatch (M).",
            show_default=f"{_TRAINING.batch_size}; with --latent 100 below 3,000 rows",
        ),
    ] = None,
    learning_rate: options.LearningRate = _TRAINING.learning_rate,
    seed: options.Seed = _TRAINING.seed,
    held_out: options.HeldOut = True,
    keep_rows: options.KeepRows = PLOT_ROWS,
    missing: options.MissingRule = "learn",
    rows: options.Rows = None,
    na: options.Na = None,
    decimal: options.Decimal = None,
    separator: options.Separator = None,
    encoding: options.Encoding = None,
    header: options.HeaderLine = None,
    sheet: options.Sheet = None,
    strict: options.Strict = False,
    require_converged: options.RequireConverged = False,
    keep_previous: options.KeepPrevious = False,
    log: options.Log = None,
    threads: options.Threads = None,
    device: options.Device = "cpu",
    engine: options.Engine = None,
    address: options.Address = None,
    workers: options.Workers = None,
    quiet: options.Quiet = False,
    output: options.ModelOutput = Path("vae.safetensors"),
) -> None:
    """Train a variational auto-encoder: q(z|x) is the prediction, its spread the aleatoric uncertainty.

    Example: aevb train-vae data.csv
    """
    from aevb_cli import tables
    from aevb_cli.commands import runs
    from aevb_cli.console import Screen
    from aevb_cli.tasks import choice, columns, engines, process, requests, training

    screen = Screen(quiet=quiet)
    data = tables.expand(data)  # a model names files: what a pattern matches may be another table later
    elsewhere = engines.asked(engine, address, workers, device)
    to = runs.prepare(output, log, data, screen, device=device, keep_previous=keep_previous)
    arguments.say_waiting(data, screen.say)
    process.keep_peak_flat()
    roles = ColumnRequest(target, features, missing, hidden=latent is not None, group=group, drop=drop, types=types)
    read = ReadOptions(separator, encoding, header, sheet, decimal, tuple(na or ()), strict)
    given = requests.VaeOptions(
        hidden,
        decoder_hidden,
        dropout,
        latent,
        samples,
        alpha,
        guarantee,
        prior,
        importance,
        binarise,
        seed,
        max_iterations,
        patience,
        batch_size,
        learning_rate,
        held_out,
        keep_rows,
    )
    table = columns.assign(tables.drawn(data, read, requests.sample(given, rows)), roles, likelihood or ())
    screen.say(*table.notes)
    request = requests.training_request(given, table, roles, data, read, likelihood)
    with screen.keeping():
        request, lines = choice.with_families(request, table, screen, threads=threads)
        screen.say(*lines)
        result = training.train(request, table, screen, threads=threads, device=device, engine=elsewhere, save_to=to)
        runs.finish(result, to, log, screen, require_converged=require_converged)
