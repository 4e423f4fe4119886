"""All that is shown on the screen, and the only door to Rich. Tables go to stdout, conversation to stderr."""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, Protocol, TypeVar

from aevb_cli.errors import Interrupted, OutputError

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

    def follow(self, records: Iterable[R], total: int | None, label: str, unit: str | None = None) -> Iterator[R]:
        """Pass records on while showing them: a bar on a terminal, a few plain lines in a log.

        label: of the bar; unit: what is counted, for the lines, where it is not the label.
        """
        with _display(label, unit or label, total, self._quiet) as show:
            for record in records:
                show(record)
                yield record

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        """Follow a task whose state can be saved at every record.

        Ctrl-C or SIGTERM ends the stream after the record in hand, so that what was reached can be saved; then call
        `end`. A second signal kills at once.
        """
        with self._catching_signals():
            for record in self.follow(records, total, label, "iteration"):
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

        heard = [each for each in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(each) != signal.SIG_IGN]
        before = {number: signal.signal(number, note) for number in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def error(message: str) -> None:
    """The one place where an error is shown."""
    sys.stderr.write(f"Error: {message}\n")


def print_scores(scores: Mapping[str, Any], *, as_json: bool) -> None:
    """Scores on stdout: a table for people, or one JSON object with nothing rounded."""
    if as_json:
        _print_json(scores)
        return
    shown = {name: entry for name, entry in scores.items() if name != "calibration"}
    _print_table(("score", "value"), _flattened(shown))


def print_header(header: Mapping[str, Any], *, as_json: bool) -> None:
    """A model file's header on stdout: a table for people, or one JSON object."""
    if as_json:
        _print_json(header)
        return
    _print_table(
        ("what", "value"), list(_flattened({name: part for name, part in header.items() if name != "tensors"}))
    )


def _print_json(content: Mapping[str, Any]) -> None:
    with _os_errors():
        sys.stdout.write(json.dumps(content, indent=2, allow_nan=False) + "\n")
        sys.stdout.flush()


@contextlib.contextmanager
def _os_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"stdout: cannot be written: {(error.strerror or str(error)).lower()}.") from error


def _flattened(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{before}{name} ")
        else:
            yield f"{before}{name}", _worded(value)


def _worded(value: Any) -> str:
    """One header entry for people."""
    if isinstance(value, list):
        return ", ".join(_worded(each) for each in value) or "none"
    if isinstance(value, Mapping):  # a column
        words = f" ({', '.join(value['categories'])})" if value.get("categories") else ""
        return f"{value.get('name', value)}{words}"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    with _os_errors():
        _console(sys.stdout).print(table)
        sys.stdout.flush()


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
def _display(label: str, unit: str, total: int | None, quiet: bool) -> Iterator[Any]:
    if quiet:
        yield lambda record: None
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar(label, total) as show:
            yield show
    else:
        lines = _Lines(total, unit)
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
            essential = list(record.shown().items())[: 3 if progress.console.width >= 96 else 1]
            numbers = "  ".join(f"{name} {_short(value)}" for name, value in essential)
            progress.update(task, completed=record.iteration, numbers=numbers, speed=f"{speed:,.0f}/s")

        yield show


class _Lines:
    """Plain `name=value` lines: the first record at once, then at most PLAIN_LINES, then the last."""

    def __init__(self, total: int | None, unit: str) -> None:
        self._unit = unit
        self._every = total and max(1, total // PLAIN_LINES)
        self._due = 0
        self._unshown: Record | None = None

    def show(self, record: Record) -> None:
        self._unshown = record
        if record.iteration >= self._due:
            done = record.iteration
            self._due = (done // self._every + 1) * self._every if self._every else 2 * done
            self.finish()

    def finish(self) -> None:
        if self._unshown is not None:
            numbers = "".join(f" {name}={_short(value)}" for name, value in self._unshown.shown().items())
            sys.stderr.write(f"{self._unit}={self._unshown.iteration}{numbers}\n")
            sys.stderr.flush()
            self._unshown = None


def _short(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e-3 or abs(value) >= 1e6 else f"{value:.3f}"
