"""What a person at a terminal and what a log sees of a training run."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aevb_cli.console import Screen, print_scores
from aevb_cli.errors import Interrupted
from aevb_cli.progress import PLAIN_LINES
from aevb_cli.tasks.watching import Silent, Watcher
from tests.conftest import Call, Program

COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
TRAIN = ("train-vae", "data.csv", "--max-iterations", "300")
Streams = pytest.CaptureFixture[bytes]
FORCED = {
    "FORCE_COLOR": "1",
    "GITHUB_ACTIONS": "1",
    "CLICOLOR_FORCE": "1",
    "TTY_COMPATIBLE": "1",
    "TTY_INTERACTIVE": "1",
}


@dataclass(frozen=True)
class Step:
    iteration: int
    elbo: float = -0.4

    def shown(self) -> dict[str, float]:
        return {"elbo": self.elbo, "kl": 1e-5}


def steps(total: int, every: int) -> Iterator[Step]:
    return (Step(iteration) for iteration in range(every, total + 1, every))


@pytest.mark.parametrize(("total", "every"), [(3000, 100), (20_000, 100), (250, 1), (20, 1), (7, 1), (100, 100)])
def test_a_log_gets_some_twenty_lines(total: int, every: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(Screen().watch(steps(total, every), total, "AEVB"))) == total // every
    streams = capsys.readouterr()
    lines = streams.err.splitlines()
    assert streams.out == ""
    assert len(lines) <= PLAIN_LINES + 2
    assert lines[0].startswith(f"iteration={every}/{total} elbo=-0.400 kl=1e-05")
    assert lines[-1].startswith(f"iteration={total}/{total} ")
    assert len(set(lines)) == len(lines)


def test_what_a_log_counts_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A trial of families counts its own iterations, which are none of the training's."""
    for label in ("trial 1 of 2", "trial 2 of 2", "AEVB"):
        assert len(list(Screen().watch(steps(200, 100), 200, label))) == 2
    names = [line.partition("=")[0] for line in capsys.readouterr().err.splitlines()]
    assert names == ["trial"] * 4 + ["iteration"] * 2


def test_scores_for_people_leave_the_curve_out(capsys: pytest.CaptureFixture[str]) -> None:
    """That of each group of rows, too, and that of each target."""
    scores = {"crps": 0.5, "calibration": {"0.05": 0.1}}
    several = {"crps": {"a": 0.5}, "calibration": {"a": {"0.05": 0.1}}}
    print_scores({"rows": 3, **scores, "by": {"south": {"rows": 1, **scores}, "": several}}, as_json=False)
    shown = capsys.readouterr().out
    assert "by south crps" in shown
    assert "calibration" not in shown
    assert "0.05" not in shown


