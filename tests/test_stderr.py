"""No run ends because of its stderr: a full disk, a reader that has left, a closed stream."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aevb_cli.modelfile import trained
from aevb_cli.stderr import STDERR, write_at_once
from tests.faults.test_full_disk import small_disk
from tests.test_console import Terminal

__all__ = ["small_disk"]
TRAIN = ("train-vae", "data.csv", "--max-iterations", "2000", "--patience", "0", "--hidden", "4,4", "-o")


class Broken(io.StringIO):
    """Its reader has left."""

    def write(self, _: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise OSError(28, "no space left on device")

    def isatty(self) -> bool:
        raise ValueError("I/O operation on closed file")


@pytest.mark.parametrize("stream", [Broken(), None], ids=["broken", "none"])
def test_what_cannot_be_written_is_lost(stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    assert STDERR.write("lost") == 4
    STDERR.flush()
    assert not STDERR.isatty()
    assert STDERR.encoding
    write_at_once("lost")


def test_what_can_be_written_is(capfd: pytest.CaptureFixture[str]) -> None:
    STDERR.write("a ")
    STDERR.flush()
    write_at_once("b")
    assert capfd.readouterr().err == "a b\n"


def test_a_log_on_a_full_disk(small_disk: Path, command: list[str], bench: Path) -> None:
    (small_disk / "filling").write_bytes(bytes(64 * 1024))
    with (small_disk / "log").open("wb") as log:
        assert subprocess.run([*command, *TRAIN, "m.safetensors"], stderr=log, check=False).returncode == 0
    assert trained.load(Path("m.safetensors")).facts["iterations"] == 2000


@pytest.mark.parametrize("end", ["2>&1 >/dev/null | head -1", "2>&1 | true", "2>&-", "2>/dev/full"])
def test_a_reader_that_leaves(end: str, command: list[str], bench: Path) -> None:
    line = f'"$@" {end}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", line, "bash", *command, *TRAIN, "m.safetensors"], check=False)
    assert done.returncode == 0
    assert trained.load(Path("m.safetensors")).facts["iterations"] == 2000


def test_an_error_that_nobody_reads_keeps_its_code(command: list[str], bench: Path) -> None:
    done = subprocess.run(["sh", "-c", '"$@" 2>/dev/full', "sh", *command, "train-vae", "nope.csv"], check=False)
    assert done.returncode == 3


def test_a_terminal_that_goes_away(command: list[str], bench: Path) -> None:
    """Its signal is ignored, as by nohup: the bar cannot be drawn any more, and the run goes on."""
    terminal = Terminal(["env", "--ignore-signal=HUP", *command, *TRAIN, "m.safetensors"], bench)
    terminal.until(b"elbo")
    os.close(terminal.inner)
    os.close(terminal.end)
    assert terminal.process.wait(timeout=60) == 0
    assert trained.load(Path("m.safetensors")).facts["iterations"] == 2000
