"""`aevb help`: what --help shows, or a manual page."""

import sys
from typing import Annotated, cast

import typer

from aevb_cli.errors import UsageError
from aevb_cli.nearest import nearest


def show_help(
    ctx: typer.Context,
    command: Annotated[
        str | None, typer.Argument(metavar="COMMAND", help="Of which command.", show_default="all of them")
    ] = None,
    man: Annotated[bool, typer.Option("--man", help="Write the manual page instead, for man -l -.")] = False,
) -> None:
    """Show what a command is for, an example that runs, and its options.

    Example: aevb help predict
    """
    root = ctx.parent or ctx
    commands = root.command.commands  # type: ignore[attr-defined]
    if command is not None and command not in commands:
        raise UsageError(
            f"There is no command '{command}'{nearest(command, commands)}. There are {', '.join(commands)}."
        )
    found = typer.Context(commands[command], info_name=command, parent=root) if command else root
    if man:
        from aevb_cli.shell.manual import page

        sys.stdout.write(page(cast(typer.Context, found)))
    elif text := found.get_help():  # Typer has shown it already where Rich draws it
        sys.stdout.write(f"{text}\n")
