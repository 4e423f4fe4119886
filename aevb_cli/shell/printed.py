"""The settings of a command as a file that `--config` reads again, each with where it comes from."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aevb_cli.shell.given import Given, settable


def toml(command: str, context: Any, options: Iterable[Any], given: Mapping[str, Given]) -> str:
    """Return the TOML. context: of the command, parsed; given: what variables and a file said, by key."""
    lines = [f"# aevb {command}: its options, and where each comes from. A file of such lines is read by --config."]
    lines += [f"[{command}]"]
    for key, option in settable(options).items():
        if key == "config":
            continue
        source = context.get_parameter_source(option.name).name
        origin = {"COMMANDLINE": "the command line", "DEFAULT_MAP": given[key].origin if key in given else ""}
        value = context.params.get(option.name)
        if value is None or value in ((), []):
            default = option.show_default if isinstance(option.show_default, str) else "nothing"
            lines.append(f"# {key}: {default}")
        else:
            lines.append(f"{key} = {_value(value, option)}  # {origin.get(source, 'default')}")
    return "\n".join(lines) + "\n"


def _value(value: Any, option: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        if option.multiple:
            return f"[{', '.join(_value(each, option) for each in value)}]"
        return _text(",".join(map(str, value)))
    return _text(str(value) if isinstance(value, str | Path) else repr(value))


def _text(text: str) -> str:
    """Return a text in TOML's quotes, which are JSON's but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
