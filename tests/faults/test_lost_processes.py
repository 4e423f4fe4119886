"""Processes that train beside a command's own: one that is lost costs time alone, and none is left over."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import EAGER

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")

WORDS = ["train-bnn", "data.csv", "--members", "16", "--kl-weight", "0.1", "--hidden", "64,64", "--batch-size", "150"]
WORDS += ["--likelihood", "z=gaussian", "--max-iterations", "600", "-q"]
"""A heavy training, of two blocks, on every machine."""

MODEL = Path("bnn.safetensors")


def begun(command: list[str]) -> "subprocess.Popen[bytes]":
    words = [command[0], "-c", EAGER, *WORDS, "--threads", "2"]
    return subprocess.Popen(words, stderr=subprocess.PIPE, start_new_session=True)


def children(process: int) -> list[int]:
    """Those that have not ended."""
    try:
        found = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in found.split()]


def two_children(process: int) -> list[int]:
    deadline = time.monotonic() + 60
    while len(found := children(process)) < 2 and time.monotonic() < deadline:
        time.sleep(0.002)
    assert len(found) == 2
    return found


def alone(command: list[str]) -> bytes:
    """The model that one thread trains."""
    subprocess.run([*command, *WORDS, "--threads", "1"], check=True)
    content = MODEL.read_bytes()
    MODEL.unlink()
    return content


@pytest.mark.usefixtures("bench")
def test_the_model_is_the_same_whichever_of_them_are_killed(command: list[str]) -> None:
    expected = alone(command)
    for count in (0, 1, 2):
        process = begun(command)
        for child in two_children(process.pid)[:count]:
            time.sleep(0.1)  # within a window
            os.kill(child, signal.SIGKILL)
        _, told = process.communicate(timeout=120)
        assert (process.returncode, told) == (0, b"")
        assert MODEL.read_bytes() == expected
        MODEL.unlink()


@pytest.mark.usefixtures("bench")
def test_ctrl_c_reaches_all_of_them_and_what_is_resumed_is_the_same(command: list[str]) -> None:
    expected = alone(command)
    process = begun(command)
    found = two_children(process.pid)
    deadline = time.monotonic() + 60
    while not MODEL.exists() and time.monotonic() < deadline:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to each process
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in told
    assert [each for each in found if Path(f"/proc/{each}").exists()] == []
    subprocess.run([*command, "resume", MODEL.name, "-q", "--threads", "2"], check=True)
    assert MODEL.read_bytes() == expected
