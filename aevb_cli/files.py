"""Output files appear whole or not at all: written beside their place, forced to the disk, then renamed onto it."""

import contextlib
import glob
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from aevb_cli.errors import OutputError

_UNFINISHED = ".aevb-unfinished"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a binary file that takes the place of `path` when the block ends without an error.

    Until then `path` keeps its old content; after an error nothing of the new one is left. Something that is not a
    regular file (a device such as /dev/null, a pipe) is written to directly, since it cannot be replaced.

    Raises
    ------
    OutputError
        the folder is missing or not writable, or the disk is full.
    """
    with _os_errors(path):
        if path.exists() and not path.is_file():
            with path.open("wb") as direct:
                yield direct
            return
        target = path.resolve()  # a symbolic link keeps pointing at its file
        _refuse_read_only(target)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        _sweep(target)
        handle, name = tempfile.mkstemp(**_beside(target))
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            raise
        _sync_folder(target.parent)


def probe(path: Path) -> None:
    """Raise OutputError now if `path` could not be written later: cheaper to learn before the training than after."""
    with _os_errors(path):
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if path.exists() and not path.is_file():
            return
        with tempfile.NamedTemporaryFile(**_beside(path.resolve())) as trial:
            trial.write(bytes(4096))
            trial.flush()
        _refuse_read_only(path)


@contextlib.contextmanager
def _os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(f"{path}: cannot be written: {reason}. Choose another place with -o.") from error


def _beside(target: Path) -> dict[str, Any]:
    """Name and place of an unfinished file: beside `target`, since a rename does not cross file systems."""
    return {"prefix": f".{target.name}.{os.getpid()}.", "suffix": _UNFINISHED, "dir": target.parent}


def _refuse_read_only(path: Path) -> None:
    """A rename would replace such a file all the same."""
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(13, "the file is read-only")


def _sweep(target: Path) -> None:
    """Remove what a killed run left beside `target`; the files of a process that still runs are its own."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*{_UNFINISHED}"):
        owner = left.name.removeprefix(f".{target.name}.").split(".")[0]
        if owner.isdigit() and not _alive(int(owner)):
            with contextlib.suppress(OSError):
                left.unlink()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """A rename is safe from a power cut only once its folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
