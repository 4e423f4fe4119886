"""A stdout that takes less than it is given, or nothing: all bytes, or an error; with PYTHONUNBUFFERED, too."""

import fcntl
import os
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import IO

import pytest

from tests.faults.test_full_disk import limited

UNBUFFERED = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
LINES = 20_000


def waiting(pipe: IO[bytes]) -> int:
    """Bytes that stand in a pipe."""
    found: int = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]
    return found


def ran(command: list[str], line: str, unbuffered: str, **options: object) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    return subprocess.run([*command, *line.split()], stderr=subprocess.PIPE, env=environment, check=False, **options)  # type: ignore[call-overload,no-any-return]


@UNBUFFERED
@pytest.mark.parametrize(
    "line", ["simulate --n 1000", "predict vae.safetensors data.csv -q", "inspect vae.safetensors --json", "help --man"]
)
def test_a_file_that_may_not_grow(line: str, unbuffered: str, command: list[str], bench: Path) -> None:
    with (bench / "out").open("wb") as out:
        found = ran(command, line, unbuffered, stdout=out, preexec_fn=lambda: limited(1000))
    assert found.returncode == 7, found.stderr
    assert b"stdout: cannot be written: file too large" in found.stderr


@UNBUFFERED
def test_a_reader_that_takes_its_time_gets_every_line(unbuffered: str, command: list[str]) -> None:
    """The pipe is full meanwhile, and a signal ends a write that has written a part."""
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    words = [*command, "simulate", "--n", str(LINES)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        deadline = time.monotonic() + 30
        before = 0
        while not before or waiting(process.stdout) > before:  # until it is full
            assert time.monotonic() < deadline
            before = waiting(process.stdout)
            time.sleep(0.3)
        for _ in range(3):
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(0.05)
            os.kill(process.pid, signal.SIGCONT)
            time.sleep(0.05)
        assert len(process.stdout.read().splitlines()) == 1 + LINES
    assert process.returncode == 0


@UNBUFFERED
def test_an_error_as_json_that_cannot_be_written(unbuffered: str, command: list[str], bench: Path) -> None:
    line = "inspect nothing.safetensors --json"
    with open("/dev/full", "wb") as full:
        found = ran(command, line, unbuffered, stdout=full)
    assert found.returncode == 7
    assert [each.partition(b":")[0] for each in found.stderr.splitlines()] == [b"Error", b"Error"]
    closed = ["sh", "-c", f'"$@" {line} >&-', "sh", *command]
    found = subprocess.run(closed, stderr=subprocess.PIPE, check=False)
    assert found.returncode == 7
    assert b"Traceback" not in found.stderr
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as pipe:
        found = ran(command, line, unbuffered, stdout=pipe)
    assert found.returncode == 141
    assert b"Traceback" not in found.stderr
    assert bench


def test_without_docstrings_commands_work(command: list[str]) -> None:
    found = subprocess.run(
        [*command, "simulate", "--n", "3"], capture_output=True, env={**os.environ, "PYTHONOPTIMIZE": "2"}, check=False
    )
    assert found.returncode == 0, found.stderr
    assert len(found.stdout.splitlines()) == 4
