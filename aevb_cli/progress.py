"""Progress in a log: plain lines, a limited number of them."""

from typing import Protocol

from aevb_cli.stderr import STDERR

PLAIN_LINES = 20
"""The most progress lines that are written to a log, not counting the first and the last."""


class Record(Protocol):
    """The state of a long task after one of its steps."""

    @property
    def iteration(self) -> int:
        """How many steps, or rows, are done."""

    def shown(self) -> dict[str, float]:
        """The numbers to show, by name, the most important first."""


class PlainLines:
    """Progress as `name=value` lines: the first record, at most PLAIN_LINES at equal distances, and the last.

    Where the total is unknown, the distances double.
    """

    def __init__(self, total: int | None, unit: str) -> None:
        self._unit, self._of = unit, f"/{total}" if total else ""
        self._every = total and max(1, total // PLAIN_LINES)
        self._next = 0
        self._pending: Record | None = None

    def show(self, record: Record) -> None:
        """Write a line, if one is due."""
        self._pending = record
        if record.iteration >= self._next:
            done = record.iteration
            self._next = (done // self._every + 1) * self._every if self._every else 2 * done
            self.finish()

    def finish(self) -> None:
        """Write the last record, if it was not."""
        if self._pending is not None:
            numbers = "".join(f" {name}={short(value)}" for name, value in self._pending.shown().items())
            STDERR.write(f"{self._unit}={self._pending.iteration}{self._of}{numbers}\n")
            STDERR.flush()
            self._pending = None


def short(value: float) -> str:
    """A number as progress shows it."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1e6 else f"{value:.3f}"
