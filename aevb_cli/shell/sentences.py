"""What Typer raises, as a sentence with the next step: what may have been meant, and where it is said."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from typer.exceptions import TyperException

from aevb_cli.nearest import closest, nearest
from aevb_cli.printable import printable

Options = Mapping[str, Iterable[str]]
"""The options of each command, by its name."""

_CHOICE = re.compile(r"(?:Value error, )?'(.*)' is not one of (.*)\.", re.DOTALL)
_UNKNOWN = "No such option: "
_EXTRA = re.compile(r"Got unexpected extra argument\(s\) \((.*)\)", re.DOTALL)
_MISSING = re.compile(r"(Missing (?:argument|option|parameter)\b.*?)(?:\s*Choose from:\s*(.*))?", re.DOTALL)
_MEANT = {
    "--epochs": "--max-iterations",
    "--iterations": "--max-iterations",
    "--steps": "--max-iterations",
    "--lr": "--learning-rate",
    "--layers": "--hidden",
    "--units": "--hidden",
    "--label": "--target",
    "--y": "--target",
    "--response": "--target",
    "--columns": "--features",
    "--x": "--features",
    "--confidence": "--interval",
    "--level": "--interval",
    "--ci": "--interval",
    "--random-state": "--seed",
    "--jobs": "--threads",
    "--n-jobs": "--threads",
    "--gpu": "--device cuda",
    "--cuda": "--device cuda",
    "--format": "--output, whose ending says it",
    "--out": "--output",
    "--silent": "--quiet",
    "--delimiter": "--separator",
    "--sep": "--separator",
    "--families": "--likelihood",
    "--distribution": "--likelihood",
    "-n": "--n",
    "-i": "--interval",
    "-v": "--version",
    "-V": "--version",
}
"""Options of other tools, and what they are called here."""

_LIMITS = {
    "greater than or equal to": "is less than",
    "less than or equal to": "is more than",
    "greater than": "is not more than",
    "less than": "is not less than",
}


def lines(error: TyperException, command: str, options: Options, examples: Mapping[str, str]) -> list[str]:
    """Return the message for an error of the command line: at most three lines.

    command: on the line, empty where there is none; options, examples: of each command, by its name.
    """
    context = getattr(error, "ctx", None)
    name = context.info_name if context else command
    path = context.command_path if context else f"aevb {command}".rstrip()
    return [_mended(error.format_message(), name or "aevb", options, examples), f"Try `{path} --help`."]


def of_value(message: str, given: Any) -> str:
    """Return what is wrong with an option's value, in the words of this tool instead of its library's.

    >>> of_value("Value error, 'lern' is not one of 'error', 'drop', 'learn'.", "lern")
    "'lern' is not one of 'error', 'drop', 'learn' (did you mean 'learn'?)."
    >>> of_value("Input should be greater than or equal to 1", "0")
    '0 is less than 1.'
    """
    if found := _CHOICE.fullmatch(message):
        word, known = found.groups()
        choices = known.strip("'").split("', '")
        return f"'{printable(word)}' is not one of {known}{nearest(word, choices)}."
    shown = printable(str(given[-1] if isinstance(given, list | tuple) and given else given))
    if "valid integer" in message:
        return f"'{shown}' is not a whole number."
    if "valid number" in message or "finite number" in message:
        return f"'{shown}' is not a number."
    if "valid boolean" in message:
        return f"'{shown}' is neither true nor false."
    for words, comparison in _LIMITS.items():
        if words in message:
            return f"{shown} {comparison} {message.rpartition(' ')[2]}."
    return message.removeprefix("Value error, ")


def _mended(message: str, command: str, options: Options, examples: Mapping[str, str]) -> str:
    example = f" For example: {examples[command]}" if command in examples else ""
    if message.startswith(_UNKNOWN):
        return _unknown(message.removeprefix(_UNKNOWN).partition(" (Possible")[0], command, options)
    if message.startswith("No such command"):
        return _no_command(message.split("'")[1], options)
    if found := _MISSING.fullmatch(message):
        return f"{found[1]}{_choose(found[2])}{example}"
    if found := _EXTRA.fullmatch(message):
        return f"{command} takes no argument {printable(found[1])}.{example}"
    if message.startswith("Option ") and "requires an argument" in message:
        return message.replace("requires an argument.", "requires a value after it.")
    return message


def _choose(words: str | None) -> str:
    """Typer's words of a value that is left out, a line each, as a sentence."""
    return f" Choose {_listed([each.strip() for each in words.split(',')], 'or')}." if words else ""


def _unknown(option: str, command: str, options: Options) -> str:
    """What to say of an option that a command does not have."""
    known = list(options.get(command, ()))
    if (meant := _MEANT.get(option, "")) and re.split("[ ,]", meant)[0] in known:
        return f"No such option: {option}. Here it is {meant}."
    owners = [name for name, theirs in options.items() if option in theirs]
    if owners and command in options:
        return f"No such option: {option}. {command} does not have it; {_listed(owners)} {_has(owners)}."
    if len(option) > 2 and (close := closest(option, known)):
        return f"No such option: {option} (did you mean {close}?)"
    return f"No such option: {option}."


def _no_command(name: str, options: Options) -> str:
    begun = [each for each in options if each.startswith(f"{name}-")]
    if len(begun) > 1:
        return f"No such command '{printable(name)}' (did you mean {' or '.join(begun)}?)"
    if close := closest(name, list(options)):
        return f"No such command '{printable(name)}' (did you mean {close}?)"
    known = ", ".join(each for each in options if each != "aevb")
    return f"No such command '{printable(name)}'. There are {known}."


def _has(owners: list[str]) -> str:
    return "has" if len(owners) == 1 else "have"


def _listed(names: list[str], joined: str = "and") -> str:
    *start, last = names
    return f"{', '.join(start)} {joined} {last}" if start else last
