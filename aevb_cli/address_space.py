"""A limit on the address space (ulimit -v) that is too low for torch is said before torch is loaded.

Where its libraries run short while they are loaded, they end the process by a signal before anyone can say why.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from aevb_cli.errors import ResourceError

LIBRARIES = ("libtorch_cpu.*", "libtorch_python.*")
"""The shared libraries of torch that are loaded as a whole."""

BESIDE = 400 << 20
"""Bytes that a small command needs beside these: for the interpreter, the other libraries and their threads."""

_ARENAS = -8
"""Of mallopt: how many arenas glibc may have. Each thread that finds others busy reserves 64 MiB for one more."""


def guard() -> None:
    """Have the import of torch raise ResourceError where the process may not grow to what it needs.

    Where it may, but to a limit, nothing is reserved ahead: what is reserved and not used lacks for threads' stacks,
    without which libraries end the process.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return
    sys.meta_path.insert(0, _Refusal(limit))
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # Arrow's own reserves up to a gigabyte
    with suppress(AttributeError, OSError):  # another library of C, which has no arenas
        ctypes.CDLL(None).mallopt(_ARENAS, 1)


class _Refusal(MetaPathFinder):
    """Finds no module, and raises ResourceError when torch is looked for and the limit, in bytes, is too low."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None, /) -> None:
        del path, target
        if name == "torch" and (needed := _of_libraries() + BESIDE) > self._limit:
            raise ResourceError(
                f"Out of memory. The libraries need {needed >> 20} MiB of address space, and the limit is "
                f"{self._limit >> 20} MiB. Allow more: ulimit -v {-(-needed // 1024)}"
            )


def _of_libraries() -> int:
    """The bytes of torch's shared libraries; 0 where there is no torch."""
    spec = PathFinder.find_spec("torch")
    folders = spec.submodule_search_locations or () if spec else ()
    files = (file for folder in folders for name in LIBRARIES for file in Path(folder, "lib").glob(name))
    return sum(file.stat().st_size for file in files)
