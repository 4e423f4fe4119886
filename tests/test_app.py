"""The door, as a shell sees it: the three lines, help, errors, exit codes and closed streams."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from aevb_cli import __version__, app, errors
from aevb_cli.errors import EXIT_CODES
from tests.conftest import Call, Program, listing

NAMES = sorted(typer.main.get_command(app.app).commands)  # type: ignore[attr-defined]
FORCED = {"FORCE_COLOR": "1", "GITHUB_ACTIONS": "1", "CLICOLOR_FORCE": "1"}


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
    for _ in range(2):  # a script that runs twice succeeds
        done = shell("set -e\naevb simulate --n 150 > data.csv\naevb train-vae data.csv\naevb plot --interval 0.9")
        assert (done.returncode, done.stdout) == (0, b"")
        assert b"Converged: " in done.stderr
        assert listing(tmp_path / "empty") == ["data.csv", "vae.png", "vae.safetensors"]


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_the_help_runs(name: str, shell: Program, workshop: Path, tmp_path: Path) -> None:
    summary, line = app.cleandoc(typer.main.get_command(app.app).commands[name].callback.__doc__).split("\n\n")  # type: ignore[attr-defined]
    line = line.removeprefix("Example: ")
    assert line.startswith(f"aevb {name}")
    shown = " ".join(shell(f"aevb {name} --help").stdout.decode().split())
    assert shown.index(f"Example: {line}") < shown.index(summary)
    for file, copy in {"latent2.safetensors": "latent.safetensors", "factor.csv": "gaps.csv"}.items():
        shutil.copy(workshop / file, tmp_path / "empty" / copy)
    for file in ("data.csv", "vae.safetensors"):  # the newest model last
        if name != "simulate":
            shutil.copy(workshop / file, tmp_path / "empty" / file)
    if name == "train-bnn":
        line += " --max-iterations 100"  # the defaults take long; tests of train-bnn run them
    done = shell(line)
    assert done.returncode == 0, done.stderr


def test_the_example_of_the_whole_is_the_three_lines(shell: Program) -> None:
    shown = " ".join(shell("aevb --help").stdout.decode().split())
    line = "aevb simulate --n 150 > data.csv && aevb train-vae data.csv && aevb plot --interval 0.9"
    assert f"Example: {line}" in shown


def test_help_lists_every_command_and_exit_code(shell: Program) -> None:
    shown = " ".join(shell("aevb --help").stdout.decode().split())
    for name in NAMES:
        assert f"│ {name} " in shown
    for code, meaning in EXIT_CODES.items():
        assert f"{code} {meaning}" in shown


def test_the_exit_codes_are_the_contracts() -> None:
    assert list(EXIT_CODES) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 129, 130, 141, 143]
    kinds = [getattr(errors, name) for name in dir(errors) if name.endswith("Error")]
    assert {kind.exit_code for kind in kinds} <= set(EXIT_CODES)


@pytest.mark.parametrize(("name", "option"), [("", "-h"), *((name, "--help") for name in ["", *NAMES])])
def test_help_is_plain_text_in_a_file(name: str, option: str, shell: Program) -> None:
    done = shell(f"aevb {name} {option}", **FORCED)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    assert b"[[" not in done.stdout.replace(b"[[MODEL] [DATA...]]", b"")


@pytest.mark.parametrize("name", NAMES)
def test_every_default_is_shown(name: str, shell: Program) -> None:
    """Options without a default say what is done where they are left out, or switch something on, or do nothing."""
    screen = shell(f"aevb {name} --help").stdout.decode()
    shown = " ".join(screen.replace("│", " ").split())
    for option in typer.main.get_command(app.app).commands[name].params:  # type: ignore[attr-defined]
        if option.default in (None, False, ()) or option.name == "help" or option.required:
            continue
        if option.default is True:
            assert f"[default: {option.opts[0].removeprefix('--')}]" in shown
            continue
        assert f"[default: {option.default}".replace("PosixPath", "") in shown or str(option.default) in shown, (
            option.name
        )


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
    plain, debug = aevb("train-vae", "nope.csv"), aevb("--debug", "train-vae", "nope.csv")
    assert plain.returncode == debug.returncode == 3
    assert plain.stderr == b"Error: nope.csv: there is no such file.\n"
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
        done = aevb("train-vae", "a\udcff\u20ac.csv", PYTHONIOENCODING="ascii")
        assert done.returncode == 3
        assert b"there is no such file" in done.stderr


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
