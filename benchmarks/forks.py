"""Many `aevb` commands, each in a child of one process that has loaded the program: no start of torch for each."""

import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch  # loaded once, before the children

from aevb_cli import app

SECONDS = 60
HUNG = -1  # in place of an exit code


@dataclass(frozen=True)
class Answer:
    """What a command gave; `code` is HUNG where it was ended after SECONDS."""

    name: str
    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def error(self) -> str:
        """Its message, or where there is none the last line of stderr."""
        _, _, message = self.stderr.rpartition("Error: ")
        return " ".join(message.split())

    @property
    def wrong(self) -> bool:
        """A bug, a hang, a traceback, or a signal."""
        return self.code in {HUNG, 1} or self.code > 8 or "Traceback" in self.stderr

    @property
    def sentence(self) -> str:
        """The message without what is particular to its table: names, words, numbers, the path."""
        plain = re.sub(r"^\S+?(?=[:,] )", "TABLE", self.error)
        plain = re.sub(r"'[^']*'( and '[^']*'|, '[^']*'|, \.\.\.)*", "'…'", plain)
        return re.sub(r"\d[\d,.]*(?<=\d)", "N", plain)


def run(commands: Iterable[tuple[str, Sequence[str]]], at_once: int = 2) -> Iterator[Answer]:
    """Run the commands, each under a name, so many at once; answers come as they end."""
    waiting = list(reversed(list(commands)))
    running: dict[int, tuple[str, float, Path]] = {}
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < at_once:
                name, arguments = waiting.pop()
                start, streams = time.monotonic(), Path(folder, str(len(waiting)))
                running[_started(arguments, streams)] = name, start, streams
            now = time.monotonic()
            for child, (name, start, streams) in list(running.items()):
                ended, status = os.waitpid(child, os.WNOHANG)
                late = not ended and now - start > SECONDS
                if late:
                    os.kill(child, signal.SIGKILL)
                    os.waitpid(child, 0)
                if ended or late:
                    del running[child]
                    code = HUNG if late else os.waitstatus_to_exitcode(status)
                    out, err = (Path(f"{streams}{end}").read_text(errors="replace") for end in (".out", ".err"))
                    yield Answer(name, 1 if code < HUNG else code, out, err, now - start)
            time.sleep(0.005)


def _started(arguments: Sequence[str], streams: Path) -> int:
    """Fork a child that runs the command as its own program would; its number."""
    child = os.fork()
    if child:
        return child
    try:
        for number, name in ((1, f"{streams}.out"), (2, f"{streams}.err")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.argv = ["aevb", *arguments]
        torch.set_num_threads(1)
        app.main()
    finally:  # it does not return
        os._exit(1)
