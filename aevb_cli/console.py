"""Everything that is shown: tables on stdout, messages and progress on stderr. No other module imports Rich."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from aevb_cli.answers import print_json
from aevb_cli.errors import Interrupted, of_stdout
from aevb_cli.printable import printable
from aevb_cli.progress import PlainLines, Record, Waiting, short
from aevb_cli.running import PROCESS
from aevb_cli.signals import Signals
from aevb_cli.stderr import STDERR, Stderr, wrapped, write_at_once

R = TypeVar("R", bound=Record)


class Screen:
    """What one command writes to stderr: messages, and the progress of its tasks.

    A screen is a watcher: a task takes its own records from `watcher.watch(records, total, label)`, which shows them.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._waiting: PlainLines | None = None
        self._signals = Signals((lambda line: None) if quiet else write_at_once)

    def say(self, *lines: str) -> None:
        """Write lines about what was chosen or done; nothing with --quiet."""
        for line in lines if not self._quiet else ():
            STDERR.write(f"{wrapped(printable(line))}\n")

    def follow(self, records: Iterable[R], total: int | None, label: str, unit: str | None = None) -> Iterator[R]:
        """Yield the records, and show progress meanwhile: a bar in a terminal, some plain lines in a log.

        total: of the last record's `iteration`, None if unknown; label: the bar's; unit: what is counted, where the
        label does not say it.
        """
        with self.showing(total, label, unit) as show:
            for record in records:
                show(record)
                yield record

    def showing(self, total: int | None, label: str, unit: str | None = None) -> contextlib.AbstractContextManager[Any]:
        """Yield a function that shows the progress of a record, where a task gives its records away itself."""
        since = self._waiting.silent_since if self._waiting else None
        if self._waiting:
            self._waiting.stop()
        return _display(label, unit or label, total, self._quiet, since)

    @contextlib.contextmanager
    def waiting(self, unit: str) -> Iterator[Waiting]:
        """Let a log know within seconds that a command is at work, whatever it does first: lines by the clock alone.

        A task that is shown meanwhile goes on with these lines. In a terminal there are none.
        """
        if self._quiet or _moves():
            yield Waiting(None)
            return
        with PlainLines(None, unit, patient=True) as lines:
            self._waiting = lines
            try:
                yield Waiting(lines)
            finally:
                self._waiting = None

    def watch(self, records: Iterable[R], total: int | None, label: str) -> Iterator[R]:
        """Follow a task whose state can be saved after every record.

        Ctrl-C, SIGTERM or SIGHUP ends the iteration after the current record, so that the caller can save the state and
        then call `end`.
        """
        with self._signals.caught():
            for record in self.follow(records, total, label, unit_of(label)):
                yield record
                if self.stopped():
                    return

    def stopped(self) -> bool:
        """Whether a signal asks the task to stop as soon as it can."""
        return self._signals.first is not None

    @contextlib.contextmanager
    def keeping(self) -> Iterator[None]:
        """Hold signals back until what a task has done is saved; Interrupted gets the first one's exit code."""
        try:
            with self._signals.caught():
                yield
        except Interrupted as error:
            error.exit_code = 128 + (self._signals.first or signal.SIGINT)
            raise

    def end(self, way_on: str) -> None:
        """Return if no signal came in; raise Interrupted otherwise. way_on: what is saved, and how to continue."""
        if self._signals.first is not None:
            raise Interrupted(f"Interrupted. {way_on}", 128 + self._signals.first)


def unit_of(label: str) -> str:
    """What is counted of a training: iterations, or those of a trial."""
    return "iteration" if label == "AEVB" else label.partition(" ")[0]


def error(*lines: str) -> None:
    """Write an error to stderr, whether --quiet or not."""
    text = f"Error: {chr(10).join(map(printable, lines))}"
    STDERR.write("".join(f"{wrapped(line)}\n" for line in text.split("\n")))


def traceback(text: str) -> None:
    """Write a traceback to stderr, its line ends as they are."""
    STDERR.write("".join(f"{printable(line)}\n" for line in text.splitlines()))


def print_scores(scores: Mapping[str, Any], *, as_json: bool) -> None:
    """Print scores on stdout: a table, or one JSON object in which no number is rounded."""
    if as_json:
        print_json(scores)
    else:
        _print_table(("score", "value"), _flattened(scores))


def print_header(header: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what a model file says on stdout: its header as one JSON object, or lines by their headings as a table."""
    if as_json:
        print_json(header)
    else:
        _print_table(("what", "value"), header.items())


def _flattened(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (name, text) for every entry but long ones; the names of nested entries are joined by blanks."""
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name} ") if name not in {"calibration", "synthetic_columns"} else ()
        else:
            yield f"{prefix}{name}", _text(value)


def _text(value: Any) -> str:
    """Return an entry as text."""
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value) or "none"
    if isinstance(value, Mapping):  # a column
        words = f" ({', '.join(value['categories'])})" if value.get("categories") else ""
        return f"{value.get('name', value)}{words}"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*map(printable, row))
    with of_stdout():
        _console(sys.stdout).print(table)
        sys.stdout.flush()


def _console(file: Any) -> Any:
    """Return Rich's console for a stream: colours as --color says, and lines that move in a terminal alone."""
    from rich.console import Console

    terminal = file.isatty() and os.environ.get("TERM") != "dumb"
    return Console(
        file=file,
        force_terminal=terminal or PROCESS.color == "always",
        color_system="auto" if colored(file) else None,
        no_color=False if PROCESS.color == "always" else None,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if terminal else 100,
    )


def colored(file: Any) -> bool:
    """Whether what is shown may have colours: in a terminal that has some, unless NO_COLOR is set or --color says."""
    if PROCESS.color != "auto":
        return PROCESS.color == "always"
    return file.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")


def _moves() -> bool:
    """Whether stderr is a terminal whose lines can be written over."""
    return STDERR.isatty() and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def _display(label: str, unit: str, total: int | None, quiet: bool, silent_since: float | None) -> Iterator[Any]:
    if quiet:
        yield lambda record: None
    elif _moves():
        with _bar(label, total) as show:
            yield show
    else:
        with PlainLines(total, unit, silent_since=silent_since) as lines:
            yield lines.show


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
    with Progress(*columns, console=_console(Stderr(sys.stderr)), expand=True) as progress:
        task = progress.add_task(label, total=total, numbers="", speed="")

        def show(record: Record) -> None:
            speed = record.iteration / max(time.perf_counter() - start, 1e-9)
            leading = list(record.shown().items())[: 3 if progress.console.width >= 96 else 1]
            numbers = "  ".join(f"{name} {short(value)}" for name, value in leading)
            told = f"{speed:,.0f}/s" if speed >= 1 else ""
            progress.update(task, completed=record.iteration, numbers=numbers, speed=told)

        yield show
