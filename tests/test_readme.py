"""The README is executed: its commands run, its options exist, its pictures and links are there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import aevb_cli as aevb
from aevb_cli.app import app
from aevb_cli.errors import EXIT_CODES
from tests.api.conftest import frames

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"(?:<!-- (\w+) -->\n)?```sh\n(.*?)```", README, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
LINES = [line for marker, block in BLOCKS if not marker for line in block.splitlines() if line.strip()]
GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", dict.fromkeys(LINES))
def test_every_option_of_a_command_exists(line: str) -> None:
    door, name, *words = shlex.split(line, comments=True)
    assert door == "aevb"
    known = {option for each in COMMANDS[name].params for option in (*each.opts, *each.secondary_opts)}
    for word in words:
        if word.startswith("-") and word != "-":
            assert word.partition("=")[0] in known


def test_every_option_that_the_text_mentions_exists() -> None:
    prose = re.sub(r"```sh\n.*?```", "", README, flags=re.DOTALL)
    parameters = [each for command in (GROUP, *COMMANDS.values()) for each in command.params]
    known = {option for each in parameters for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose))
    assert mentioned
    assert mentioned <= known


def test_every_command_has_its_place() -> None:
    assert set(re.findall(r"^### ([a-z-]+)", README, re.MULTILINE)) == set(COMMANDS)


def test_the_exit_codes_are_all_there() -> None:
    cells = re.findall(r"\| (\d+) \| ([^|]+?) (?=\|)", README)
    assert {int(code): meaning for code, meaning in cells} == EXIT_CODES


def test_files_that_it_refers_to_exist() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_first_screen_is_the_three_lines() -> None:
    assert BLOCKS[0][1] == "aevb simulate --n 150 > data.csv\naevb train-vae data.csv\naevb plot --interval 0.9\n"


@frames
@pytest.mark.parametrize("block", PYTHON)
def test_python_runs_as_it_stands(block: str, bench: Path) -> None:
    done = subprocess.run([sys.executable, "-c", block], capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == b""
    assert {"bands.png", "python.safetensors"} <= {each.name for each in bench.iterdir()}


def test_python_has_its_place() -> None:
    assert len(PYTHON) == 1
    used = set(re.findall(r"(?<![_\w])aevb\.(\w+)", README)) | set(re.findall(r"model\.(\w+)", PYTHON[0]))
    known = {*aevb.__all__, *dir(aevb.Model)}
    assert used - {"safetensors"} <= known


@pytest.mark.slow
def test_all_of_it_runs_as_it_stands(tmp_path: Path) -> None:
    door = tmp_path / "aevb"
    door.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m aevb_cli "$@"\n')
    door.chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    script = "".join(block for marker, block in BLOCKS if not marker)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    program = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
