"""`aevb plot`: the report's figures, from what the model file carries."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from aevb_cli import options
from aevb_cli.settings import INTERVAL


def plot(
    model: options.Model = None,
    interval: options.Intervals = None,
    kind: Annotated[
        Literal["auto", "elbo"], typer.Option(help="auto: the picture that suits the model. elbo: the training trace.")
    ] = "auto",
    quiet: options.Quiet = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Picture: .png, .svg or .pdf.", show_default="beside the model")
    ] = None,
) -> None:
    """Draw a model: data, mean and interval (Figure 1), hidden variables, or the training trace.

    Example: aevb plot --interval 0.9
    """
    from aevb_cli import figures, files, pictures, trained
    from aevb_cli.console import Screen

    screen = Screen(quiet=quiet)
    path = trained.choose(model, screen)
    output = output or path.with_suffix(".png" if kind == "auto" else f".{kind}.png")
    figures.check_format(output)
    files.probe(output)
    figure = pictures.draw(trained.load(path), kind, interval or [INTERVAL])
    figures.save(figure, output)
    screen.say(f"Picture: {output}")
