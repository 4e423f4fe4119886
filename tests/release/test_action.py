"""The GitHub Action: its steps, run as GitHub runs them, gate a model."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.release.conftest import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
INSTALL, GATE = ACTION["runs"]["steps"]


@pytest.fixture
def gate(bench: Path) -> Any:
    """Run the step that gates; its exit code. Inputs become its environment, as the action says."""
    (bench / "bin").mkdir()
    door = bench / "bin" / "aevb"
    door.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m aevb_cli "$@"\n')
    door.chmod(0o755)

    def run(**inputs: str) -> int:
        given = {name: inputs[expression.split(".")[1].split(" ")[0]] for name, expression in GATE["env"].items()}
        told = {"RUNNER_TEMP": str(bench), **{name: str(bench / name) for name in FILES}}
        path = f"{bench / 'bin'}:{os.environ['PATH']}"
        program = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", GATE["run"]]  # as `shell: bash` is started
        done = subprocess.run(program, cwd=bench, env=os.environ | given | told | {"PATH": path}, check=False)
        return done.returncode

    return run


FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
GIVEN = {"model": "vae.safetensors", "data": "data.csv"}


def test_a_model_that_is_good_enough_passes(gate: Any, bench: Path) -> None:
    assert gate(**GIVEN, require="coverage@0.9>=0.5\n\nrmse[z]<5\n") == 0
    scores = bench / "aevb-scores.json"
    assert (bench / "GITHUB_OUTPUT").read_text() == f"scores={scores}\n"
    assert json.loads(scores.read_text())["rows"] == 150
    assert '"rmse"' in (bench / "GITHUB_STEP_SUMMARY").read_text()


def test_one_that_is_not_fails(gate: Any) -> None:
    assert gate(**GIVEN, require="coverage@0.9>=0.5\nrmse<0.0001") == 6


def test_without_a_requirement_it_fails(gate: Any) -> None:
    assert gate(**GIVEN, require="\n") == 2


def test_names_are_no_commands(gate: Any, bench: Path) -> None:
    """A name may come from whoever opens a pull request."""
    (bench / "a b$(touch owned).csv").write_bytes((bench / "data.csv").read_bytes())
    assert gate(model="vae.safetensors", data="a b$(touch owned).csv", require="rmse<5") == 0
    assert not (bench / "owned").exists()
    for step in (INSTALL, GATE):
        assert "${{" not in step["run"]


def test_its_inputs_and_outputs_are_those_that_it_uses() -> None:
    used = {each.removeprefix("${{ inputs.").removesuffix(" }}") for each in GATE["env"].values()}
    assert set(ACTION["inputs"]) == used
    assert all(each["required"] and each["description"] for each in ACTION["inputs"].values())
    assert ACTION["outputs"]["scores"]["value"] == "${{ steps.gate.outputs.scores }}"
    assert GATE["id"] == "gate"


def test_it_installs_what_it_comes_with() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert '"$GITHUB_ACTION_PATH"' in INSTALL["run"]
    assert subprocess.run(["bash", "-n", "-c", INSTALL["run"]], check=False).returncode == 0
