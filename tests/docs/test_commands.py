"""The pages on commands, on a hidden z, on Python and on scripts: their lines run, and what they list is all there."""

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
from tests.docs.console import DOCS

COMMANDS_PAGE, HIDDEN, PYTHON, SCRIPTS = (
    (DOCS / f"{name}.md").read_text() for name in ("commands", "howto/hidden-z", "howto/python", "howto/scripts")
)
BLOCKS = [block for page in (COMMANDS_PAGE, HIDDEN) for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)]
LINES = [line for block in BLOCKS for line in block.splitlines() if line.strip()]
PROGRAMS = re.findall(r"```python\n(.*?)```", PYTHON, re.DOTALL)
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", dict.fromkeys(LINES))
def test_every_option_of_a_command_exists(line: str) -> None:
    door, name, *words = shlex.split(line, comments=True)
    assert door == "aevb"
    known = {option for each in COMMANDS[name].params for option in (*each.opts, *each.secondary_opts)}
    for word in words:
        if word.startswith("-") and word != "-":
            assert word.partition("=")[0] in known


def test_every_command_has_its_place() -> None:
    assert set(re.findall(r"^## ([a-z-]+): ", COMMANDS_PAGE, re.MULTILINE)) == set(COMMANDS)


def test_the_exit_codes_are_all_there() -> None:
    cells = re.findall(r"\| (\d+) \| ([^|]+?) (?=\|)", SCRIPTS)
    assert {int(code): meaning for code, meaning in cells} == EXIT_CODES


@frames
@pytest.mark.parametrize("block", PROGRAMS)
def test_python_runs_but_for_the_length_of_its_training(block: str, bench: Path) -> None:
    """As it stands it would train what the tutorial trains on the same number of rows."""
    whole = 'train_bnn(table, target="z")'
    assert block.count(whole) == 1
    short = block.replace(whole, f"{whole[:-1]}, members=4, hidden=[8, 8], max_iterations=200)")
    done = subprocess.run([sys.executable, "-c", short], capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == b""
    assert {"bands.png", "python.safetensors"} <= {each.name for each in bench.iterdir()}


def test_python_has_its_place() -> None:
    assert len(PROGRAMS) == 1
    used = set(re.findall(r"(?<![_\w])aevb\.(\w+)", PYTHON)) | set(re.findall(r"model\.(\w+)", PROGRAMS[0]))
    known = {*aevb.__all__, *dir(aevb.Model)}
    assert used - {"safetensors"} <= known


@pytest.mark.slow
def test_all_of_it_runs_as_it_stands(tmp_path: Path) -> None:
    door = tmp_path / "aevb"
    door.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m aevb_cli "$@"\n')
    door.chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    program = ["bash", "-euo", "pipefail", "-c", "".join(BLOCKS)]
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
