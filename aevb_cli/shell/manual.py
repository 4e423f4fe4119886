"""Manual pages in the language of man(7), from what --help is made of."""

import re
from collections.abc import Iterator
from inspect import cleandoc
from itertools import groupby
from typing import Any

import typer

from aevb_cli.errors import EXIT_CODES
from aevb_cli.shell import given
from aevb_cli.version import __version__

_FILES = (
    "Options are looked for on the command line, then in a variable of the environment, then in the file of settings, "
    "then there is a default. The variable of --batch-size is AEVB_BATCH_SIZE for every command, or "
    "AEVB_TRAIN_VAE_BATCH_SIZE for aevb train-vae. Several values are set apart as in a shell. NO_COLOR and TERM=dumb "
    "are obeyed."
)


def page(context: typer.Context) -> str:
    """Return the manual page of a command, or of `aevb` itself."""
    command: Any = context.command
    name = "aevb" if context.parent is None else f"aevb-{context.info_name}"
    example, _, summary = cleandoc(command.help or "").partition("\n\n")
    lines = [
        f'.TH {_escaped(name.upper())} 1 "" "aevb {__version__}" "aevb"',
        ".SH NAME",
        f"{_escaped(name)} \\- {_escaped(summary.rstrip('.'))}",
        ".SH SYNOPSIS",
        f"\\fB{_escaped(name.replace('-', ' ', 1))}\\fR {_escaped(' '.join(command.collect_usage_pieces(context)))}",
        ".SH DESCRIPTION",
        _escaped(summary),
        ".SH EXAMPLE",
        _escaped(example.removeprefix("Example: ")),
        *_parameters(command, context),
        *(_commands(command) if context.parent is None else ()),
        ".SH ENVIRONMENT",
        _escaped(_FILES),
        ".SH EXIT STATUS",
        *(line for code, meaning in EXIT_CODES.items() for line in (".TP 6", f"\\fB{code}\\fR", _escaped(meaning))),
        ".SH SEE ALSO",
        _see_also(context),
    ]
    return "\n".join(lines) + "\n"


def pages(group: Any) -> dict[str, str]:
    """Return all pages by the names of their files. group: of all commands."""
    root, commands = typer.Context(group, info_name="aevb", **group.context_settings), group.commands
    of_commands = {
        f"aevb-{name}.1": page(typer.Context(command, info_name=name, parent=root))
        for name, command in commands.items()
    }
    return {"aevb.1": page(root), **of_commands}


def _parameters(command: Any, context: typer.Context) -> Iterator[str]:
    """Yield a section for each group of options, in the order of the help."""
    for panel, group in groupby(command.get_params(context), lambda each: each.rich_help_panel or "Arguments"):
        yield f".SH {_escaped(panel.upper())}"
        for each in group:
            yield ".TP"
            yield _term(each)
            yield _explained(each, context)


def _term(parameter: Any) -> str:
    """Return a parameter's names and what its value is called."""
    if parameter.param_type_name == "argument":
        return f"\\fI{_escaped(parameter.metavar or parameter.name)}\\fR"
    names = sorted(parameter.opts, key=len) + parameter.secondary_opts
    shown = ", ".join(f"\\fB{_escaped(each)}\\fR" for each in names)
    choices = parameter.type_descriptor.choices
    value = "|".join(map(str, choices)) if choices else parameter.metavar or ""
    return f"{shown} \\fI{_escaped(value)}\\fR" if value else shown


def _explained(parameter: Any, context: typer.Context) -> str:
    """Return the help text, the default and the variable that sets it."""
    _, text = parameter.get_help_record(context)
    text = re.sub(r"\[default: \((.*?)\)([;\]])", r"[default: \1\2", text)
    key = given.key_of(parameter)
    variables = given.variables(context.info_name or "", key) if context.parent else given.variables("", key)
    known = parameter.param_type_name == "option" and key in given.settable([parameter])
    return _escaped(f"{text}  {variables[-1]}" if known else text)


def _commands(group: Any) -> Iterator[str]:
    yield ".SH COMMANDS"
    for name, command in group.commands.items():
        yield ".TP"
        yield f"\\fB{_escaped(name)}\\fR"
        yield _escaped(command.get_short_help_str())


def _see_also(context: typer.Context) -> str:
    root = context.find_root()
    names = [f"aevb-{name}" for name in root.command.commands if name != context.info_name]  # type: ignore[attr-defined]
    others = names if context.parent is None else ["aevb", *names]
    return ", ".join(f"\\fB{_escaped(name)}\\fR(1)" for name in others)


def _escaped(text: str) -> str:
    r"""Return a text that man(7) takes for itself: backslashes, dashes, and dots or quotes at a line's start.

    >>> print(_escaped(".5 --n a\\b"))
    \&.5 \-\-n a\eb
    """
    text = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    text = text.replace("^", "\\(ha").replace("~", "\\(ti")
    return f"\\&{text}" if text[:1] in {".", "'"} else text
