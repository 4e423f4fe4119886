"""The processes of a cluster, as the system tells them; Linux."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY = "ray::computed"
"""How Ray titles a worker while it computes."""


def descendants(root: int) -> dict[int, str]:
    """The title of each process that a process has started, or one of those."""
    parent, title = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat, line = (folder / "stat").read_text(), (folder / "cmdline").read_text()
        except OSError:  # it has ended meanwhile
            continue
        if line:  # it is no zombie
            parent[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
            title[int(folder.name)] = line.replace("\0", " ")
    found = {root}
    while more := {each for each, above in parent.items() if above in found} - found:
        found |= more
    return {each: title[each] for each in found - {root}}


def await_end(processes: dict[int, str], within: float) -> list[str]:
    """The titles of those that are still there after so many seconds, or none as soon as there are none."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        left = [each for each in processes if Path(f"/proc/{each}/cmdline").exists() and _is_alive(each)]
        if not left:
            return []
        time.sleep(0.1)
    return [processes[each] for each in left]


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def killed(most: int, after: Path | None = None) -> Iterator[list[int]]:
    """Kill so many workers of this process's cluster meanwhile, each while it computes. after: a file appears first.

    Yields those that were.
    """
    done, ended = list[int](), threading.Event()

    def kill() -> None:
        while not ended.is_set() and len(done) < most:
            if after is None or after.exists():
                for process, title in descendants(os.getpid()).items():
                    if title.startswith(BUSY) and process not in done and len(done) < most:
                        os.kill(process, signal.SIGKILL)
                        done.append(process)
            time.sleep(0.01)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield done
    finally:
        ended.set()
        thread.join()
