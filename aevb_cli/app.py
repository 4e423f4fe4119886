"""The door: one line per command, and the boundary where an error becomes a sentence and an exit code."""

import os
import signal
import sys
from collections.abc import Callable
from inspect import cleandoc
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from aevb_cli import __version__, console
from aevb_cli.commands import evaluate, inspect, plot, predict, simulate, train_bnn, train_vae
from aevb_cli.errors import EXIT_CODES, AevbError

_OUT_OF_MEMORY = "Out of memory. Lower --batch-size, --hidden or --draws, or give fewer rows."


class _Boundary(TyperGroup):
    """The group whose `main` turns every error into at most three lines and the exit code of the contract."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        try:
            code = super().main(*args, standalone_mode=False, **extra) or 0
            sys.stdout.flush()
        except BrokenPipeError:
            _silence_stdout()
            code = 128 + signal.SIGPIPE
        except (AevbError, TyperException) as error:
            if "--debug" in sys.argv:
                raise
            message = error.format_message() if isinstance(error, TyperException) else str(error)
            if message:  # `aevb` alone has shown its help
                console.error(message)
            code = error.exit_code
        except Exception as error:
            if "--debug" in sys.argv:
                raise
            code = 1
            console.error(_OUT_OF_MEMORY if _is_out_of_memory(error) else _bug(error))
        if not standalone_mode:
            return code
        sys.exit(code)


app = typer.Typer(
    cls=_Boundary,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: " + " · ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + ".",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(name: str, command: Callable[..., None]) -> None:
    """Register a command; its help opens with the example that its docstring ends with."""
    summary, example = cleandoc(command.__doc__ or "").split("\n\n")
    app.command(name, help=f"{example}\n\n{summary}", short_help=summary)(command)


_add("simulate", simulate.simulate)
_add("train-vae", train_vae.train_vae)
_add("train-bnn", train_bnn.train_bnn)
_add("predict", predict.predict)
_add("plot", plot.plot)
_add("evaluate", evaluate.evaluate)
_add("inspect", inspect.inspect)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"aevb {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
) -> None:
    """Example: aevb simulate --n 150 > data.csv && aevb train-vae data.csv && aevb plot --interval 0.9

    From a CSV file to a model that knows how sure it is.
    """  # noqa: D400, D415


def main() -> None:
    """Run the command line of this process."""
    if not sys.stdout.isatty():  # CI services force colours on; a file or a pipe must not hold escape codes
        os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    app()


def _bug(error: Exception) -> str:
    return (
        f"This is a bug in aevb: {type(error).__name__}: {error}\n"
        "Run the command again as `aevb --debug ...` to see where, and report it."
    )


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or "can't allocate memory" in str(error)


def _silence_stdout() -> None:
    """What is still buffered has no reader; without this the interpreter complains when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
