"""A command line while it is typed: its command, the options and tables that stand on it, and what is being typed."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import typer


@dataclass
class Line:
    """What a line has before the word that is being typed.

    context: of the command, or of `aevb` itself where none is named yet; typed: the word so far, without its quotes;
    given: the values of options by their names; waiting: the option whose value is being typed; plain: whether "--"
    has said that no option follows.
    """

    context: typer.Context
    typed: str = ""
    given: dict[str, list[str]] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    waiting: Any = None
    plain: bool = False

    @property
    def parameters(self) -> list[Any]:
        """The parameters that the command has."""
        command: Any = self.context.command
        return list(command.get_params(self.context))

    @property
    def options(self) -> Mapping[str, Any]:
        """The options that the command has, by each of their spellings."""
        options = [each for each in self.parameters if each.param_type_name == "option"]
        return {name: each for each in options for name in (*each.opts, *each.secondary_opts)}


def split(text: str) -> list[str]:
    """Return the words of a line up to the cursor, without quotes; the last is being typed, and may be empty.

    >>> split("aevb predict 'my data.csv' --pre"), split("aevb ")
    (['aevb', 'predict', 'my data.csv', '--pre'], ['aevb', ''])
    """
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    found = list[str]()
    try:
        found.extend(lexer)
    except ValueError:  # a quote that is not closed yet
        return [*found, lexer.token]
    escaped = text.endswith("\\ ")
    return [*found, ""] if not found or (text[-1:].isspace() and not escaped) else found


def read(group: Any, words: Sequence[str]) -> Line:
    """Return the line that has these words after `aevb`; the last of them is being typed."""
    line = Line(typer.Context(group, info_name="aevb", **group.context_settings))
    for word in words[:-1]:
        _add(line, group.commands, word)
    line.typed = words[-1] if words else ""
    return line


def after_program(words: Sequence[str], program: str = "aevb") -> list[str]:
    """Return the words after the program's name, whatever stands before it (sudo, time, a variable)."""
    place = next((place for place, word in enumerate(words) if os.path.basename(word) == program), 0)  # noqa: PTH119
    return list(words[place + 1 :])


def _add(line: Line, commands: Mapping[str, Any], word: str) -> None:
    """Take a word that is complete."""
    if line.waiting is not None:
        line.given.setdefault(line.waiting.name, []).append(word)
        line.waiting = None
    elif word == "--":
        line.plain = True
    elif word[:1] == "-" and len(word) > 1 and not line.plain:
        name, joined, value = word.partition("=")
        option = line.options.get(name)
        if option is None:
            return
        line.given.setdefault(option.name, []).extend([value] if joined else [])
        line.waiting = option if not joined and not option.is_flag else None
    elif line.context.parent is None:
        if (command := commands.get(word)) is not None:
            line.context = typer.Context(command, info_name=word, parent=line.context)
    else:
        line.arguments.append(word)
