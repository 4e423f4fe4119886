"""`aevb simulate`: data of the report and of other processes whose true distribution is known."""

import shlex
from typing import Annotated

import typer

from aevb_cli.commands import arguments, options
from aevb_cli.settings import Noise, Process, SimulationSettings

_DEFAULT = SimulationSettings()


def simulate(
    n: Annotated[int, typer.Option("--n", min=1, help="Rows.")] = _DEFAULT.n,
    seed: options.Seed = _DEFAULT.seed,
    process: Annotated[
        Process,
        typer.Option(
            help="report: Algorithm 2. factor: linear-Gaussian factor model, log-evidence in closed form. "
            "tfp: TensorFlow Probability's regression tutorial."
        ),
    ] = _DEFAULT.process,
    noise: Annotated[Noise, typer.Option(help="Its distribution, always of unit variance.")] = _DEFAULT.noise,
    df: Annotated[float, typer.Option(help="Degrees of freedom of student-t noise.")] = _DEFAULT.df,
    w0: Annotated[float | None, typer.Option(help="Slope.", show_default="0.1; tfp 0.125")] = None,
    b0: Annotated[float | None, typer.Option(help="Intercept.", show_default="4.5; tfp 5")] = None,
    low: Annotated[float | None, typer.Option(help="Smallest x.", show_default="-25; tfp -20")] = None,
    high: Annotated[float | None, typer.Option(help="Largest x.", show_default="55; tfp 60")] = None,
    truth: Annotated[
        bool, typer.Option("--truth", help="Add z's true mean and sd given x (factor: log p(x)).")
    ] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Leave z in its own units instead of standardising it.")] = False,
    quiet: options.Quiet = False,
    output: options.Output = "-",
) -> None:
    """Write a table x,z whose true distribution is known.

    Example: aevb simulate --n 150 > data.csv
    """
    from aevb_cli import simulation, tables
    from aevb_cli.console import Screen

    settings = SimulationSettings(n, seed, process, noise, df, w0, b0, low, high, standardise=not raw)
    made = simulation.simulate(settings, truth=truth)
    tables.write(output, made.names, made.blocks())
    hidden = " --latent 2" if process == "factor" else ""
    way_on = f"aevb train-vae {shlex.quote(output)}{hidden}"
    arguments.say_written("Table", output, Screen(quiet=quiet).say, way_on)
