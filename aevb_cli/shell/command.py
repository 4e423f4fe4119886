"""A command of `aevb`: its options in groups, with those of any command, and their values from wherever they come."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_args

import typer
from typer.core import TyperCommand

from aevb_cli import console
from aevb_cli.running import PROCESS, Color
from aevb_cli.shell import given, panels, printed, sentences
from aevb_cli.shell.given import Given

_ORIGINS = "aevb_cli.origins"
_METAVARS = {int: "N", float: "NUMBER", str: "TEXT", Path: "FILE"}
_BEYOND = 2**20
"""A limit that nobody reaches by mistake; where one does, the error names it."""


class Command(TyperCommand):
    """A subcommand. The options of `aevb` itself may stand before or after its name."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for each in self.params:
            _quieten(each)

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        """Return the command's own parameters by their groups, then those of any command."""
        arguments = [each for each in self.params if each.param_type_name == "argument"]
        own = {each.name: each for each in self.params if each.param_type_name == "option"}
        arranged = panels.arranged(list(own), trains="max_iterations" in own)
        shared = shared_options(ctx)
        inherited = super().get_params(ctx)[len(self.params) :]
        for option in inherited:
            option.rich_help_panel, option.metavar = panels.ANY, metavar(option)  # type: ignore[attr-defined]
        for name, panel in arranged.items():
            own[name].rich_help_panel = panel  # type: ignore[attr-defined]
        for option in own.values():
            option.metavar = metavar(option)
        return [*arguments, *(own[name] for name in arranged), *shared, *inherited]

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the line; what it does not say comes from variables, then from the file of settings."""
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        said, _, _ = self.make_parser(ctx).parse_args(list(args))
        values = defaults(ctx, said)
        asked = asks("print_config", ctx, said)
        required = [each for each in self.params if each.required and asked]
        for each in required:
            each.required = False
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            raise mended(error, said, values) from error.__cause__
        finally:
            for each in required:
                each.required = True

    def format_help(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Show the help, in colours where they are wanted."""
        dye()
        super().format_help(ctx, formatter)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command, or show what its options are."""
        PROCESS.as_json = bool(ctx.params.get("as_json"))
        if asks("print_config", ctx, ctx.params):
            name = ctx.info_name or ""
            sys.stdout.write(printed.toml(name, ctx, self.get_params(ctx), ctx.meta.get(_ORIGINS, {})))
            return 0
        for option in shared_options(ctx):
            ctx.params.pop(option.name, None)
        return super().invoke(ctx)


def dye() -> None:
    """Tell Typer whether its help may have colours, which it decides once for a process, and by other rules."""
    from typer import rich_utils

    if PROCESS.color == "always":
        os.environ.pop("NO_COLOR", None)  # which Rich would obey
    rich_utils.COLOR_SYSTEM = "auto" if console.colored(sys.stdout) else None
    rich_utils.FORCE_TERMINAL = PROCESS.color == "always" or sys.stdout.isatty()


def _quieten(parameter: Any) -> None:
    """Let help tell of a parameter's type and limits what a reader needs: Typer tells all, and in Python's words."""
    if parameter.param_type_name == "argument":
        parameter.display_type_rich = lambda **_: None  # list[str], beside a name that says more
    limits = limits_of(getattr(parameter, "min", None), getattr(parameter, "max", None))
    parameter._get_number_range_help_str = lambda: limits


def limits_of(least: float | None, greatest: float | None) -> str | None:
    """Return the limits of a number in words; None where they are what anybody expects, or beyond all need.

    >>> limits_of(0, 0.9), limits_of(2, None), limits_of(1e-8, 1), limits_of(0, 2**63 - 1)
    ('0 to 0.9', 'from 2', 'up to 1', None)
    """
    high = greatest if greatest is not None and greatest < _BEYOND else None
    low = least if least is not None and (least > 1 or (least == 0 and high is not None)) else None
    if high is None:
        return None if low is None else f"from {low:g}"
    return f"up to {high:g}" if low is None else f"{low:g} to {high:g}"


def metavar(option: Any) -> str | None:
    """Return how help calls an option's value: in its own words or by its type; None where words are given."""
    if option.is_flag:
        return ""
    return option.metavar or _METAVARS.get(option.type_descriptor.annotation)


def shared_options(ctx: typer.Context) -> list[Any]:
    """Return the options of `aevb` itself that any command has, too."""
    if ctx.parent is None:
        return []
    return [each for each in ctx.parent.command.get_params(ctx.parent) if each.name not in {"version", "help"}]


def asks(name: str, ctx: typer.Context, said: Mapping[str, Any]) -> bool:
    """Whether a switch of any command is on, before or after the command's name."""
    return bool(said.get(name) or (ctx.parent and ctx.parent.params.get(name)))


def defaults(ctx: typer.Context, said: Mapping[str, Any]) -> dict[str, Given]:
    """Make variables and the file of settings the context's defaults, and return them by the options' keys.

    said: what is on the line, by the names of parameters. UsageError as of `given`.
    """
    group = (ctx.parent or ctx).command
    commands: Mapping[str, Any] = group.commands  # type: ignore[attr-defined]
    everywhere = given.settable(group.params)
    name = (ctx.info_name or "") if ctx.parent else ""
    options = everywhere | (given.settable(ctx.command.params) if ctx.parent else {})
    found = given.from_variables(name, options)
    _choose_colour(said.get("color") or (found["color"].value if "color" in found else None))
    if "help" in said:  # which a broken file must not hide
        return found
    path = said.get("config") or (ctx.parent and ctx.parent.params.get("config"))
    path = path or (found["config"].value if "config" in found else None)
    if path:
        known = {each: frozenset(given.settable(theirs.params)) | set(everywhere) for each, theirs in commands.items()}
        found = given.from_settings(str(path), given.read_settings(str(path), known), name, options) | found
    ctx.default_map = {options[key].name: each.value for key, each in found.items()}
    ctx.meta[_ORIGINS] = found
    if "color" in found and "color" not in said:
        _choose_colour(found["color"].value)
    return found


def _choose_colour(name: str | None) -> None:
    """Note what --color says at once, since help is shown before other options are looked at."""
    if name in get_args(Color):
        PROCESS.color = cast(Color, name)


def mended(error: Any, said: Mapping[str, Any], values: Mapping[str, Given]) -> Any:
    """Return the error of a value with a message in this tool's words, and with where the value comes from."""
    if error.param is not None and error.message:
        name, key = error.param.name, given.key_of(error.param)
        elsewhere = said.get(name) is None and key in values
        value = values[key].value if elsewhere else said.get(name)
        error.message = sentences.of_value(error.message, value)
        if elsewhere:
            error.message += f" It comes from {values[key].origin}."
    return error


def warn_of_variables(commands: Mapping[str, Any], shared: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each variable whose name is nearly an option's."""
    if not any(each.startswith(f"{given.PREFIX}_") for each in os.environ):
        return []
    known = {name: given.settable(each.params) | dict(shared) for name, each in commands.items()}
    return [f"{name} is no option's variable. Did you mean {close}?" for name, close in given.misspelt(known)]
