"""The program run in this process, and many runs in forked children: a crash or a hang of one ends only itself."""

import io
import json
import os
import select
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from aevb_cli.app import app

ALLOWED = {0, 2, 3, 4}
DIVERGED = 5  # of training alone
SECONDS = 60
GRACE = 30  # what a child gets beyond SECONDS, where its alarm cannot reach a library's loop


@dataclass(frozen=True)
class Answer:
    """What a run of the program gave: its exit code, -1 where an exception came through, and its stderr."""

    code: int
    stderr: str
    verb: str = ""

    @property
    def good(self) -> bool:
        """An allowed code, no traceback, no warning, and an error no longer than three lines."""
        error = self.stderr.partition("Error: ")[2]
        allowed = self.code in ALLOWED or (self.code == DIVERGED and self.verb.startswith("train-"))
        return allowed and "Traceback" not in self.stderr and len(error.splitlines()) <= 3


def run(arguments: Sequence[str]) -> Answer:
    """Run the program here; a warning is an error, and so is silence for a minute."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()
    signal.alarm(SECONDS)
    try:
        with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", DeprecationWarning)  # of one library, said of another
            code = int(app(list(arguments), standalone_mode=False))
    except BaseException:
        return Answer(-1, err.getvalue() + traceback.format_exc(), arguments[0])
    finally:
        signal.alarm(0)
    return Answer(code, err.getvalue(), arguments[0])


def too_long(*_: object) -> None:
    """The alarm's handler."""
    raise TimeoutError(f"no answer within {SECONDS} s")


Told = dict[str, Any]
Work = Callable[[int], Told]


def spread(numbers: Sequence[int], jobs: int, work: Work) -> Iterator[Told]:
    """Work on the numbers in so many processes; yields what `work` tells, in lines of JSON, and what was lost."""
    reading, writing = os.pipe()
    for place in range(jobs):
        if not os.fork():
            os.close(reading)
            with os.fdopen(writing, "wb", 0) as pipe:
                for told in survived(numbers[place::jobs], work):
                    pipe.write(json.dumps(told).encode() + b"\n")  # in one piece: it is shorter than a pipe's buffer
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        yield from map(json.loads, pipe)
    for _ in range(jobs):
        os.wait()


def survived(numbers: Sequence[int], work: Work) -> Iterator[Told]:
    """Work on the numbers in a child, and in another one after a crash or a hang: {"lost": number, "why": ...}."""
    while numbers:
        begun: int | None = None
        pid, pipe = _child(numbers, work)
        for told in _lines(pid, pipe):
            begun = told.get("begun")
            if begun is None:
                yield told
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if begun is None:
            return
        yield {"lost": begun, "why": f"the process ended with {code}" if code != -signal.SIGKILL else "no answer"}
        numbers = numbers[numbers.index(begun) + 1 :]


def _child(numbers: Sequence[int], work: Work) -> tuple[int, int]:
    """Fork a child that works on the numbers; its process and the pipe through which it tells."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    code = 1
    try:
        signal.signal(signal.SIGALRM, too_long)
        with os.fdopen(writing, "wb", 0) as pipe:
            for number in numbers:
                pipe.write(json.dumps({"begun": number}).encode() + b"\n")
                pipe.write(json.dumps(work(number)).encode() + b"\n")
        code = 0
    finally:
        os._exit(code)


def _lines(pid: int, pipe: int) -> Iterator[Told]:
    """What a child tells until it ends; it is killed where it has been silent for too long."""
    text = b""
    with os.fdopen(pipe, "rb", 0) as file:
        while True:
            if not select.select([file], [], [], SECONDS + GRACE)[0]:
                os.kill(pid, signal.SIGKILL)
            piece = file.read(1 << 16)
            if not piece:
                return
            *lines, text = (text + piece).split(b"\n")
            yield from map(json.loads, lines)


def in_a_child(work: Callable[[], None]) -> None:
    """Do something in a child, so that no thread of a library lives here when others are forked."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work()
            code = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(code)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit("The models to start from could not be made.")
