"""What may stand where a word of the command line is being typed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args

from aevb_cli.errors import AevbError
from aevb_cli.settings import SUFFIX, Likelihood, Told
from aevb_cli.shell.given import key_of
from aevb_cli.shell.line import Line

Candidate = tuple[str, str]
"""A word, and what to say of it."""

_FILES = frozenset({"config", "data", "log", "output", "save-draws", "synthetic"})
_WORDS: Mapping[str, Sequence[str]] = {
    "separator": (",", ";", "tab", "|"),
    "encoding": ("utf-8", "cp1252", "latin-1", "utf-16", "mac-roman", "shift-jis", "gb18030"),
    "na": ("NA", "N/A", "-", "-999"),
    "interval": ("0.5", "0.8", "0.9", "0.95", "0.99"),
    "quantile": ("0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"),
    "kl-weight": ("1", "0.3", "0.1", "0.03", "0.01"),
    "hidden": ("25,25", "48,48,48", "64,64,64"),
    "decoder-hidden": ("25", "25,25", "50,50"),
    "image": ("28x28", "8x8"),
    "z": ("1", "1,2"),
}
_KINDS: Mapping[str, Sequence[str]] = {"types": get_args(Told), "likelihood": get_args(Likelihood)}
_HIGH = frozenset({"coverage", "log_likelihood", "accuracy", "elbo", "log_px", "coverage_by_class"})
"""Scores of which more is better."""


def of(line: Line) -> list[Candidate] | None:
    """Return the words that may stand there; None where a file may, which the shell knows better."""
    if line.waiting is not None:
        return _begun(line, of_value(line, line.waiting, line.typed))
    if line.typed[:1] == "-" and not line.plain:
        name, joined, value = line.typed.partition("=")
        option = line.options.get(name)
        if not joined:
            return _begun(line, _options(line))
        if option is None or option.is_flag:
            return []
        found = of_value(line, option, value)
        return found and _begun(line, [(f"{name}={word}", said) for word, said in found])
    if line.context.parent is None:
        commands: Mapping[str, Any] = line.context.command.commands  # type: ignore[attr-defined]
        return _begun(line, [(name, each.get_short_help_str()) for name, each in commands.items()])
    return _begun(line, _of_arguments(line))


def of_value(line: Line, option: Any, typed: str) -> list[Candidate] | None:
    """Return what an option's value may be; None where it is a file."""
    key, choices = key_of(option), option.type_descriptor.choices
    if key in _FILES or option.type_descriptor.annotation is Path:
        return None
    if option.metavar in {"NAME", "COLUMN"}:
        start = typed[: typed.rfind(",") + 1] if option.multiple else ""
        return [(f"{start}{name}", "") for name in columns(line) if name not in start.split(",")]
    if option.metavar in {"NAME=KIND", "NAME=VALUE"}:
        name, joined, _ = typed.rpartition("=")
        words = _KINDS.get(key) or _cells(line, name)
        return [(f"{name}={word}", "") for word in words] if joined else [(f"{each}=", "") for each in columns(line)]
    found: Iterable[str] = _WORDS.get(key) or ([] if option.default in (None, "") else [str(option.default)])
    if key == "require":
        found = (f"{each}>=" if each in _HIGH else f"{each}<=" for each in _scores())
    elif key == "sheet":
        found = (name for path in tables(line) for name in _sheets(path))
    return [(str(word), "") for word in choices or found]


def columns(line: Line) -> list[str]:
    """Return the columns of the tables on the line; where there is none, or the model is asked, those of the model."""
    from aevb_cli.tables.names import names

    found = [name for path in tables(line) for name in names(path)]
    model = _model(line) if not found or "kind" in {each.name for each in line.parameters} else None
    return [name for name in dict.fromkeys((*found, *(_columns_of(model) if model else ()))) if name.isprintable()]


def tables(line: Line) -> list[str]:
    """Return the files on the line that may be tables: of a pattern or a folder the first."""
    from aevb_cli import tables as reading

    named = [*line.arguments, *line.given.get("data", ()), *line.given.get("synthetic", ())]
    found = list[str]()
    for name in named:
        if not name.endswith(SUFFIX) and name != "-":
            found += (_or_none(partial(reading.expand, [name])) or [])[:1]
    return found


def _scores() -> Iterable[str]:
    from aevb_cli.tasks import requirements

    return dict.fromkeys((*requirements.OF_TARGETS, *requirements.OF_X, *requirements.OF_MADE_UP))


def _options(line: Line) -> list[Candidate]:
    """Return the options that are not given yet, or may be given several times; long names where no short one is."""
    found = list[Candidate]()
    for name, option in line.options.items():
        if (option.multiple or option.name not in line.given) and (name[:2] == "--" or line.typed == name):
            found.append((name, option.help or ""))
    return found


def _of_arguments(line: Line) -> list[Candidate] | None:
    argument = next((each for each in line.parameters if each.param_type_name == "argument"), None)
    if argument is None:
        return []
    if argument.metavar == "COMMAND":
        group: Any = line.context.find_root().command
        return [] if line.arguments else [(name, each.get_short_help_str()) for name, each in group.commands.items()]
    choices = argument.type_descriptor.choices
    return [(str(each), "") for each in choices] if choices else None


def _begun(line: Line, found: list[Candidate] | None) -> list[Candidate] | None:
    """Return the candidates that begin as what is typed; those that do in another case, where none does."""
    if found is None:
        return None
    alike = [each for each in found if each[0].startswith(line.typed)]
    return alike or [each for each in found if each[0].casefold().startswith(line.typed.casefold())]


def _model(line: Line) -> Path | None:
    """Return the model on the line, or the newest in the folder."""
    from aevb_cli.commands import arguments

    named = [name for name in line.arguments if name.endswith(SUFFIX)]
    found: Path | None = _or_none(lambda: arguments.choose_model(Path(named[0]) if named else None, lambda _: None))
    return found


def _columns_of(model: Path) -> Iterator[str]:
    for column in _described(model):
        yield column.get("source") or column["name"]


def _cells(line: Line, name: str) -> list[str]:
    """Return the words that a column of the model has."""
    model = _model(line)
    columns = [each for each in _described(model) if each["name"] == name] if model else []
    return [word for each in columns for word in each.get("categories", ()) if word.isprintable()]


def _described(model: Path) -> list[dict[str, Any]]:
    from aevb_cli.modelfile import reading

    header = _or_none(lambda: reading.read_header(model)) or {}
    columns = header.get("columns", {})
    return [*columns.get("features", ()), *columns.get("targets", ())]


def _sheets(path: str) -> list[str]:
    from aevb_cli.tables.names import sheets

    return sheets(path)


def _or_none(ask: Callable[[], Any]) -> Any:
    """Return an answer; None where there is none, about which nobody wants to read while typing."""
    try:
        return ask()
    except (AevbError, OSError):
        return None
