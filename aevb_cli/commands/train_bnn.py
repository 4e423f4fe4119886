"""`aevb train-bnn`: an ensemble of Bayesian neural networks with mean-field posteriors."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from aevb_cli import options
from aevb_cli.settings import (
    LARGEST_BATCH,
    BnnSettings,
    Estimator,
    NoiseModel,
    Recipe,
    TrainingSettings,
    ensemble_for,
    ensemble_training_for,
)

_SEED = TrainingSettings().seed


def train_bnn(
    data: options.Data,
    target: options.Target = None,
    features: options.Features = None,
    recipe: Annotated[
        Recipe | None,
        typer.Option(
            help="The network of the report, or an ensemble tuned on many tables.",
            show_default="tuned; report with --members 1",
        ),
    ] = None,
    members: Annotated[
        int | None,
        typer.Option(min=1, help="Networks per KL weight.", show_default="20; 4 from 3000 rows on; the report's 1"),
    ] = None,
    noise_model: Annotated[
        NoiseModel, typer.Option(help="Noise that depends on the input, or one learned constant.")
    ] = "input",
    kl_weight: Annotated[
        list[float] | None,
        typer.Option(
            min=0,
            help="Of KL(q(w) || p(w)); several are stacked.",
            show_default="0.3, 0.1, 0.03, 0.01; without 0.3 from 3000 rows on; the report's 1",
        ),
    ] = None,
    prior_scale: Annotated[float, typer.Option(min=1e-6, help="Factor on the sd of every weight's prior.")] = 1.0,
    estimator: Annotated[
        Estimator,
        typer.Option(help="Draw the weights for each row by itself, or faster, once for a minibatch and shared."),
    ] = BnnSettings.estimator,
    guarantee: Annotated[
        bool | None,
        typer.Option(
            "--guarantee/--no-guarantee",
            help="Intervals by CV+, which hold whatever the data are, or the model's own.",
            show_default="on from 500 rows on, with several members",
        ),
    ] = None,
    hidden: Annotated[
        options.Widths | None, options.hidden("50,50,50; 100,100,100 from 3000 rows on; the report's 25,25")
    ] = None,
    max_iterations: Annotated[
        int | None,
        typer.Option(
            min=1, help="Iterations at most.", show_default="1200; 6000 from 3000 rows on; 2000 with few members"
        ),
    ] = None,
    patience: options.Patience = 0,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1, max=LARGEST_BATCH, help="Rows of a minibatch (M).", show_default="100; 200 from 3000 rows on"
        ),
    ] = None,
    learning_rate: options.LearningRate = 0.01,
    seed: options.Seed = _SEED,
    held_out: options.HeldOut = True,
    missing: options.MissingRule = "error",
    separator: options.Separator = None,
    require_converged: options.RequireConverged = False,
    log: options.Log = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    output: options.ModelOutput = Path("bnn.safetensors"),
) -> None:
    """Train Bayesian neural networks: the spread of their draws is the epistemic uncertainty of E(z|x).

    Example: aevb train-bnn data.csv
    """
    from aevb_cli import files, fitting, roles, tables
    from aevb_cli.console import Screen

    screen = Screen(quiet=quiet)
    files.probe(output)
    if log:
        files.probe(log)
    raw = tables.read(data, separator=separator)
    wish = roles.Wish(target, features, missing, known=True)
    sheet = roles.assign(raw, wish, screen)
    rows = len(sheet.features)
    chosen = ensemble_for(rows, members, recipe)
    training = ensemble_training_for(rows, chosen.members)
    settings = replace(
        chosen,
        hidden=hidden or chosen.hidden,
        noise_model=noise_model,
        kl_weights=tuple(kl_weight or chosen.kl_weights),
        prior_scale=prior_scale,
        estimator=estimator,
        guarantee=chosen.guarantee if guarantee is None else guarantee,
    )
    training = TrainingSettings(
        seed,
        max_iterations or training.max_iterations,
        patience,
        batch_size or training.batch_size,
        learning_rate,
        held_out,
    )
    request = roles.Request(settings, training, wish, data, separator)
    fitting.fit(request, sheet, fitting.Outcome(output, log, require_converged), screen, threads)
