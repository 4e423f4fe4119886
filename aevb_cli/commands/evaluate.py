"""`aevb evaluate`: scores on a table whose targets are known, and requirements on them for CI."""

from typing import Annotated

import typer

from aevb_cli.commands import arguments, options
from aevb_cli.settings import DRAWS, IMPORTANCE_SAMPLES, INTERVAL, ReadOptions


def evaluate(
    model_and_data: options.ModelAndData = None,
    interval: options.Intervals = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCORE>=NUMBER", help="Exit 6 unless it holds: coverage@0.9>=0.85, rmse[z]<2; several times."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="COLUMN",
            help="Scores of each group of rows, too, by this column's cells; --require holds for each group.",
            show_default=False,
        ),
    ] = None,
    synthetic: Annotated[
        str | None,
        typer.Option(
            metavar="TABLE",
            help="Judge these made-up rows beside the table's: columns, pairs, a classifier, copies.",
            show_default=False,
        ),
    ] = None,
    per_class: options.PerClass = False,
    draws: options.Draws = DRAWS,
    importance_samples: Annotated[int, typer.Option(min=2, help="Draws of z per row (log p(x)).")] = IMPORTANCE_SAMPLES,
    seed: options.Seed = 0,
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
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Score a model on a table: RMSE, CRPS, log-likelihood, coverage; of classes accuracy, Brier score and sets.

    Example: aevb evaluate vae.safetensors data.csv --require 'coverage@0.9>=0.8'
    """
    from aevb_cli import console
    from aevb_cli.tasks import requirements

    required = requirements.read(require or [])
    screen = console.Screen(quiet=quiet)
    path, data = arguments.choose_model_and_data(model_and_data or [], screen.say)
    arguments.check_model(path)

    levels, further = interval or [INTERVAL], requirements.levels(required)
    with screen.waiting("rows") as waiting:
        from aevb_cli import tables
        from aevb_cli.core.device import check
        from aevb_cli.modelfile import trained
        from aevb_cli.tasks import evaluation, prediction

        check(device)
        model = trained.load(path)
        read = ReadOptions(separator, encoding, header, sheet, decimal, tuple(na or ()))
        evaluation.check_names(model, required, made_up=synthetic is not None)
        raw = tables.read(data, prediction.read_as(model, read))
        made = tables.read(synthetic, prediction.read_as(model, read)) if synthetic else None
        request = evaluation.EvaluateRequest(
            levels, draws, importance_samples, seed, unseen, missing, threads, further, by, per_class, device, made,
            waiting,
        )  # fmt: skip
        found = evaluation.evaluate(model, raw, request)
    for line in found.warnings:
        screen.say(f"Warning: {line}")
    for line in found.notes:
        screen.say(line)
    console.print_scores(found.scores, as_json=as_json)
    requirements.check(found.scores, required, levels, screen.say)
