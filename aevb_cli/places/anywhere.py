"""The same on this machine and in a store: what is there, reading it, and replacing it whole or not at all."""

import contextlib
import glob
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, cast

from aevb_cli import files
from aevb_cli.errors import DataError, OutputError, reason_of
from aevb_cli.places import address, finding, stores


@dataclass(frozen=True)
class Facts:
    """What tells whether a file is still the same. size: bytes.

    version: the ETag where the store has such, else the time of the last change in nanoseconds.
    """

    size: int
    version: str


def facts(place: str) -> Facts | None:
    """Return size and version of a file, None where there is none; DataError where that cannot be known."""
    path = address.local(place)
    if path is None:
        found = stores.information(place)
        return found and Facts(*found)
    with _read(place):
        return Facts(path.stat().st_size, str(path.stat().st_mtime_ns)) if path.is_file() else None


def is_there(place: str) -> bool:
    """Whether something has exactly this name; in a store, an object. DataError where that cannot be known."""
    path = address.local(place)
    return facts(place) is not None if path is None else files.exists(path)


def is_folder(place: str) -> bool:
    """Whether a place is a folder or, in a store, the beginning of other objects' keys up to a slash."""
    path = address.local(place)
    return finding.is_folder(place) if path is None else files.is_folder(path)


def inside(folder: str) -> list[str]:
    """Return the files in a folder, sorted by name; hidden ones are left out.

    Raises
    ------
    DataError
        there is no such folder, or it cannot be read.
    """
    path = address.local(folder)
    if path is None:
        return finding.inside(folder)
    with _read(folder):
        return sorted(str(each) for each in path.iterdir() if each.is_file() and not each.name.startswith("."))


def matching(pattern: str) -> list[str]:
    """Return the files that a pattern matches (part-*.csv, ** for folders in folders), sorted by name.

    Raises
    ------
    DataError
        the store cannot be read.
    """
    path = address.local(pattern)
    if path is None:
        return finding.matching(pattern)
    found = glob.glob(str(path) if address.is_url(pattern) else pattern, recursive=True)  # noqa: PTH207 - takes '..'
    return sorted(each for each in found if not files.is_folder(each))


@contextlib.contextmanager
def opened(place: str) -> Iterator[BinaryIO]:
    """Yield the content of a file, in which one can seek.

    Raises
    ------
    DataError
        it is not there, or cannot be read.
    """
    path = address.local(place)
    if path is None:
        with stores.opened(place) as remote:
            yield remote
        return
    with _read(place):
        file = path.open("rb")
    with file:
        yield cast(BinaryIO, file)


def replacing(place: str) -> AbstractContextManager[BinaryIO]:
    """Yield a binary file that replaces a place when the block ends without an error; see `files.replacing`.

    In a store it is written under a temporary key beside its own, `.NAME.HOST.PROCESS.RANDOM.aevb-unfinished`, and
    moved onto it; after an error or an interrupt, the temporary object is deleted.

    Raises
    ------
    OutputError
        the place cannot be written.
    """
    path = address.local(place)
    return stores.replacing(place) if path is None else files.replacing(path)


def remove(place: str) -> None:
    """Remove a file, if it is there; OutputError where that is not possible."""
    path = address.local(place)
    if path is None:
        stores.remove(place)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{address.shown(place)}: cannot be removed: {reason_of(error)}.") from error


def probe(place: str) -> None:
    """Raise OutputError if a place cannot be written. To be called before a long task, not after."""
    path = address.local(place)
    if path is None:
        stores.probe(place)
    else:
        files.probe(path)


@contextlib.contextmanager
def _read(place: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{address.shown(place)}: there is no such file.") from error
    except OSError as error:
        raise DataError(f"{address.shown(place)}: cannot be read: {reason_of(error)}.") from error
