"""Which files may be written: none that is read, none twice, no model where something else goes or the other way."""

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from aevb_cli import files, netcdf, places, tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.modelfile import container

Place = str | Path
Identity = tuple[int | str, ...]
"""A file's device and number, whatever its names are; of one that is not there yet those of its folder, and its name.
Of an object in a store, what its URL says of where it is.
"""


def prepare(
    outputs: Mapping[str, Place | None],
    inputs: Iterable[Place | None] = (),
    *,
    model: Place | None = None,
    kept: Path | None = None,
    picture: bool = False,
    say: Callable[[str], None] | None = None,
) -> None:
    """Check all that is going to be written, before anything is read; a model that will be replaced is told to `say`.

    outputs: by the option that names it; inputs: the files that are read; "-" is stdout or stdin; None: nothing;
    model: the one of the outputs that is a model; kept: what a model that stands there will be called;
    picture: they are pictures, no tables.

    Raises
    ------
    UsageError
        a table's ending is one that cannot be written, an output is an input or another output, by any name, or what
        stands in its place is of another kind.
    OutputError
        an output cannot be written.
    """
    given = {option: place for option, place in {**outputs, "--keep-previous": kept}.items() if place}
    for option, place in given.items():
        if picture or isinstance(place, Path):
            places.check_local(place, f"what {option} writes here")
    _check_names(given, [place for place in inputs if place])
    for option, place in given.items():
        is_model = place in (model, kept)
        if is_model and replaces_model(Path(place)) and say and place == model:
            say(f"Model: {place} will be replaced" + (f"; the one before is kept: {kept}" if kept else "") + ".")
        if not is_model and str(place) != "-" and _is_model(str(place)):
            raise UsageError(f"{places.shown(str(place))}: this is a model, which would be lost. Name another file.")
        if not is_model and not picture and not (option == "--save-draws" and netcdf.is_named(place)):
            tables.check_ending(str(place))
        if str(place) != "-":
            places.probe(str(place))


def is_folder(place: Place) -> bool:
    """Whether a place is a folder, or is named as one: it ends in a slash."""
    text = str(place)
    named = text.partition("?")[0] if places.is_url(text) else text
    return named.endswith("/") or (text != "-" and places.is_folder(text))


def replaces_model(path: Path) -> bool:
    """Whether a model stands where a model is to be written; UsageError where something else stands there.

    An empty file, a device or a pipe is no loss.
    """
    places.check_local(path, "a model")
    if str(path) == "-":
        raise UsageError("A model is a file, which other commands read again; it cannot go to stdout. Name a file.")
    if container.is_model(path):
        return True
    if files.is_file(path) and path.stat().st_size:
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
        identity, name = _identity(place, stream=1), places.shown(str(place))
        if identity is None:
            continue
        if identity in read:
            raise UsageError(f"{option} {name}: this is a file that is read, and it would be lost. Name another.")
        if identity in written:
            raise UsageError(f"{option} {name}: the same file as {written[identity]}. Name another.")
        written[identity] = option


def _is_model(place: str) -> bool:
    """Whether a model stands where something else is to be written."""
    path = places.local(place)
    if path is not None:
        return container.is_model(path)
    try:
        with places.opened(place) as file:
            return container.begins(file)
    except DataError:  # nothing is there, or nothing that may be read
        return False


def _identity(place: Place, stream: int | None = None) -> Identity | None:
    """What tells a file from others; None for a device or a pipe. stream: the number of the stream that is "-"."""
    path = places.local(str(place))
    if path is None:
        return places.identity(str(place))
    try:
        found = os.fstat(stream) if stream is not None and str(place) == "-" else path.stat()
        return (found.st_dev, found.st_ino, "") if stat.S_ISREG(found.st_mode) else None
    except (OSError, ValueError):  # it is not there yet: a link may lead there all the same
        try:
            target = files.resolved(path)
            folder = target.parent.stat()
        except (OSError, ValueError):  # nor is its folder; who reads or writes it says so
            return None
        return folder.st_dev, folder.st_ino, target.name
