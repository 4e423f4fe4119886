"""`aevb train-bnn`: an ensemble of Bayesian neural networks with mean-field posteriors."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from aevb_cli.commands import options
from aevb_cli.settings import (
    GUARANTEED,
    LARGE,
    LARGEST_BATCH,
    BnnSettings,
    ColumnRequest,
    Estimator,
    NoiseModel,
    Recipe,
    TrainingRequest,
    TrainingSettings,
    ensemble_for,
    ensemble_training_for,
)

_SMALL, _LARGE, _REPORT = ensemble_for(1), ensemble_for(LARGE), ensemble_for(1, recipe="report")
_ON_SMALL, _ON_LARGE, _FEW = (
    ensemble_training_for(*table) for table in ((1, _SMALL.members), (LARGE, _LARGE.members), (1, 1))
)


def _by_rows(small: object, large: object, otherwise: str = "") -> str:
    """A default that depends on the table, in the help's words."""
    return f"{small}; {large} from {LARGE} rows on{otherwise}"


def _widths(hidden: Sequence[int]) -> str:
    return ",".join(map(str, hidden))


def _weights(kl: Sequence[float]) -> str:
    return ", ".join(f"{weight:g}" for weight in kl)


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
        typer.Option(
            min=1,
            help="Networks per KL weight.",
            show_default=_by_rows(_SMALL.members, _LARGE.members, f"; the report's {_REPORT.members}"),
        ),
    ] = None,
    noise_model: Annotated[
        NoiseModel, typer.Option(help="Noise that depends on the input, or one learned constant.")
    ] = BnnSettings.noise_model,
    kl_weight: Annotated[
        list[float] | None,
        typer.Option(
            min=0,
            help="Of KL(q(w) || p(w)); several are stacked.",
            show_default=_by_rows(
                _weights(_SMALL.kl_weights),
                _weights(_LARGE.kl_weights),
                f"; the report's {_weights(_REPORT.kl_weights)}",
            ),
        ),
    ] = None,
    prior_scale: Annotated[float, typer.Option(min=1e-6, help="Factor on the sd of every weight's prior.")] = (
        BnnSettings.prior_scale
    ),
    estimator: Annotated[
        Estimator,
        typer.Option(help="Draw the weights for each row by itself, or faster, once for a minibatch and shared."),
    ] = BnnSettings.estimator,
    guarantee: Annotated[
        bool | None,
        typer.Option(
            "--guarantee/--no-guarantee",
            help="Conformal intervals, which hold whatever the data are, or the model's, recalibrated.",
            show_default=f"on from {GUARANTEED} rows on, with several members",
        ),
    ] = None,
    hidden: Annotated[
        options.Widths | None,
        options.hidden(
            _by_rows(_widths(_SMALL.hidden), _widths(_LARGE.hidden), f"; the report's {_widths(_REPORT.hidden)}")
        ),
    ] = None,
    max_iterations: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Iterations at most.",
            show_default=_by_rows(
                _ON_SMALL.max_iterations, _ON_LARGE.max_iterations, f"; {_FEW.max_iterations} with few members"
            ),
        ),
    ] = None,
    patience: options.Patience = _ON_SMALL.patience,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=LARGEST_BATCH,
            help="Rows of a minibatch (M).",
            show_default=_by_rows(_ON_SMALL.batch_size, _ON_LARGE.batch_size),
        ),
    ] = None,
    learning_rate: options.LearningRate = _ON_SMALL.learning_rate,
    seed: options.Seed = _ON_SMALL.seed,
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
    from aevb_cli import files, tables
    from aevb_cli.console import Screen
    from aevb_cli.tasks import columns as roles
    from aevb_cli.tasks import training as fitting

    screen = Screen(quiet=quiet)
    files.probe(output)
    if log:
        files.probe(log)
    raw = tables.read(data, separator=separator)
    wish = ColumnRequest(target, features, missing, known=True)
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
    request = TrainingRequest(settings, training, wish, data, separator)
    fitting.fit(request, sheet, fitting.Outcome(output, log, require_converged), screen, threads)
