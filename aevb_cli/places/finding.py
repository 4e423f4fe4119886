"""Which objects a folder or a pattern of a store means."""

import fnmatch
import glob
from collections.abc import Iterator
from typing import Any

from aevb_cli.errors import DataError
from aevb_cli.places.address import parsed
from aevb_cli.places.connecting import listed, system_of, told

_FOUND: set[str] = set()
"""The objects that a listing has shown: of thousands of files, none is asked for once more whether it is a folder."""


def is_folder(place: str) -> bool:
    """Whether there are objects below a place."""
    if place in _FOUND:
        return False
    with told(place, DataError):
        system, path = system_of(place)
        return bool(system.get_file_info(path.rstrip("/")).type.name == "Directory")


def inside(place: str) -> list[str]:
    """Return the objects of a folder, sorted by name, without hidden ones; DataError where there is no folder."""
    with told(place, DataError):
        address, (system, path) = parsed(place), system_of(place)
        found = [each for each in listed(system, path.rstrip("/"), must=True) if each.is_file]
        names = sorted(each.base_name for each in found if not each.base_name.startswith("."))
    folder = address.key.rstrip("/")
    return _noted([address.at(f"{folder}/{each}".lstrip("/")) for each in names])


def matching(place: str) -> list[str]:
    """Return the objects whose keys match a pattern, sorted, as `glob` would: a * ends at a slash, ** does not."""
    with told(place, DataError):
        address, (system, path) = parsed(place), system_of(place)
        start = path.removesuffix(address.key).rstrip("/")
        found = sorted(_walk(system, start, address.pattern.split("/")))
    return _noted([address.at(each[len(start) :].lstrip("/")) for each in found])


def _noted(found: list[str]) -> list[str]:
    _FOUND.update(found)
    return found


def _walk(system: Any, folder: str, parts: list[str]) -> Iterator[str]:
    """Yield the paths of the objects below a folder whose components match those of a pattern."""
    part, *rest = parts
    if part == "**":
        for each in listed(system, folder, deep=True):
            if each.is_file and _fits(each.path[len(folder) + 1 :].split("/"), parts):
                yield each.path
    elif not glob.has_magic(part):
        if rest:
            yield from _walk(system, f"{folder}/{part}", rest)
        elif system.get_file_info(f"{folder}/{part}").is_file:
            yield f"{folder}/{part}"
    else:
        for each in listed(system, folder):
            if _fits([each.base_name], [part]):
                yield from _walk(system, each.path, rest) if rest else [each.path] if each.is_file else []


def _fits(names: list[str], parts: list[str]) -> bool:
    """Whether the components of a path match those of a pattern, as in a shell: hidden ones only by a dot."""
    if not parts or not names:
        return names == [] and set(parts) <= {"**"}
    hidden = names[0].startswith(".")
    if parts[0] == "**":
        return _fits(names, parts[1:]) or (not hidden and _fits(names[1:], parts))
    fits = fnmatch.fnmatchcase(names[0], parts[0]) and (parts[0].startswith(".") or not hidden)
    return fits and _fits(names[1:], parts[1:])
