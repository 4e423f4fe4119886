"""The door, as a shell sees it: the three lines, errors, exit codes and closed streams."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aevb_cli import __version__, errors
from aevb_cli.errors import EXIT_CODES
from tests.conftest import Call, Program, listing


@pytest.fixture
def shell(tmp_path: Path) -> Program:
    """Run a line of bash in which `aevb` is the program."""
    door = tmp_path / "bin"
    door.mkdir()
    (door / "aevb").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m aevb_cli "$@"\n')
    (door / "aevb").chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()

    def run(line: str, cwd: Path = folder, **environment: str) -> "subprocess.CompletedProcess[bytes]":
        path = f"{door}:{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            cwd=cwd,
            env={**os.environ, "PATH": path, **environment},
            capture_output=True,
            timeout=120,
            check=False,
        )

    return run


def test_the_three_lines_in_an_empty_folder(shell: Program, tmp_path: Path) -> None:
    few = {"AEVB_MAX_ITERATIONS": "100"}
    for end, settings in {b"Converged: ": {}, b"Not converged": few}.items():  # a script that runs twice succeeds
        lines = "set -e\naevb simulate --n 150 > data.csv\naevb train-vae data.csv\naevb plot --interval 0.9"
        done = shell(lines, **settings)
        assert (done.returncode, done.stdout) == (0, b"")
        assert end in done.stderr
        assert listing(tmp_path / "empty") == ["data.csv", "vae.png", "vae.safetensors"]


def test_the_exit_codes_are_the_contracts() -> None:
    assert list(EXIT_CODES) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 129, 130, 141, 143]
    kinds = [getattr(errors, name) for name in dir(errors) if name.endswith("Error")]
    assert {kind.exit_code for kind in kinds} <= set(EXIT_CODES)


def test_version(aevb: Program) -> None:
    done = aevb("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"aevb {__version__}\n".encode(), b"")


def test_alone_it_shows_its_help(aevb: Program) -> None:
    done = aevb()
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Usage: " in done.stdout


@pytest.mark.parametrize("arguments", [("bogus",), ("--bogus",), ("train-vae",), ("simulate", "--n", "x")], ids=str)
def test_usage_names_the_help(arguments: tuple[str, ...], call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(*arguments) == 2
    streams = capfd.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("Error: ")
    assert "--help" in streams.err
    assert streams.err.count("\n") <= 3


def test_debug_adds_a_traceback_and_keeps_the_code(aevb: Program) -> None:
    plain, debug = aevb("inspect", "nope.safetensors"), aevb("--debug", "inspect", "nope.safetensors")
    assert plain.returncode == debug.returncode == 4
    assert plain.stderr == b"Error: nope.safetensors: cannot be read: no such file or directory.\n"
    assert b"Traceback" in debug.stderr


def test_a_bug_is_a_sentence_and_1(
    call: Call, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("so it is")

    monkeypatch.setattr("aevb_cli.simulation.simulate", broken)
    assert call("simulate") == 1
    assert capfd.readouterr().err.startswith("Error: This is a bug in aevb: RuntimeError: so it is\nPlease report it")


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")],
    ids=["py", "torch"],
)
def test_out_of_memory_says_what_to_lower(
    error: Exception, call: Call, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("aevb_cli.simulation.simulate", full)
    assert call("simulate") == 8
    assert capfd.readouterr().err.startswith("Error: Out of memory. Lower --n, ")


class TestStreams:
    def test_head_is_silent(self, shell: Program) -> None:
        done = shell("aevb simulate --n 1000000 | head -1")
        assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGPIPE, b"x,z\n", b"")

    def test_a_reader_that_left_before_a_short_output(self, shell: Program) -> None:
        done = shell("aevb simulate --n 10 | true; echo ${PIPESTATUS[0]}")
        assert done.stderr == b""
        assert done.stdout in {b"0\n", b"141\n"}

    @pytest.mark.parametrize("arguments", ["--version", "--help", "simulate", "simulate --help", "simulate --n 100000"])
    def test_a_full_device(self, arguments: str, shell: Program) -> None:
        done = shell(f"aevb {arguments} > /dev/full")
        assert done.returncode == 7
        assert done.stderr == b"Error: stdout: cannot be written: no space left on device.\n"

    @pytest.mark.parametrize("arguments", ["--version", "simulate"])
    def test_a_closed_stdout(self, arguments: str, shell: Program) -> None:
        done = shell(f"aevb {arguments} >&-")
        assert done.returncode == 7
        assert done.stderr == b"Error: stdout: cannot be written: bad file descriptor.\n"

    def test_a_closed_stderr_harms_no_file(self, shell: Program, workshop: Path, tmp_path: Path) -> None:
        shutil.copy(workshop / "data.csv", tmp_path / "empty")
        done = shell("aevb train-vae data.csv --max-iterations 100 2>&- && aevb inspect > /dev/null")
        assert (done.returncode, done.stdout) == (0, b"")

    def test_a_closed_stdin(self, shell: Program) -> None:
        assert shell("aevb simulate <&-").returncode == 0
        done = shell("aevb train-vae - <&-")
        assert done.returncode == 3, done.stderr

    @pytest.mark.parametrize(
        "environment",
        [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
        ids=["encoding", "locale"],
    )
    def test_an_ascii_terminal(self, environment: dict[str, str], shell: Program) -> None:
        done = shell("aevb --help", **environment)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()

    def test_a_name_that_is_no_text(self, aevb: Program) -> None:
        done = aevb("inspect", "a\udcff\u20ac.safetensors", PYTHONIOENCODING="ascii")
        assert done.returncode == 4
        assert b"no such file" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_any_command_silently(
    number: signal.Signals, code: int, command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "big.csv").write_bytes(b"old")
    program = [*command, "simulate", "--raw", "--n", "1000000000", "-o", "big.csv"]
    with subprocess.Popen(program, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 30
        while len(listing(tmp_path)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) == code
    assert listing(tmp_path) == ["big.csv"]
    assert (tmp_path / "big.csv").read_bytes() == b"old"


def test_ctrl_c_before_a_command_has_begun_is_silent_too() -> None:
    program = (
        "import signal; from typer import main as typer\n"
        "typer.get_group = lambda *_, **__: signal.raise_signal(signal.SIGINT)\n"
        "from aevb_cli.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program, "inspect"], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr, done.stdout) == (130, b"", b"")


@pytest.mark.parametrize("turn", range(2))
def test_an_error_after_reading_a_table_ends_in_good_order(turn: int, aevb: Program, bench: Path) -> None:
    """pyarrow's reader threads and torch once made every third such exit an abort (134)."""
    done = aevb("train-vae", "data.csv", "--target", "nope", cwd=bench)
    assert done.returncode == 3, done.stderr


def test_no_home_no_display(shell: Program, workshop: Path) -> None:
    nowhere = {"HOME": "/proc/nowhere", "DISPLAY": "", "XDG_CACHE_HOME": "/proc/x"}
    done = shell(f"aevb plot {workshop}/vae.safetensors -o picture.png", **nowhere)
    assert done.returncode == 0
    assert done.stderr.endswith(b"Picture: picture.png\n")
