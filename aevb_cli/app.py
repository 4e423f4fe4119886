"""The program `aevb`: a line for each command, and the place where an error becomes a message and an exit code."""

import io
import os
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from inspect import cleandoc
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from aevb_cli import console
from aevb_cli.commands import (
    evaluate,
    impute,
    inspect,
    plot,
    predict,
    report,
    resume,
    sample,
    simulate,
    train_bnn,
    train_vae,
)
from aevb_cli.errors import EXIT_CODES, UsageError
from aevb_cli.running import PROCESS, Color
from aevb_cli.shell import completion
from aevb_cli.shell import help as helping
from aevb_cli.shell.boundary import Boundary
from aevb_cli.shell.command import Command, warn_of_variables
from aevb_cli.shell.given import settable
from aevb_cli.version import __version__

app = typer.Typer(
    cls=Boundary,
    add_completion=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: " + " · ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + ".",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(name: str, command: Callable[..., None]) -> None:
    """Register a command. Its docstring is a summary, then an example; its help opens with the example."""
    summary, _, example = cleandoc(command.__doc__ or "").partition("\n\n")  # python -OO has no docstrings
    app.command(name, cls=Command, help=f"{example}\n\n{summary}", short_help=summary)(command)


_add("simulate", simulate.simulate)
_add("train-vae", train_vae.train_vae)
_add("train-bnn", train_bnn.train_bnn)
_add("resume", resume.resume)
_add("predict", predict.predict)
_add("sample", sample.sample)
_add("impute", impute.impute)
_add("plot", plot.plot)
_add("report", report.report)
_add("evaluate", evaluate.evaluate)
_add("inspect", inspect.inspect)
_add("help", helping.show_help)
_add("completion", completion.show_script)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"aevb {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="TOML file of options, such as seed = 1; see --print-config.", show_default=False
        ),
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Write the options as such a file, and do nothing else.")
    ] = False,
    color: Annotated[Color, typer.Option(help="auto: in a terminal, unless NO_COLOR is set.")] = "auto",
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
) -> None:
    """Example: aevb simulate --n 150 > data.csv && aevb train-vae data.csv && aevb plot --interval 0.9

    From a CSV file to a model that knows how sure it is.
    """  # noqa: D400
    if ctx.invoked_subcommand is None:
        if print_config:
            raise UsageError("--print-config writes the options of one command. Name it: aevb train-bnn --print-config")
        helping.show_help(ctx)
    for line in warn_of_variables(ctx.command.commands, settable(ctx.command.params)):  # type: ignore[attr-defined]
        console.Screen().say(f"Warning: {line}")


def main() -> None:
    """Run the command line of this process."""
    _open_closed_streams()
    _buffer_stdout()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal may lack a sign that the help has
        sys.stdout.reconfigure(errors="replace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    if not sys.warnoptions:  # a library's warnings are for its callers, not for those of a command
        warnings.simplefilter("ignore")
    PROCESS.ends_at_once = True
    code = 1
    try:
        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process without the interpreter's tear-down, which frees one by one what the system frees at once."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _open_closed_streams() -> None:
    """Open closed standard streams. Else the next file to be opened would get such a number, and be written over.

    Writing to a stdout that was closed is an error, to a stderr that was closed it is not.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY), number)
            setattr(sys, name, open(number, mode, errors="backslashreplace", closefd=False))  # noqa: SIM115


def _buffer_stdout() -> None:
    """Give stdout a buffer where PYTHONUNBUFFERED took it: a single write may be cut short, and nobody would tell."""
    if isinstance(sys.stdout, io.TextIOWrapper) and isinstance(sys.stdout.buffer, io.RawIOBase):
        encoding, errors = sys.stdout.encoding, sys.stdout.errors
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(sys.stdout.detach()), encoding=encoding, errors=errors)
