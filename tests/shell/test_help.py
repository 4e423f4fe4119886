"""`aevb`, `aevb help`, `aevb help COMMAND`, and what every command's help shows."""

import os
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import typer

from aevb_cli import app
from aevb_cli.errors import EXIT_CODES
from tests.conftest import Call

NAMES = sorted(typer.main.get_command(app.app).commands)  # type: ignore[attr-defined]
FORCED = {"FORCE_COLOR": "1", "GITHUB_ACTIONS": "1", "CLICOLOR_FORCE": "1"}


def test_alone_and_help_show_what_the_option_shows(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    shown = []
    for line in ([], ["help"], ["--help"]):
        assert call(*line) == 0
        streams = capfd.readouterr()
        assert streams.err == ""
        shown.append(streams.out.strip())
    assert shown[0] == shown[1] == shown[2]
    assert "Usage: aevb" in shown[0] or "Usage: " in shown[0]


def test_of_a_command(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("help", "predict") == 0
    first = capfd.readouterr().out.strip()
    assert call("predict", "--help") == 0
    assert first == capfd.readouterr().out.strip()


def test_of_a_command_that_there_is_not(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("help", "predikt") == 2
    assert "There is no command 'predikt' (did you mean 'predict'?). There are simulate, " in capfd.readouterr().err


@cache
def screen(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """A help screen, where what runs the program asks for colour. Each is asked for once."""
    program = [sys.executable, "-m", "aevb_cli", *arguments]
    return subprocess.run(program, env={**os.environ, **FORCED}, capture_output=True, timeout=120, check=False)


def words_of_help(*name: str) -> str:
    return " ".join(screen(*name, "--help").stdout.decode().replace("│", " ").split())


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_the_help_runs(
    name: str, call: Call, workshop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    summary, line = app.cleandoc(typer.main.get_command(app.app).commands[name].callback.__doc__).split("\n\n")  # type: ignore[attr-defined]
    line = line.removeprefix("Example: ")
    assert line.startswith(f"aevb {name}")
    shown = words_of_help(name)
    assert shown.index(f"Example: {line}") < shown.index(summary)
    for file, copy in {"latent2.safetensors": "latent.safetensors", "factor.csv": "gaps.csv"}.items():
        shutil.copy(workshop / file, tmp_path / copy)
    for file in ("data.csv", "vae.safetensors"):  # the newest model last
        if name != "simulate":
            shutil.copy(workshop / file, tmp_path / file)
    if name == "train-bnn":
        line += " --max-iterations 100"  # the defaults take long; tests of train-bnn run them
    words, _, redirected = line.removeprefix("aevb ").partition(" > ")
    assert call(*shlex.split(words)) == 0
    assert capfd.readouterr().out or not redirected


def test_the_example_of_the_whole_is_the_three_lines() -> None:
    line = "aevb simulate --n 150 > data.csv && aevb train-vae data.csv && aevb plot --interval 0.9"
    assert f"Example: {line}" in words_of_help()


def test_help_lists_every_command_and_exit_code() -> None:
    shown = " ".join(screen("--help").stdout.decode().split())
    for name in NAMES:
        assert f"│ {name} " in shown
    for code, meaning in EXIT_CODES.items():
        assert f"{code} {meaning}" in shown


@pytest.mark.parametrize("words", [("-h",), ("--help",), *((name, "--help") for name in NAMES)], ids=" ".join)
def test_help_is_plain_text_in_a_file(words: tuple[str, ...]) -> None:
    done = screen(*words)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    assert b"[[" not in done.stdout.replace(b"[[MODEL] [DATA...]]", b"")


@pytest.mark.parametrize("name", NAMES)
def test_every_default_is_shown(name: str) -> None:
    """Options without a default say what is done where they are left out, or switch something on, or do nothing."""
    shown = words_of_help(name)
    for option in typer.main.get_command(app.app).commands[name].params:  # type: ignore[attr-defined]
        if option.default in (None, False, ()) or option.name == "help" or option.required:
            continue
        if option.default is True:
            assert f"[default: {option.opts[0].removeprefix('--')}]" in shown
            continue
        assert f"[default: {option.default}".replace("PosixPath", "") in shown or str(option.default) in shown, (
            option.name
        )
