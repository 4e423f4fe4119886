"""Options of any command, and where values come from."""

import json
import re
from pathlib import Path

import pytest

from aevb_cli.running import PROCESS
from tests.conftest import Call, Program
from tests.shell.test_panels import COMMANDS


def seed_of(call: Call, capfd: pytest.CaptureFixture[str], *line: str) -> str:
    assert call("simulate", "--print-config", *line) == 0
    (found,) = (each for each in capfd.readouterr().out.splitlines() if each.startswith("seed"))
    return found


def test_the_line_then_a_variable_then_the_file_then_the_default(
    call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.toml").write_text("seed = 3")
    assert seed_of(call, capfd) == "seed = 0  # default"
    monkeypatch.setenv("AEVB_CONFIG", "a.toml")
    assert seed_of(call, capfd) == "seed = 3  # a.toml"
    monkeypatch.setenv("AEVB_SEED", "2")
    assert seed_of(call, capfd) == "seed = 2  # AEVB_SEED"
    assert seed_of(call, capfd, "--seed", "1") == "seed = 1  # the command line"


def test_a_variable_does_what_its_option_does(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert call("simulate", "--n", "5", "--seed", "4", "-o", "line.csv") == 0
    monkeypatch.setenv("AEVB_SIMULATE_N", "5")
    monkeypatch.setenv("AEVB_SEED", "4")
    assert call("simulate", "-o", "variable.csv") == 0
    assert (tmp_path / "line.csv").read_bytes() == (tmp_path / "variable.csv").read_bytes()


def test_a_wrong_value_says_where_it_comes_from(
    call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.toml").write_text("[simulate]\nnoise = 'normall'")
    assert call("simulate", "--config", "a.toml") == 2
    assert "'normall' is not one of" in (shown := capfd.readouterr().err)
    assert "(did you mean 'normal'?). It comes from a.toml, [simulate]." in shown
    monkeypatch.setenv("AEVB_SEED", "x")
    assert call("simulate") == 2
    assert "Invalid value for '--seed': 'x' is not a whole number. It comes from AEVB_SEED." in capfd.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_limits_in_words_and_no_type_in_pythons(
    name: str, call: Call, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(name, "--help") == 0
    shown = capfd.readouterr().out
    assert not re.search(r"x[<>]=|[<>]=x|<(?:list|str|path|int|float)\b|\d{7}|\d{5} *│|e[+-]\d\d", shown)
    assert ("[0 to 0.9]" in shown) == (name == "train-vae")
    assert ("[from 2]" in shown) == (name == "evaluate")
    assert call("help", "--man", name) == 0
    page = capfd.readouterr().out
    assert not re.search(r"x[<>]=|[<>]=x", page)


@pytest.mark.parametrize("line", ["--config a.toml simulate", "simulate --config a.toml"])
def test_options_of_any_command_stand_before_it_or_after(
    line: str, call: Call, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.toml").write_text("n = 2")
    assert call(*line.split()) == 0
    assert len(capfd.readouterr().out.splitlines()) == 3


def test_a_misspelt_variable_is_told(
    call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AEVB_SEDE", "1")
    assert call("simulate") == 0
    assert capfd.readouterr().err == "Warning: AEVB_SEDE is no option's variable. Did you mean AEVB_SEED?\n"


def test_a_broken_file_does_not_hide_the_help(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("simulate", "--config", "nope.toml", "--help") == 0
    assert "Usage:" in capfd.readouterr().out


class TestColour:
    @pytest.mark.parametrize("line", ["--help", "simulate --help", "inspect"])
    def test_in_a_pipe_only_where_it_is_asked_for(self, line: str, aevb: Program, bench: Path) -> None:
        assert b"\x1b" not in aevb(*line.split(), cwd=bench, FORCE_COLOR="1").stdout
        assert b"\x1b[" in aevb(*line.split(), "--color", "always", cwd=bench, NO_COLOR="1").stdout
        assert b"\x1b" not in aevb(*line.split(), "--color", "never", cwd=bench, FORCE_COLOR="1").stdout

    def test_it_is_a_setting_as_any(self, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AEVB_COLOR", "never")
        assert call("simulate", "--n", "2") == 0
        assert PROCESS.color == "never"

    def test_no_colour_in_json(self, call: Call, capfd: pytest.CaptureFixture[str], bench: Path) -> None:
        assert call("inspect", str(bench / "vae.safetensors"), "--json", "--color", "always") == 0
        assert json.loads(capfd.readouterr().out)
