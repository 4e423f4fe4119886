"""The manual pages: up to date, whole, rendered as they are meant, and where man finds them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from aevb_cli.app import app
from aevb_cli.shell import manual
from aevb_cli.shell.given import settable, variables
from tests.conftest import Call

ROOT = Path(__file__).parent.parent.parent
GROUP = typer.main.get_command(app)
COMMANDS = GROUP.commands  # type: ignore[attr-defined]
PAGES = manual.pages(GROUP)


def test_there_is_one_for_each_command_and_it_is_the_one_of_this_version() -> None:
    assert set(PAGES) == {"aevb.1", *(f"aevb-{name}.1" for name in COMMANDS)}
    stored = {each.name: each.read_text(encoding="utf-8") for each in (ROOT / "man").glob("*.1")}
    stale = {name for name, text in PAGES.items() if stored.get(name) != text} | set(stored) - set(PAGES)
    assert not stale, f"Run: python man/make.py; {stale} say something else than --help."


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_its_variable_are_in_it(name: str) -> None:
    text = PAGES[f"aevb-{name}.1"].replace("\\-", "-")
    context = typer.Context(COMMANDS[name], info_name=name, parent=typer.Context(GROUP, info_name="aevb"))
    for each in COMMANDS[name].get_params(context):
        for option in each.opts if each.param_type_name == "option" else ():
            assert f"\\fB{option}\\fR" in text
    for key in settable(COMMANDS[name].params):
        assert variables(name, key)[-1] in text


@pytest.mark.skipif(not shutil.which("man"), reason="this machine has no man")
def test_man_renders_it() -> None:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80"}
    for name in PAGES:
        line = ["man", "--warnings", "-l", str(ROOT / "man" / name)]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        shown = done.stdout
        assert "\\f" not in shown
        assert [each for each in shown.splitlines() if each[:1].isupper()][:4:2] == [shown.splitlines()[0], "SYNOPSIS"]
        assert max(map(len, shown.splitlines())) <= 80
    assert "       0     done\n" in shown


def test_what_man_would_take_for_its_own_is_escaped() -> None:
    assert manual._escaped("'tis -1 \\n ^`~") == "\\(aqtis \\-1 \\en \\(ha\\(ga\\(ti"
    assert manual._escaped(".TH\n.x") == "\\&.TH .x"


def test_help_writes_it(call: Call, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("help", "--man", "predict") == 0
    assert capfd.readouterr().out == PAGES["aevb-predict.1"]
    assert call("help", "--man") == 0
    assert capfd.readouterr().out == PAGES["aevb.1"]
