"""Output files appear whole or not at all: written under another name, forced to the disk, then renamed."""

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
    """Yield a binary file that replaces `path` when the block ends without an error.

    Until then `path` keeps its old content; after an error nothing of the new file is left. What is not a regular file
    (a device such as /dev/null, a pipe) cannot be replaced and is written directly.

    Raises
    ------
    OutputError
        The folder is missing or not writable, or the disk is full.
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
    """Raise OutputError if `path` cannot be written. To be called before a long task, not after."""
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
    except BrokenPipeError:  # the reader has left, which is no error: `app` ends silently
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(f"{path}: cannot be written: {reason}. Choose another place with -o.") from error


def _beside(target: Path) -> dict[str, Any]:
    """Return tempfile's arguments for an unfinished file: in the same folder, as a rename cannot cross file systems."""
    return {"prefix": f".{target.name}.{os.getpid()}.", "suffix": _UNFINISHED, "dir": target.parent}


def _refuse_read_only(path: Path) -> None:
    """Raise PermissionError for a read-only file, since a rename would replace it all the same."""
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(13, "the file is read-only")


def _sweep(target: Path) -> None:
    """Remove the unfinished files of `target` that killed processes left; those of running processes stay."""
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
    """Force the folder to the disk: only then does a rename survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