def test_a_log_of_unknown_length_and_of_no_records(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(Screen().watch(iter([]), 10, "AEVB")) == []
    assert capsys.readouterr().err == ""


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(quiet=True)
    screen.say("a word")
    list(screen.watch(steps(300, 100), 300, "AEVB"))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_stream_after_the_record_in_hand(number: signal.Signals) -> None:
    screen, seen = Screen(quiet=True), []
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    for step in screen.watch(steps(1000, 100), 1000, "AEVB"):
        seen.append(step.iteration)
        if step.iteration == 300:
            os.kill(os.getpid(), number)
    assert seen == [100, 200, 300]
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    with pytest.raises(Interrupted, match="Go on so") as caught:
        screen.end("Go on so.")
    assert caught.value.exit_code == 128 + number


def test_a_task_takes_its_records_from_a_screen_as_from_any_watcher(capsys: pytest.CaptureFixture[str]) -> None:
    def task(watcher: Watcher) -> list[int]:
        return [step.iteration for step in watcher.watch(steps(300, 100), 300, "AEVB")]

    screen = Screen()
    assert task(screen) == task(Silent()) == [100, 200, 300]
    assert capsys.readouterr().err.count("iteration=") == 3
    before = signal.getsignal(signal.SIGTERM)
    for step in screen.watch(steps(300, 100), 300, "AEVB"):
        os.kill(os.getpid(), signal.SIGTERM)
        assert step.iteration == 100
    assert signal.getsignal(signal.SIGTERM) == before
    with pytest.raises(Interrupted):
        screen.end("Go on so.")


def test_without_a_signal_there_is_no_end() -> None:
    screen = Screen(quiet=True)
    list(screen.watch(steps(300, 100), 300, "AEVB"))
    screen.end("never said")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """nohup and a shell's background jobs ask for that."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        screen = Screen(quiet=True)
        for _ in screen.watch(steps(300, 100), 300, "AEVB"):
            os.kill(os.getpid(), signal.SIGINT)
        screen.end("never said")
    finally:
        signal.signal(signal.SIGINT, before)


class Terminal:
    """A program whose stdout and stderr are a terminal of so many columns."""

    def __init__(self, program: list[str], folder: Path, columns: int = 120, **environment: str) -> None:
        self.end, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.modes = termios.tcgetattr(inner)
        kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", *FORCED}}
        self.process = subprocess.Popen(
            program, cwd=folder, stdin=inner, stdout=inner, stderr=inner, env={**kept, "TERM": "xterm", **environment}
        )
        self.inner = inner
        self.seen = b""

    def until(self, wanted: bytes, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while wanted not in self.seen and time.monotonic() < deadline:
            self.seen += os.read(self.end, 4096)
        assert wanted in self.seen

    def finish(self) -> int:
        """Read all, and check that the terminal is as it was."""
        assert termios.tcgetattr(self.inner) == self.modes
        os.close(self.inner)
        try:
            while part := os.read(self.end, 4096):
                self.seen += part
        except OSError:  # Linux says so where the last program has gone
            pass
        os.close(self.end)
        return self.process.wait(timeout=60)


def test_a_terminal_gets_a_bar(command: list[str], bench: Path) -> None:
    terminal = Terminal([*command, *TRAIN], bench)
    assert terminal.finish() == 0
    assert "━".encode() in terminal.seen
    for part in (rb"300/300", rb"elbo -?\d", rb"objective -?\d", rb"held_out_score -?\d", rb"\d/s", rb"\d:\d\d"):
        assert re.search(part, terminal.seen), part
    assert COLOUR.search(terminal.seen)
    assert b"iteration=" not in terminal.seen
    assert terminal.seen.rindex(b"\x1b[?25h") > terminal.seen.rindex(b"\x1b[?25l"), "the cursor is shown again"


def test_no_color(command: list[str], bench: Path) -> None:
    terminal = Terminal([*command, *TRAIN], bench, NO_COLOR="1")
    assert terminal.finish() == 0
    assert "━".encode() in terminal.seen
    assert not COLOUR.search(terminal.seen)


def test_a_narrow_terminal_keeps_its_bar_on_one_line(command: list[str], bench: Path) -> None:
    terminal = Terminal([*command, *TRAIN], bench, columns=60)
    assert terminal.finish() == 0
    assert b"300/300" in terminal.seen
    assert re.search(rb"elbo -?\d", terminal.seen)


def test_a_dumb_terminal_gets_plain_lines(command: list[str], bench: Path) -> None:
    terminal = Terminal([*command, *TRAIN], bench, 120, TERM="dumb", **FORCED)
    assert terminal.finish() == 0
    assert b"\x1b" not in terminal.seen
    assert re.search(rb"iteration=100/\d+ elbo=-?\d", terminal.seen)


@pytest.mark.parametrize("forced", [{}, FORCED], ids=["plain", "forced"])
def test_a_log_holds_no_escape_code(forced: dict[str, str], aevb: Program, bench: Path) -> None:
    done = aevb(*TRAIN, cwd=bench, **forced)
    assert done.returncode == 0
    assert done.stdout == b""
    assert b"\x1b" not in done.stderr
    assert b"\r" not in done.stderr
    assert re.search(rb"^iteration=100/\d+ elbo=-?\d+\.\d+ ", done.stderr, re.MULTILINE)
    assert 2 <= done.stderr.count(b"iteration=") <= PLAIN_LINES + 2


def test_ctrl_c_on_a_terminal(command: list[str], bench: Path) -> None:
    """The best state is saved and can be drawn; the terminal is as it was; one line says how to go on."""
    endless = ("train-vae", "data.csv", "--max-iterations", "1000000", "--patience", "0", "-o", "cut.safetensors")
    terminal = Terminal([*command, *endless], bench)
    terminal.until(b"elbo -")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(timeout=60) == 130
    assert terminal.finish() == 130
    assert terminal.seen.rindex(b"\x1b[?25h") > terminal.seen.rindex(b"\x1b[?25l")
    last = terminal.seen.rpartition(b"Error: ")[2]
    assert b"Interrupted" in last
    assert b"cut.safetensors" in last
    assert b"Traceback" not in terminal.seen
    assert (bench / "cut.safetensors").is_file()


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
def test_escapes_in_a_table_reach_no_screen(verb: str, call: Call, bench: Path, capfdbinary: Streams) -> None:
    """In notes, in the model's header, in errors and in progress; the data keep them."""
    name = "x\x1b[31mRED\x1b]0;pwned\x07\u202e"
    Path("esc\x1b.csv").write_text(f"{name},z[red]:duck:\n" + Path("data.csv").read_text().partition("\n")[2])
    few = ("--members", "1", "--likelihood", "z[red]:duck:=gaussian") if verb == "train-bnn" else ()
    assert call(verb, "esc\x1b.csv", *few, "--max-iterations", "10", "-o", "m.safetensors") == 0
    shown = capfdbinary.readouterr()
    assert call("inspect", "m.safetensors") == 0
    inspected = capfdbinary.readouterr()
    assert call("predict", "m.safetensors", "data.csv") == 3
    wrong = capfdbinary.readouterr()
    for screen in (shown.err, inspected.out, wrong.err):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", screen.decode())
        assert b"x\\x1b[31mRED" in screen
    assert b"z[red]:duck:" in inspected.out
    assert call("predict", "m.safetensors", "esc\x1b.csv") == 0
    assert capfdbinary.readouterr().out.decode().startswith(f"{name},z[red]:duck:,")
