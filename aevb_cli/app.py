"""The program `aevb`: a line for each command, and the place where an error becomes a message and an exit code."""

import errno
import io
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from inspect import cleandoc
from typing import Annotated, Any, NoReturn, TextIO

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from aevb_cli import console, resources
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
from aevb_cli.errors import EXIT_CODES, AevbError, OutputError
from aevb_cli.running import PROCESS
from aevb_cli.version import __version__

_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO}


class _Boundary(TyperGroup):
    """The group of all commands. Its `main` turns every error into at most three lines and the documented exit code."""

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]
        try:
            code = super().main(args, standalone_mode=False, **extra) or 0
            if fault := _stdout_fault():
                raise fault
        except (BrokenPipeError, SystemExit) as error:  # Typer and Rich make of the first the second, code 1
            if not isinstance(error, BrokenPipeError) and not isinstance(error.__context__, BrokenPipeError):
                raise
            _silence(sys.stdout, sys.stderr)
            code = 128 + signal.SIGPIPE
        except Exception as error:
            cause = _stdout_fault(error) or error
            cause = resources.fault(cause, self._options_of(args)) or cause
            code = getattr(cause, "exit_code", 1)
            if "--debug" in sys.argv:
                console.traceback(traceback.format_exc())
            elif lines := _sentence(cause):  # there are none for `aevb` alone, which has shown its help
                console.error(*lines)
        if not standalone_mode:
            return code
        sys.exit(code)

    def _options_of(self, args: Sequence[str] | None) -> set[str]:
        """Return the options of the command at hand."""
        named = (self.commands[each] for each in (sys.argv[1:] if args is None else args) if each in self.commands)
        command = next(named, None)
        return {option for each in command.params for option in each.opts} if command else set()


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
    """Register a command. Its docstring is a summary, then an example; its help opens with the example."""
    summary, example = cleandoc(command.__doc__ or "").split("\n\n")
    app.command(name, help=f"{example}\n\n{summary}", short_help=summary)(command)


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
    """  # noqa: D400


def main() -> None:
    """Run the command line of this process."""
    _open_closed_streams()
    if not sys.stdout.isatty():  # even where a CI service forces colours, no escape codes go to a file or a pipe
        os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"
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


def _sentence(error: BaseException) -> list[str]:
    """Return the message for an error: at most three lines; none where there is nothing to say."""
    if isinstance(error, AevbError):
        return [str(line) for line in error.args]
    if isinstance(error, TyperException):
        context = getattr(error, "ctx", None)
        message = error.format_message()
        lines = [message, f"Try `{context.command_path} --help`."] if context else [message]
        return lines if message else []
    return [
        f"This is a bug in aevb: {type(error).__name__}: {error}",
        "Run the command again as `aevb --debug ...` to see where, and report it.",
    ]


def _stdout_fault(met: Exception | None = None) -> OutputError | None:
    """Flush stdout, and return its error or None.

    met: the error that ended the command. If it is still an OSError, it is stdout's: files raise OutputError.
    """
    fault = met if isinstance(met, OSError) and met.errno in _UNWRITABLE else None
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        fault = error
    if fault is None:
        return None
    _silence(sys.stdout)
    return OutputError(f"stdout: cannot be written: {(fault.strerror or str(fault)).lower()}.")


def _silence(*streams: TextIO) -> None:
    """Send the streams to /dev/null. The rest of their buffers has no reader, and flushing it would be an error."""
    for stream in streams:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_closed_streams() -> None:
    """Open closed standard streams. Else the next file to be opened would get such a number, and be written over.

    Writing to a stdout that was closed is an error, to a stderr that was closed it is not.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY), number)
            setattr(sys, name, open(number, mode, errors="backslashreplace", closefd=False))  # noqa: SIM115
