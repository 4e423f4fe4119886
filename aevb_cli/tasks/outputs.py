"""Which files may be written: none that is read, none twice, no model where something else goes or the other way."""

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from aevb_cli import files, places, tables
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import container

Place = str | Path
Identity = tuple[int, int, str]
"""A file's device and number, whatever its names are; of one that is not there yet those of its folder, and its name.
"""


def prepare(
    outputs: Mapping[str, Place | None],
    inputs: Iterable[Place | None] = (),
    *,
    model: Place | None = None,
    picture: bool = False,
    say: Callable[[str], None] | None = None,
) -> None:
    """Check all that is going to be written, before anything is read; a model that will be replaced is told to `say`.

    outputs: by the option that names it; inputs: the files that are read; "-" is stdout or stdin; None: nothing;
    model: the one of the outputs that is a model; picture: they are pictures, no tables.

    Raises
    ------
    UsageError
        a table's ending is one that cannot be written, an output is an input or another output, by any name, or what
        stands in its place is of another kind.
    OutputError
        an output cannot be written.
    """
    given = {option: place for option, place in outputs.items() if place}
    _check_names(given, [place for place in inputs if place])
    for place in given.values():
        if place == model and replaces_model(Path(place)) and say:
            say(f"Model: {place} will be replaced.")
        if place != model and str(place) != "-" and container.is_model(Path(place)):
            raise UsageError(f"{place}: this is a model, which would be lost. Name another file.")
        if place != model and not picture:
            tables.check_ending(str(place))
        if str(place) != "-":
            files.probe(Path(place))


def is_folder(place: Place) -> bool:
    """Whether a place is a folder, or is named as one: it ends in a slash."""
    text = str(place)
    named = text.partition("?")[0] if places.is_url(text) else text
    return named.endswith("/") or (text != "-" and places.is_folder(text))


def replaces_model(path: Path) -> bool:
    """Whether a model stands where a model is to be written; UsageError where something else stands there.

    An empty file, a device or a pipe is no loss.
    """
    if str(path) == "-":
        raise UsageError("A model is a file, which other commands read again; it cannot go to stdout. Name a file.")
    if container.is_model(path):
        return True
    if path.is_file() and path.stat().st_size:
        raise UsageError(
            f"{path}: this file is no aevb model, and it would be lost. Name another place for the model, or remove it."
        )
    return False


def same(one: Place, other: Place) -> bool:
    """Whether two paths name one file."""
    found = _identity(one)
    return found is not None and found == _identity(other)


def check_apart(outputs: Iterable[Place], inputs: Iterable[Place]) -> None:
    """Raise UsageError where one of many outputs is an input, by any name."""
    read = {_identity(place) for place in inputs} - {None}
    for place in outputs:
        if _identity(place) in read:
            raise UsageError(f"-o {place}: this is a file that is read, and it would be lost. Name another folder.")


def _check_names(outputs: Mapping[str, Place], inputs: Iterable[Place]) -> None:
    read = {_identity(place, stream=0): place for place in inputs}
    written: dict[Identity, str] = {}
    for option, place in outputs.items():
        identity = _identity(place, stream=1)
        if identity is None:
            continue
        if identity in read:
            raise UsageError(f"{option} {place}: this is a file that is read, and it would be lost. Name another.")
        if identity in written:
            raise UsageError(f"{option} {place}: the same file as {written[identity]}. Name another.")
        written[identity] = option


def _identity(place: Place, stream: int | None = None) -> Identity | None:
    """What tells a file from others; None for a device or a pipe. stream: the number of the stream that is "-"."""
    try:
        found = os.fstat(stream) if stream is not None and str(place) == "-" else Path(place).stat()
        return (found.st_dev, found.st_ino, "") if stat.S_ISREG(found.st_mode) else None
    except (OSError, ValueError):  # it is not there yet: a link may lead there all the same
        try:
            target = Path(place).resolve()
            folder = target.parent.stat()
        except (OSError, ValueError):  # nor is its folder; who reads or writes it says so
            return None
        return folder.st_dev, folder.st_ino, target.name
