"""Signals when a training has ended, while it is calibrated and saved, in a slow window; and second ones."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from aevb_cli.modelfile import trained

#: A program in which one thing takes long, say `files.os.fsync`; stderr tells when it begins.
SLOW = """
import sys, time
from aevb_cli import app, files
from aevb_cli.core.training import block
from aevb_cli.tasks import run
place, name = {slow}
was = getattr(place, name)
def slow(*arguments, **named):
    if name != "_ascend":
        print("now", file=sys.stderr, flush=True)
    time.sleep({seconds})
    return was(*arguments, **named)
setattr(place, name, slow)
app.main()
"""
TRAIN = (
    *("train-bnn", "data.csv", "--members", "2", "--kl-weight", "0.1", "--hidden", "4,4", "--patience", "0"),
    *("--likelihood", "z=gaussian"),
)
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def start(command: list[str], slow: str, seconds: float, *arguments: str) -> "subprocess.Popen[str]":
    program = [command[0], "-c", SLOW.format(slow=slow, seconds=seconds), *TRAIN, "-o", "cut.safetensors", *arguments]
    return subprocess.Popen(program, stderr=subprocess.PIPE, text=True)


def until(process: "subprocess.Popen[str]", wanted: str) -> None:
    assert process.stderr
    for line in process.stderr:
        if line.startswith(wanted):
            return
    raise AssertionError(f"it never said {wanted}")


@pytest.mark.parametrize("number", CODES)
@pytest.mark.parametrize("slow", ["run.Run, '_best'", "run.held_out, 'scored'", "files.os, 'fsync'"])
def test_after_the_last_iteration(number: signal.Signals, slow: str, command: list[str], bench: Path) -> None:
    """While it is stacked, calibrated, and saved; with a second signal of another kind."""
    process = start(command, slow, 1.0, "--max-iterations", "100")
    until(process, "now")
    process.send_signal(number)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == CODES[number], told
    assert told.count("Interrupted: what is trained so far, if anything, is being saved.") == 1
    assert told.count("Train longer: aevb train-bnn ... --max-iterations 200") == 1
    assert "Traceback" not in told
    assert trained.load(Path("cut.safetensors")).facts["iterations"] == 100
    assert not list(bench.glob(".*aevb-unfinished"))


def test_a_slow_window_is_answered_within_a_second_and_lost_alone(command: list[str], bench: Path) -> None:
    """A window of 100 iterations takes 10 s here; what is saved is the state before it, to the bit."""
    process = start(command, "block.Block, '_ascend'", 0.1, "--max-iterations", "200")
    until(process, "iteration=100")
    time.sleep(0.5)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    until(process, "Interrupted: ")
    assert time.monotonic() - begun < 1
    told = process.communicate(timeout=8)[1]
    assert process.returncode == 130, told
    assert trained.load(Path("cut.safetensors")).facts["iterations"] == 100
    assert subprocess.run([*command, "resume", "cut.safetensors", "-q"], check=False).returncode == 0
    whole = [*command, *TRAIN, "--max-iterations", "200", "-q", "-o", "whole.safetensors"]
    assert subprocess.run(whole, check=False).returncode == 0
    assert Path("cut.safetensors").read_bytes() == Path("whole.safetensors").read_bytes()


def test_in_the_first_window_nothing_is_lost_of_the_old(command: list[str], bench: Path) -> None:
    old = Path("vae.safetensors").read_bytes()
    Path("cut.safetensors").write_bytes(old)
    process = start(command, "block.Block, '_ascend'", 0.1, "--max-iterations", "200")
    until(process, "data.csv")
    time.sleep(2)
    process.send_signal(signal.SIGHUP)
    told = process.communicate(timeout=30)[1]
    assert process.returncode == 129, told
    assert told.splitlines()[-1] == "Error: Interrupted before the first iterations were through: nothing is saved."
    assert Path("cut.safetensors").read_bytes() == old
