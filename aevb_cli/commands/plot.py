"""`aevb plot`: a picture of a model, such as the report's figures."""

from pathlib import Path
from typing import Annotated

import typer

from aevb_cli.commands import arguments, options, parsers
from aevb_cli.settings import AS_FOUND, DRAWS, INTERVAL, PlotKind


def plot(
    model: options.Model = None,
    interval: options.Intervals = None,
    kind: Annotated[
        PlotKind,
        typer.Option(
            help="auto: what suits the model. elbo: the training curve. calibration: against what was observed. Of a "
            "hidden z, manifold: what it draws as it changes; samples: drawn rows; reconstruction: what comes back."
        ),
    ] = "auto",
    x: Annotated[
        str | None,
        typer.Option(
            "--x",
            metavar="NAME",
            help="Draw this feature's effect; of a hidden z: colour by it, or by a column of --data.",
            show_default=False,
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="NAME", help="Draw this target alone.", show_default=False)
    ] = None,
    z: Annotated[
        parsers.Wholes | None,
        typer.Option(
            "--z",
            parser=parsers.numbers,
            metavar="I,J",
            help="Hidden variables to draw, one or two.",
            show_default="the two that vary most",
        ),
    ] = None,
    image: Annotated[
        parsers.Wholes | None,
        typer.Option(
            parser=parsers.size, metavar="HxW", help="Rows are images of this height and width.", show_default=False
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Rows to draw instead of those from training.", show_default=False)
    ] = None,
    draws: options.Draws = DRAWS,
    seed: options.Seed = 0,
    quiet: options.Quiet = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Picture: .png, .svg, .pdf.", show_default="beside the model")
    ] = None,
) -> None:
    """Draw a model: data, mean and intervals (Figures 1 and 2), hidden variables, calibration, the training trace.

    Example: aevb plot --interval 0.9
    """
    from aevb_cli.console import Screen

    screen = Screen(quiet=quiet)
    path = arguments.choose_model(model, screen.say)
    arguments.check_model(path)

    with screen.waiting("pictures") as waiting:
        from aevb_cli import figures, tables
        from aevb_cli.modelfile import trained
        from aevb_cli.tasks import outputs, plotting, prediction
        from aevb_cli.tasks.plot_request import PlotRequest

        waiting.expect(1)
        output = output or plotting.place_of(path, kind)
        figures.check_format(output)
        outputs.prepare({"-o": output}, [path, *tables.expand([data] if data else [])], picture=True)
        shown = trained.load(path)
        arguments.say_waiting([data or ""], screen.say)
        rows = tables.read(data, prediction.read_as(shown, AS_FOUND)) if data else None
        request = PlotRequest(kind, interval or [INTERVAL], draws, seed, x, rows, target, z, image)
        figures.save(plotting.draw(shown, request), output)
    if line := plotting.left_out(shown, request):
        screen.say(line)
    screen.say(f"Picture: {output}")
