"""All that is shown on the screen, and the only door to Rich. stdout is data; everything here goes to stderr, but tables."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, Protocol, TypeVar

from aevb_cli.errors import Interrupted

PLAIN_LINES = 20
"""How many progress lines a log gets at most, besides the last."""


class Record(Protocol):
    """A step of a long task: how far it is, and the numbers worth showing."""

    @property
    def iteration(self) -> int:
        """How many of the total are done."""

    def shown(self) -> dict[str, float]:
        """The numbers by name, in the order in which they are read."""


R = TypeVar("R", bound=Record)


class Screen:
    """One command's conversation with the person or the log on stderr."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._signal: int | None = None

    def say(self, line: str) -> None:
        """One line for people: what was taken, what was done."""
        if not self._quiet:
            sys.stderr.write(f"{line}\n")

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        """Pass records on while showing them: a bar on a terminal, a few plain lines in a log.

        Ctrl-C or SIGTERM ends the stream after the record in hand, so that what was reached can be saved; then call
        `end`. A second signal kills at once.
        """
        with self._catching_signals(), _display(label, total, self._quiet) as show:
            for record in records:
                show(record)
                yield record
                if self._signal is not None:
                    return

    def end(self, way_on: str) -> None:
        """Raise if a signal cut `watch` short.

        Raises
        ------
        Interrupted
            with the signal's exit code and the way on.
        """
        if self._signal is not None:
            raise Interrupted(f"Interrupted. {way_on}", 128 + self._signal)

    @contextlib.contextmanager
    def _catching_signals(self) -> Iterator[None]:
        def note(number: int, _: object) -> None:
            self._signal = number
            for each, handler in before.items():
                signal.signal(each, handler)

        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def error(message: str) -> None:
    """The one place where an error is shown."""
    sys.stderr.write(f"Error: {message}\n")


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A small table for people, on stdout."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(header):
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    _console(sys.stdout).print(table)


def _console(file: IO[str]) -> Any:
    from rich.console import Console

    terminal = file.isatty() and os.environ.get("TERM") != "dumb"
    return Console(
        file=file,
        force_terminal=terminal,
        highlight=False,
        markup=False,
        width=None if terminal else 100,
    )


@contextlib.contextmanager
def _display(label: str, total: int | None, quiet: bool) -> Iterator[Any]:
    if quiet:
        yield lambda record: None
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar(label, total) as show:
            yield show
    else:
        lines = _Lines(total)
        yield lines.show
        lines.finish()


@contextlib.contextmanager
def _bar(label: str, total: int | None) -> Iterator[Any]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[numbers]}", style="cyan"),
        TextColumn("{task.fields[speed]}", style="dim"),
        TimeRemainingColumn(compact=True),
    )
    start = time.perf_counter()
    with Progress(*columns, console=_console(sys.stderr), expand=True) as progress:
        task = progress.add_task(label, total=total, numbers="", speed="")

        def show(record: Record) -> None:
            speed = record.iteration / max(time.perf_counter() - start, 1e-9)
            numbers = "  ".join(f"{name} {_short(value)}" for name, value in _essential(record.shown()).items())
            progress.update(task, completed=record.iteration, numbers=numbers, speed=f"{speed:,.0f}/s")

        yield show


class _Lines:
    """Plain `name=value` lines: the first record at once, then at most PLAIN_LINES, then the last."""

    def __init__(self, total: int | None) -> None:
        self._every = max(1, (total or 0) // PLAIN_LINES)
        self._due = 0
        self._unshown: Record | None = None

    def show(self, record: Record) -> None:
        self._unshown = record
        if record.iteration >= self._due:
            self._due = (record.iteration // self._every + 1) * self._every
            self.finish()

    def finish(self) -> None:
        if self._unshown is not None:
            numbers = " ".join(f"{name}={_short(value)}" for name, value in self._unshown.shown().items())
            sys.stderr.write(f"iteration={self._unshown.iteration} {numbers}\n")
            sys.stderr.flush()
            self._unshown = None


def _essential(numbers: Mapping[str, float]) -> dict[str, float]:
    """What fits beside a bar: not the learning rate or the clock, which the bar shows in its own way."""
    return {name: value for name, value in numbers.items() if name not in {"learning_rate", "seconds"}}


def _short(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1e6 else f"{value:.3f}"
