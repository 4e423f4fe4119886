"""The group of all commands, where an error becomes a message and an exit code."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from aevb_cli import answers, console, resources
from aevb_cli.errors import AevbError, OutputError, reason_of
from aevb_cli.running import PROCESS
from aevb_cli.shell import completion, panels, sentences
from aevb_cli.shell.command import defaults, dye, mended, metavar

_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO}


class Boundary(TyperGroup):
    """The group of all commands. Its `main` turns every error into at most three lines and the documented exit code."""

    def main(self, args: Sequence[str] | None = None, *, standalone_mode: bool = True, **extra: Any) -> Any:  # type: ignore[override]
        """Run a command line; SystemExit with its exit code, or return the code without `standalone_mode`."""
        if asked := os.environ.get(completion.ASKED):
            return self._complete(asked)
        PROCESS.begin()
        args = list(sys.argv[1:] if args is None else args)
        try:
            code = self._ended(args, **extra)
        except (BrokenPipeError, SystemExit) as error:  # Typer and Rich make of the first the second, code 1
            if not isinstance(error, BrokenPipeError) and not isinstance(error.__context__, BrokenPipeError):
                raise
            _silence(sys.stdout, sys.stderr)
            code = 128 + signal.SIGPIPE
        if not standalone_mode:
            return code
        sys.exit(code)

    def _ended(self, args: Sequence[str], **extra: Any) -> int:
        """Run a command line, and return its exit code; SystemExit and BrokenPipeError as they come."""
        try:
            code = super().main(args, prog_name="aevb", standalone_mode=False, **extra) or 0
            if fault := _stdout_fault():
                raise fault
        except BrokenPipeError:
            raise
        except Exception as error:
            return self._failed(error, args)
        return int(code)

    def _complete(self, asked: str) -> int:
        """Answer a shell that completes a line. Whatever goes wrong, nobody wants to read of it while typing."""
        with suppress(Exception):
            sys.stdout.write(completion.answer(self, asked))
            sys.stdout.flush()
        return 0

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        """Return the options of any command."""
        found: list[Any] = super().get_params(ctx)
        for option in found:
            option.rich_help_panel, option.metavar = panels.ANY, metavar(option)
        return found

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the line up to the command; what it does not say comes from variables and the file of settings."""
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        said, _, _ = self.make_parser(ctx).parse_args(list(args))
        values = defaults(ctx, said)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            raise mended(error, said, values) from error.__cause__

    def format_help(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Show the help, in colours where they are wanted."""
        dye()
        super().format_help(ctx, formatter)

    def _failed(self, error: Exception, args: Sequence[str]) -> int:
        """Show an error on stderr, and on stdout where one JSON object is asked for. Returns the exit code."""
        cause = _stdout_fault(error) or error
        command = next((each for each in args if each in self.commands), "")
        known = self._known()
        cause = resources.fault(cause, known.get(command, set())) or cause
        code = int(getattr(cause, "exit_code", 1))
        shown = self._sentence(cause, command, [each for each in args if each in known.get(command, ())])
        if "--debug" in args:
            console.traceback("".join(traceback.format_exception(error)))
        elif shown:
            console.error(*shown)
        if (PROCESS.as_json or "--json" in args) and not PROCESS.answered and not isinstance(cause, OutputError):
            try:
                answers.print_failure(shown, code)
            except OutputError as fault:
                console.error(*fault.args)
                _silence(sys.stdout)
                return fault.exit_code
        return code

    def _known(self) -> dict[str, set[str]]:
        """Return the options of each command, with those of any command; under "aevb", these alone."""
        shared = {option for each in self.params for option in each.opts} | {"--help", "-h"}
        own = {
            name: {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
            for name, command in self.commands.items()
        }
        return {name: {each for each in names if each[:1] == "-"} | shared for name, names in own.items()} | {
            "aevb": shared
        }

    def _sentence(self, error: BaseException, command: str, options: Sequence[str]) -> list[str]:
        """Return the message for an error: at most three lines. options: the names of those that are given."""
        if isinstance(error, AevbError):
            return [str(line) for line in error.args]
        if isinstance(error, TyperException):
            shown = {name: str(each.help).partition("\n")[0] for name, each in self.commands.items()}
            examples = {name: line.removeprefix("Example: ") for name, line in shown.items()}
            return sentences.lines(error, command, self._known(), examples)
        from aevb_cli.shell import bugs

        path = bugs.report(error, command, options)
        what = f" with {path}: versions and a traceback, and none of your data" if path else ""
        return [
            f"This is a bug in aevb: {type(error).__name__}: {error}",
            f"Please report it{what}. --debug shows where it happened.",
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
    return OutputError(f"stdout: cannot be written: {reason_of(fault)}.")


def _silence(*streams: TextIO) -> None:
    """Send the streams to /dev/null. The rest of their buffers has no reader, and flushing it would be an error."""
    for stream in streams:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
