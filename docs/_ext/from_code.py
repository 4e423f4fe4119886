"""Directives whose content comes from the code: the commands with their options, and JSON Schemas."""

import json
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import Any

import typer
from docutils import nodes
from schemas import of_header
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from aevb_cli.app import app


class Commands(SphinxDirective):
    """A section for each command: what it does, an example, and every option with its default."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return self.parse_text_to_nodes("\n".join(commands()), allow_section_headings=True)


class HeaderSchema(SphinxDirective):
    """The JSON Schema of a model file's header, as the records that read it have it."""

    def run(self) -> list[nodes.Node]:
        """Return a block of JSON."""
        text = json.dumps(of_header(), indent=2)
        return [nodes.literal_block(text, text, language="json")]


def commands() -> Iterator[str]:
    """Markdown, a line each."""
    root: Any = typer.main.get_command(app)
    yield from options(root.params)
    for name, command in root.commands.items():
        example, _, summary = cleandoc(command.help or "").partition("\n\n")
        usage = " ".join(command.collect_usage_pieces(typer.Context(command, info_name=name)))
        yield from ("", f"## aevb {name}", "", plain(summary), "")
        yield from ("```text", f"aevb {name} {usage}", "```", "", "Example:", "")
        yield from ("```sh", example.removeprefix("Example: "), "```", "")
        yield from options(command.params)


def options(parameters: Sequence[Any]) -> Iterator[str]:
    """A definition for each argument and option."""
    for each in parameters:
        if getattr(each, "hidden", False):
            continue
        context: Any = typer.Context(typer.main.get_command(app))
        record = each.get_help_record(context)
        names, text = record or (each.make_metavar(context), getattr(each, "help", None) or "")
        yield from (f"`{plain(names)}`", f": {marked(text)}", "")


def plain(text: str) -> str:
    """The text without Rich's escapes, in one line."""
    return " ".join(text.replace("\\[", "[").split())


def marked(text: str) -> str:
    """Text whose signs mean nothing to Markdown."""
    return "".join(f"\\{sign}" if sign in "*_<>[]`$|" else sign for sign in plain(text)) or "."


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    for name, directive in {"aevb-commands": Commands, "aevb-header-schema": HeaderSchema}.items():
        app.add_directive(name, directive)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
