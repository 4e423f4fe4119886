"""The model file and the table of a command, where not both are named."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from aevb_cli import files, places
from aevb_cli.errors import ModelFileError, UsageError
from aevb_cli.settings import SUFFIX


def choose_model(path: Path | None, say: Callable[[str], None]) -> Path:
    """The model file that is named, or the newest of aevb's in this folder; if there are several, `say` which.

    Raises
    ------
    ModelFileError
        there is none.
    UsageError
        it is named by a URL, or is stdin.
    """
    if str(path) == "-":
        raise UsageError("A model is a file, which is read more than once; it cannot come from stdin. Name a file.")
    if path is not None:
        places.check_local(path, "a model")
        return path
    from aevb_cli.modelfile import container

    found = [each for each in Path().glob(f"*{SUFFIX}") if each.is_file()]
    kept = {files.previous_of(each) for each in found}
    found = [each for each in found if each not in kept]
    models = [each for each in found if container.is_model(each)]
    if not models:
        others = f": {min(found)} is no model of aevb's" if found else ""
        raise ModelFileError(
            f"There is no model file (*{SUFFIX}) in this folder{others}. Train one: aevb train-vae data.csv"
        )
    newest = max(models, key=lambda each: (each.stat().st_mtime_ns, each.name))
    if len(models) > 1:
        say(f"Model: {newest}, the newest of {len(models)} in this folder.")
    return newest


def check_model(path: Path) -> None:
    """Refuse a damaged or forged file before torch is imported, which takes longer than the check.

    Raises
    ------
    ModelFileError
        it is no model file, or its header does not fit itself or its tensors.
    """
    from aevb_cli.modelfile import reading

    reading.read_header(path)


def choose_model_and_data(arguments: Sequence[str], say: Callable[[str], None]) -> tuple[Path, list[str]]:
    """Tell `[MODEL] [DATA...]` apart, in whatever order: a model's name ends in .safetensors, or it begins as one.

    Without a table it is stdin.

    Raises
    ------
    UsageError
        several models are named.
    ModelFileError
        no model is named, and none is in this folder.
    """
    from aevb_cli.modelfile import container

    models = [name for name in arguments if name.endswith(SUFFIX) or container.is_model(Path(name))]
    if len(models) > 1:
        raise UsageError(f"One model, not {len(models)}: {', '.join(models)}.")
    tables = [name for name in arguments if name not in models]
    there = tables[:1] == ["-"] or any(places.is_url(name) or files.exists(name) for name in tables[:1])
    if not models and len(tables) > 1 and not there:
        models, tables = tables[:1], tables[1:]  # a model that is not there, rather than a table
    model = choose_model(Path(models[0]) if models else None, say)
    if not tables and _at_terminal():
        raise UsageError(f"There is no table: stdin is a terminal. Name one after the model, say {model} data.csv")
    say_waiting(tables, say)
    return model, tables or ["-"]


def say_waiting(tables: Sequence[str], say: Callable[[str], None]) -> None:
    """Say that a table is awaited from the terminal, where one is asked for by "-"."""
    if "-" in tables and _at_terminal():
        say("Reading a table from this terminal. Ctrl-D on a line of its own ends it.")


def say_written(kind: str, place: str | Path | None, say: Callable[[str], None], way_on: str = "") -> None:
    """Name a file that has been written, and the command that goes on from there; stdout is none."""
    if place is not None and str(place) != "-":
        say(f"{kind}: {places.shown(str(place))}" + (f". Go on with: {way_on}" if way_on else ""))


def _at_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
