"""Values of options that are not on the command line: from variables AEVB_*, and from a file of settings.

An option on the line goes before a variable, a variable before the file, and the file before the default.
"""

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aevb_cli.errors import UsageError, reason_of
from aevb_cli.nearest import closest, nearest, nearest_file

PREFIX = "AEVB"
_APART = frozenset({"help", "version", "print-config"})
"""Options that ask for something to be shown; nobody sets them for good."""

Settings = Mapping[str, Any]
Known = Mapping[str, frozenset[str]]
"""The keys of the options of each command, by its name."""


@dataclass(frozen=True)
class Given:
    """A value as text, several as texts, a switch as a truth value; and where it comes from, in words."""

    value: Any
    origin: str


def key_of(option: Any) -> str:
    """Return what an option is called in a file of settings: its long name without dashes; empty for an argument."""
    names = [each for each in option.opts if each.startswith("--")]
    return max(names, key=len).removeprefix("--") if names else ""


def settable(options: Iterable[Any]) -> dict[str, Any]:
    """Return the options that a variable or a file can set, by their keys."""
    return {key: option for option in options if (key := key_of(option)) and key not in _APART}


def variables(command: str, key: str) -> tuple[str, ...]:
    """Return the names of an option's variables: of this command first, then of every command that has the option.

    >>> variables("train-vae", "batch-size")
    ('AEVB_TRAIN_VAE_BATCH_SIZE', 'AEVB_BATCH_SIZE')
    """
    names = ((PREFIX, command, key), (PREFIX, key)) if command else ((PREFIX, key),)
    return tuple("_".join(parts).upper().replace("-", "_") for parts in names)


def from_variables(command: str, options: Mapping[str, Any]) -> dict[str, Given]:
    """Return what variables say of a command's options, by their keys; an empty variable says nothing.

    Raises
    ------
    UsageError
        a value of several words has a quote that does not close.
    """
    found = dict[str, Given]()
    for key, option in options.items():
        name = next((each for each in variables(command, key) if os.environ.get(each)), None)
        if name is not None:
            text = os.environ[name]
            found[key] = Given(_words(name, text) if option.multiple else text, name)
    return found


def misspelt(commands: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield each variable AEVB_* that no option has though one is called much the same, and that one's name."""
    known = {name for command, options in commands.items() for key in options for name in variables(command, key)}
    for name in sorted(os.environ):
        if name.startswith(f"{PREFIX}_") and name not in known and (close := closest(name, sorted(known))):
            yield name, close


def read_settings(path: str, known: Known) -> Settings:
    """Read a file of settings: TOML, whose keys are options; those of one command stand in a table of its name.

    Raises
    ------
    UsageError
        it cannot be read, or names an option or a command that there is not.
    """
    import tomllib

    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"--config {path}: there is no such file.{nearest_file(path)}") from error
    except OSError as error:
        raise UsageError(f"--config {path}: cannot be read: {reason_of(error)}.") from error
    except ValueError as error:
        raise UsageError(f"--config {path}: this is no TOML: {error}. Write, say, seed = 1") from error
    every = frozenset().union(*known.values())
    for key, value in content.items():
        if isinstance(value, dict):
            if key not in known:
                raise UsageError(f"--config {path}: there is no command '{key}'{nearest(key, known)}.")
            _check(f"{path}, [{key}]", value, known[key])
        else:
            _check(path, {key: value}, every)
    return content


def from_settings(path: str, content: Settings, command: str, options: Mapping[str, Any]) -> dict[str, Given]:
    """Return what a file of settings says of a command's options, by their keys; UsageError where it says nonsense."""
    found = dict[str, Given]()
    own = content.get(command, {})
    for place, table in ((path, content), (f"{path}, [{command}]", own)):
        for name, value in table.items():
            key = _key(name)
            if not isinstance(value, dict) and key in options:
                found[key] = Given(_as_text(place, name, value, options[key]), place)
    return found


def _check(place: str, table: Settings, known: Iterable[str]) -> None:
    for name in table:
        if _key(name) not in known:
            raise UsageError(f"--config {place}: there is no option '{name}'{nearest(_key(name), known)}.")


def _key(name: str) -> str:
    return name.replace("_", "-")


def _as_text(place: str, name: str, value: Any, option: Any) -> Any:
    """Return a value as the command line would have it."""
    parts = value if isinstance(value, list) else [value]
    if option.is_flag:
        if isinstance(value, bool):
            return value
        raise UsageError(f"--config {place}: {name} is a switch. Write {name} = true, or false.")
    if any(isinstance(each, bool | list | dict) for each in parts):
        raise UsageError(f"--config {place}: {name} takes numbers or texts. Put texts in quotes.")
    texts = [str(each) for each in parts]
    return texts if option.multiple else ",".join(texts)


def _words(name: str, text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{name}: a quote is not closed. Values are set apart as in a shell: a 'b c'") from error
