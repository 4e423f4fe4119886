"""`aevb train-bnn`: an ensemble of Bayesian neural networks with mean-field posteriors."""

from pathlib import Path
from typing import Annotated

import typer

from aevb_cli.commands import arguments, ensemble, options
from aevb_cli.defaults import ENSEMBLE_TRAINING
from aevb_cli.model_settings import BnnSettings, Estimator, NoiseModel, Recipe
from aevb_cli.settings import PLOT_ROWS, ColumnRequest, ReadOptions


def train_bnn(
    data: options.Tables,
    target: options.Target = None,
    features: options.Features = None,
    drop: options.Drop = None,
    types: options.Types = None,
    group: options.Group = None,
    recipe: Annotated[
        Recipe | None,
        typer.Option(
            help="The network of the report, or an ensemble tuned on many tables.",
            show_default="tuned; report with --members 1",
        ),
    ] = None,
    members: ensemble.Members = None,
    noise_model: Annotated[
        NoiseModel, typer.Option(help="Noise whose scale depends on the input, or is a learned constant.")
    ] = BnnSettings.noise_model,
    kl_weight: ensemble.KlWeight = None,
    prior_scale: Annotated[
        float, typer.Option(min=1e-6, max=1e38, help="Factor on the sd of every weight's prior.")
    ] = (BnnSettings.prior_scale),
    estimator: Annotated[
        Estimator | None,
        typer.Option(
            help="Draw the weights for each row, once for a minibatch, or once and mirrored for half of it.",
            show_default="antithetic; the report's local",
        ),
    ] = None,
    likelihood: options.Likelihoods = None,
    guarantee: options.Guarantee = None,
    hidden: ensemble.Hidden = None,
    max_iterations: ensemble.MaxIterations = None,
    patience: ensemble.Patience = None,
    batch_size: ensemble.BatchSize = None,
    learning_rate: options.LearningRate = ENSEMBLE_TRAINING.learning_rate,
    seed: options.Seed = ENSEMBLE_TRAINING.seed,
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
    output: options.ModelOutput = Path("bnn.safetensors"),
) -> None:
    """Train Bayesian neural networks: the spread of their draws is the epistemic uncertainty of E(z|x).

    Example: aevb train-bnn data.csv
    """
    from aevb_cli import tables
    from aevb_cli.commands import runs
    from aevb_cli.console import Screen
    from aevb_cli.tasks import choice, columns, engines, requests, training

    screen = Screen(quiet=quiet)
    data = tables.expand(data)  # a model names files: what a pattern matches may be another table later
    elsewhere = engines.asked(engine, address, workers, device)
    to = runs.prepare(output, log, data, screen, device=device, keep_previous=keep_previous)
    arguments.say_waiting(data, screen.say)
    roles = ColumnRequest(target, features, missing, known=True, group=group, drop=drop, types=types, classes=True)
    read = ReadOptions(separator, encoding, header, sheet, decimal, tuple(na or ()), strict)
    given = requests.BnnOptions(
        recipe,
        members,
        noise_model,
        kl_weight,
        prior_scale,
        estimator,
        guarantee,
        hidden,
        seed,
        max_iterations,
        patience,
        batch_size,
        learning_rate,
        held_out,
        keep_rows,
    )
    table = columns.assign(tables.drawn(data, read, requests.sample(given, rows)), roles)
    screen.say(*table.notes)
    request = requests.training_request(given, table, roles, data, read, likelihood)
    with screen.keeping():
        request, lines = choice.with_families(request, table, screen, threads=threads)
        screen.say(*lines)
        result = training.train(request, table, screen, threads=threads, device=device, engine=elsewhere, save_to=to)
        runs.finish(result, to, log, screen, require_converged=require_converged)
