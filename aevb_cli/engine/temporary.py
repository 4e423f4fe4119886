"""The folder of a cluster of one's own: locked while its driver lives; of a killed one it goes with the next start."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

PLACE: Final = Path("/tmp")  # noqa: S108
"""Ray's sockets lie in its folder, and a socket's path has some hundred characters at most."""

_PREFIX, _LOCK, _YOUNG = "aevb-ray-", "driver.lock", 3600.0


class Temporary:
    """A new folder, after those of killed drivers were removed. Its lock ends with this process, however that ends."""

    def __init__(self) -> None:
        sweep()
        while True:
            self.path = tempfile.mkdtemp(prefix=_PREFIX, dir=PLACE)
            try:
                self._lock = os.open(Path(self.path, _LOCK), os.O_CREAT | os.O_RDWR, 0o600)
            except FileNotFoundError:
                continue  # another process took it for a left one
            if _locked(self._lock) and os.fstat(self._lock).st_nlink:
                return
            os.close(self._lock)

    def remove(self) -> None:
        """Remove the folder and all in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def sweep() -> None:
    """Remove this user's folders that no process uses: no driver has its lock, and no process names it."""
    for folder in PLACE.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not _named(folder):
                _remove(folder, found.st_mtime)


def _remove(folder: Path, changed: float) -> None:
    """Remove a folder if its lock is free; one without a lock, once it is old: its driver may not have come to it."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        if time.time() - changed > _YOUNG:
            shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        if _locked(lock):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _named(folder: Path) -> bool:
    """Whether a process has the folder on its command line, as those of a cluster have that outlived their driver.

    Where the system does not tell (no /proc), the lock alone counts.
    """
    wanted = os.fsencode(folder)
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if wanted in each.read_bytes():
                return True
    return False


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
