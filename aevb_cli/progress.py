"""Progress in a log: plain lines, a limited number of them, and none of them long in coming."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aevb_cli.stderr import STDERR

PLAIN_LINES = 20
"""The most progress lines that a log gets for what is done, not counting the first and the last."""

SILENCE = 10.0
"""Seconds after which a log gets a line at the latest, at the beginning; after t seconds of a task it is t / 2."""


class Record(Protocol):
    """The state of a long task after one of its steps."""

    @property
    def iteration(self) -> int:
        """How many steps, such as iterations, or rows are done."""

    def shown(self) -> dict[str, float]:
        """The numbers to show, by name, the most important first."""


@dataclass(frozen=True)
class Done:
    """How many are done, of a task that has nothing else to show."""

    iteration: int

    def shown(self) -> dict[str, float]:
        """Nothing."""
        return {}


class PlainLines:
    """Progress as `name=value` lines: the first record, at most PLAIN_LINES at equal distances, and the last.

    Where the total is unknown, the distances double. Within a `with` block the clock writes lines, too: where none
    was due for long, the last record once more, or that nothing is done yet. Where the total is known, a line ends in
    the time that is left at this rate.

    patient: the clock alone writes lines, so that a short task leaves none; silent_since: when there was a line last,
    where that was before this task began.
    """

    def __init__(
        self,
        total: int | None,
        unit: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        patient: bool = False,
        silent_since: float | None = None,
    ) -> None:
        self._unit, self._total, self._of = unit, total, f"/{total}" if total else ""
        self._every = total and max(1, total // PLAIN_LINES)
        self._clock, self._lock, self._over = clock, threading.Lock(), threading.Event()
        self._begun = self._written = self._come = clock()
        self._written = self._written if silent_since is None else silent_since
        self._patient, self._wrote = patient, False
        self._next = 0
        self._last: Record | None = None
        self._pending = False

    def __enter__(self) -> "PlainLines":
        threading.Thread(target=self._live, name="progress", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.finish()

    @property
    def silent_since(self) -> float:
        """When the last line was written, or where there is none when the task began."""
        return self._written

    def expect(self, total: int) -> None:
        """Note the total, which was not known at the beginning."""
        with self._lock:
            self._total, self._of = total, f"/{total}"

    def show(self, record: Record) -> None:
        """Write a line, if one is due."""
        with self._lock:
            self._last, self._pending, self._come = record, True, self._clock()
            if record.iteration >= self._next and not self._patient:
                done = record.iteration
                self._next = (done // self._every + 1) * self._every if self._every else 2 * done
                self._write()

    def tick(self) -> None:
        """Write a line, if there was none for long."""
        with self._lock:
            now = self._clock()
            if now - self._written >= max(SILENCE, (self._written - self._begun) / 2):
                self._write()

    def finish(self) -> None:
        """Write the last record, if it was not."""
        with self._lock:
            if self._pending and (self._wrote or not self._patient):
                self._write()

    def stop(self) -> None:
        """Let the clock write no more lines."""
        self._over.set()

    def _live(self) -> None:
        while not self._over.wait(1.0):
            self.tick()

    def _write(self) -> None:
        shown = self._last.shown() if self._last else {}
        done = self._last.iteration if self._last else 0
        numbers = "".join(f" {name}={short(value)}" for name, value in shown.items())
        STDERR.write(f"{self._unit}={done}{self._of}{numbers}{self._left(done, shown)}\n")
        STDERR.flush()
        self._written, self._pending, self._wrote = self._clock(), False, True

    def _left(self, done: int, shown: dict[str, float]) -> str:
        """The time that is left, where it can be told. A task that was resumed shows its own seconds."""
        if not self._total or not 0 < done < self._total:
            return ""
        taken = shown.get("seconds", self._come - self._begun)
        left = (self._total - done) * taken / done - (self._clock() - self._come)
        return f" left={duration(max(left, 0.0))}"


class Waiting:
    """What a command that waits may say of how far it is."""

    def __init__(self, lines: PlainLines | None) -> None:
        self._lines = lines

    def expect(self, total: int) -> None:
        """Say of how many."""
        if self._lines:
            self._lines.expect(total)

    def tell(self, done: int) -> None:
        """Say how many are done."""
        if self._lines:
            self._lines.show(Done(done))


UNTOLD = Waiting(None)
"""Nobody is told."""


def duration(seconds: float) -> str:
    """A time as a log shows it: 8s, 2m05s, 3h40m."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    return f"{whole // 60}m{whole % 60:02}s" if whole < 3600 else f"{whole // 3600}h{whole % 3600 // 60:02}m"


def short(value: float) -> str:
    """A number as progress shows it."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1e6 else f"{value:.3f}"
