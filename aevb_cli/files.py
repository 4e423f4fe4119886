"""Output files appear whole or not at all: written under another name, forced to the disk, then renamed."""

import contextlib
import errno
import fcntl
import glob
import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from aevb_cli.errors import OutputError, reason_of

_UNFINISHED = ".aevb-unfinished"
_LONG = 220
"""Bytes of a name to which what an unfinished file's has more can be added: a name may have 255."""


@contextlib.contextmanager
def replacing(path: Path, previous: Path | None = None) -> Iterator[BinaryIO]:
    """Yield a binary file that replaces `path` when the block ends without an error.

    Until then `path` keeps its old content; after an error nothing of the new file is left. What is not a regular file
    (a device such as /dev/null, a pipe) cannot be replaced and is written directly. previous: a name in the same folder
    that the old file gets, if there is one; what has that name goes.

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
        target = resolved(path)  # a symbolic link keeps pointing at its file
        _refuse_read_only(target)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        _sweep(target)
        with _unfinished(target) as (file, name):
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
            if previous and target.exists():
                _keep(target, previous)
            os.replace(name, target)  # while it is locked: nobody sweeps it before it has its name
        _sync_folder(target.parent)


def previous_of(path: Path) -> Path:
    """The name under which the file that stands at `path` is kept when it is replaced.

    >>> str(previous_of(Path("models/vae.safetensors")))
    'models/vae.previous.safetensors'
    """
    target = resolved(path) if path.is_symlink() else path
    return target.with_name(f"{target.stem}.previous{target.suffix}")


def probe(path: Path) -> None:
    """Raise OutputError if `path` cannot be written. To be called before a long task, not after."""
    with _os_errors(path):
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if path.exists() and not path.is_file():
            return
        target = resolved(path)
        _sweep(target)
        with _unfinished(target) as (trial, _):
            trial.write(bytes(4096))
            trial.flush()
        _refuse_read_only(path)


def exists(path: str | Path) -> bool:
    """Whether something has this name. No error: where that may not be known, whoever reads or writes it says so."""
    return os.path.exists(path)  # noqa: PTH110 - before Python 3.14 Path's raise for a folder that may not be entered


def is_file(path: str | Path) -> bool:
    """Whether it is a regular file, as `exists`."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: str | Path) -> bool:
    """Whether it is a folder, as `exists`."""
    return os.path.isdir(path)  # noqa: PTH112


def resolved(path: Path) -> Path:
    """The path without links; OSError for links that lead to each other."""
    try:
        return path.resolve()
    except RuntimeError as error:  # of Python 3.11 and 3.12
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error


@contextlib.contextmanager
def _os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # the reader has left, which is no error: `app` ends silently
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {reason_of(error)}. Choose another place with -o.") from error


@contextlib.contextmanager
def _unfinished(target: Path) -> Iterator[tuple[BinaryIO, str]]:
    """Yield an unfinished file of `target` and its name. Where it still has that name at the end, it is removed.

    It is locked while it is open, which tells it from what a killed process left, on any host that sees the folder: a
    process's number would say nothing on another one. In the same folder, as a rename cannot cross file systems.
    """
    name = None
    try:
        with _undisturbed():
            handle, name = _made(target)
        with os.fdopen(handle, "w+b") as file:  # who writes HDF5 reads in it, too
            yield file, name
    finally:
        if name:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold signals back: what a handler raises while a file is made would keep its name from who is to remove it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _made(target: Path) -> tuple[int, str]:
    """Make an unfinished file and lock it. Returns its number and its name."""
    while True:
        handle, name = tempfile.mkstemp(_UNFINISHED, _beginning(target), target.parent)
        _lock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, name
        os.close(handle)  # another process swept it in the moment before it was locked


def _beginning(target: Path) -> str:
    """What an unfinished file's name begins with: its target's name, or the first part of a long one."""
    return f".{target.name if len(os.fsencode(target.name)) <= _LONG else target.name[: _LONG // 4]}."


def _keep(target: Path, previous: Path) -> None:
    """Give a file a second name, by which it outlives its replacement. At any moment it has one of the two.

    No copy: that would need room on the disk. Where the file system has no second names, it loses the first one.
    """
    previous.unlink(missing_ok=True)
    try:
        os.link(target, previous)
    except OSError:
        os.replace(target, previous)


def _lock(handle: int, how: int) -> bool:
    """Lock an open file until it is closed; return whether that was possible."""
    try:
        fcntl.flock(handle, how)
    except OSError:  # it is another's, or the file system has no locks: then nothing is swept
        return False
    return True


def _refuse_read_only(path: Path) -> None:
    """Raise PermissionError for a read-only file, since a rename would replace it all the same."""
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(13, "the file is read-only")


def _sweep(target: Path) -> None:
    """Remove the unfinished files of `target` that killed processes left; those of running processes are locked."""
    for left in target.parent.glob(f"{glob.escape(_beginning(target))}*{_UNFINISHED}"):
        with contextlib.suppress(OSError):
            handle = os.open(left, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)  # NFS locks what is open for writing
            try:
                if _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    left.unlink()
            finally:
                os.close(handle)


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
