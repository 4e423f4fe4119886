"""Processes that are killed, signalled or left without a reader, at random moments."""

import os
import pty
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from aevb_cli.modelfile import trained
from tests.conftest import EAGER, Program

LONG = ("--max-iterations", "1000000", "--patience", "0", "--hidden", "4,4", "-o", "m.safetensors")
ENSEMBLE = ("--members", "2", "--kl-weight", "0.1", "--likelihood", "z=gaussian")


@pytest.mark.parametrize("verb", ["train-vae", "train-bnn"])
def test_kill_9_while_training_and_saving(verb: str, command: list[str], bench: Path) -> None:
    """At every moment the file is absent or whole, and what was left over is swept by the next run."""
    chance, model = random.Random(verb), Path("m.safetensors")
    found = []
    for _ in range(4):
        options = [*LONG, "-q", *(ENSEMBLE if verb == "train-bnn" else ())]
        process = subprocess.Popen([command[0], "-c", EAGER, verb, "data.csv", *options])
        deadline = time.monotonic() + 60
        while not model.exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.random() / 2)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        found.append(trained.load(model).facts["iterations"])
        assert len(list(bench.glob(".*aevb-unfinished"))) <= 1
    assert min(found) >= 100
    again = [*command, verb, "data.csv", *LONG, "-q", "--max-iterations", "1"]
    assert subprocess.run(again, check=False).returncode == 0
    assert not list(bench.glob(".*aevb-unfinished"))


def test_kill_9_before_the_first_save_leaves_nothing_or_the_old(command: list[str], bench: Path) -> None:
    old = Path("vae.safetensors").read_bytes()
    for wait in (0.3, 1.0, 2.0):
        process = subprocess.Popen(
            [*command, "train-vae", "data.csv", "--max-iterations", "1000000", "--patience", "0", "-q"]
        )
        time.sleep(wait)
        process.kill()
        process.wait()
        assert Path("vae.safetensors").read_bytes() == old
    assert len(list(bench.glob(".*aevb-unfinished"))) <= 1


def test_ctrl_c_on_a_terminal_while_an_ensemble_trains(command: list[str], bench: Path) -> None:
    """130, the best state saved, one line with the way on, and the cursor shown again."""
    parent, child = pty.openpty()
    whole = [*command, "train-bnn", "data.csv", *LONG, *ENSEMBLE]
    process = subprocess.Popen(whole, stdin=child, stdout=child, stderr=child, start_new_session=True)
    os.close(child)
    shown = bytearray()

    def read() -> None:
        try:
            while part := os.read(parent, 4096):
                shown.extend(part)
        except OSError:  # the terminal is closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    deadline = time.monotonic() + 60
    while b"elbo" not in shown and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    reader.join(10)
    os.close(parent)
    text = bytes(shown)
    assert text.count(b"aevb resume m.safetensors") == 1
    assert b"Traceback" not in text
    assert text.rfind(b"\x1b[?25h") > text.rfind(b"\x1b[?25l") >= 0
    assert trained.load(Path("m.safetensors")).state


def test_two_runs_on_one_output(command: list[str], bench: Path) -> None:
    """The file is always one run's, never a mixture; readers beside the writers never see a broken one."""
    for name in ("a", "b"):
        options = [
            "--max-iterations",
            "600",
            "--patience",
            "0",
            "--seed",
            str(ord(name)),
            "-q",
            "-o",
            f"{name}.safetensors",
        ]
        assert subprocess.run([*command, "train-vae", "data.csv", *options], check=False).returncode == 0
    start = [command[0], "-c", EAGER, "train-vae", "data.csv", "--max-iterations", "600", "--patience", "0", "-q"]
    runs = [subprocess.Popen([*start, "--seed", str(ord(name)), "-o", "both.safetensors"]) for name in ("a", "b")]
    while any(process.poll() is None for process in runs):
        if Path("both.safetensors").exists():
            trained.load(Path("both.safetensors"))
    assert [process.returncode for process in runs] == [0, 0]
    ends = {Path(f"{name}.safetensors").read_bytes() for name in ("a", "b")}
    assert Path("both.safetensors").read_bytes() in ends
    assert not list(bench.glob(".*aevb-unfinished"))


@pytest.mark.parametrize(
    "arguments", [("predict", "vae.safetensors", "data.csv", "-q"), ("inspect", "vae.safetensors")]
)
def test_a_closed_pipe_is_silent(arguments: tuple[str, ...], command: list[str], bench: Path) -> None:
    parent, child = os.pipe()
    os.close(parent)
    process = subprocess.run([*command, *arguments], stdout=child, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(child)
    assert (process.returncode, process.stderr) == (141, b"")


def test_no_home_no_display_no_cache(aevb: Program, bench: Path) -> None:
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "TMPDIR"), "/nonexistent")
    plotted = aevb("plot", "vae.safetensors", "-o", "p.png", cwd=bench, DISPLAY="", **nowhere)
    assert plotted.returncode == 0, plotted.stderr
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")
    assert plotted.stderr.splitlines() == [b"Picture: p.png"]
