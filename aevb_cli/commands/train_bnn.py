"""`aevb train-bnn`: an ensemble of Bayesian neural networks with mean-field posteriors."""

from pathlib import Path
from typing import Annotated

import typer

from aevb_cli import options
from aevb_cli.settings import BnnSettings, NoiseModel, TrainingSettings, iterations_for, width_for

_BNN, _TRAINING = BnnSettings(), TrainingSettings(batch_size=100, learning_rate=0.01)


def train_bnn(
    data: options.Data,
    target: options.Target = None,
    features: options.Features = None,
    members: Annotated[int, typer.Option(min=1, help="Networks in the ensemble (K).")] = _BNN.members,
    noise_model: Annotated[
        NoiseModel, typer.Option(help="Noise that depends on the input, or one learned constant.")
    ] = _BNN.noise_model,
    kl_weight: Annotated[
        float | None, typer.Option(min=0, help="Of KL(q(w) || p(w)).", show_default="0.1; 1 with one member")
    ] = None,
    prior_scale: Annotated[float, typer.Option(min=1e-6, help="Sd of every weight's prior.")] = _BNN.prior_scale,
    hidden: options.Hidden = None,
    max_iterations: options.MaxIterations = None,
    patience: options.Patience = _TRAINING.patience,
    batch_size: options.BatchSize = _TRAINING.batch_size,
    learning_rate: options.LearningRate = _TRAINING.learning_rate,
    seed: options.Seed = _TRAINING.seed,
    missing: options.MissingRule = "error",
    separator: options.Separator = None,
    require_converged: options.RequireConverged = False,
    log: options.Log = None,
    quiet: options.Quiet = False,
    output: options.ModelOutput = Path("bnn.safetensors"),
) -> None:
    """Train Bayesian neural networks: the spread of their draws is the epistemic uncertainty of E(z|x).

    Example: aevb train-bnn data.csv
    """
    from aevb_cli import files, fitting, roles, tables, trained
    from aevb_cli.console import Screen

    screen = Screen(quiet=quiet)
    files.probe(output)
    raw = tables.read(data, separator=separator)
    wish = roles.Wish(target, features, missing, known=True)
    sheet = roles.assign(raw, wish, screen)
    rows = len(sheet.features)
    settings = BnnSettings(
        hidden or (width_for(rows),) * 2,
        min(members, rows),
        noise_model,
        (1.0 if members == 1 else _BNN.kl_weight) if kl_weight is None else kl_weight,
        prior_scale,
    )
    training = TrainingSettings(seed, max_iterations or iterations_for(rows), patience, batch_size, learning_rate)
    request = trained.Request(settings, training, wish, data, separator)
    fitting.fit(request, sheet, fitting.Outcome(output, log, require_converged), screen)
