"""Completion as the three shells ask for it, and as they use the answer."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aevb_cli.shell.completion import SCRIPTS
from tests.conftest import Call, Program

ODD = "a$(touch pwned)`touch pwned`\\$(touch pwned);x"
"""A name of a column that a shell must not evaluate."""


@pytest.fixture
def folder(bench: Path) -> Path:
    """A folder with an odd table, and in bin/ the program."""
    (bench / "odd.csv").write_text(f"house price,{ODD},c:d,e=f\n1,2,3,4\n")
    (bench / "bin").mkdir()
    (bench / "bin" / "aevb").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m aevb_cli "$@"\n')
    (bench / "bin" / "aevb").chmod(0o755)
    return bench


def asked(call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shell: str, text: str) -> str:
    monkeypatch.setenv("_AEVB_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("_AEVB_LINE", text)
    assert call() == 0
    streams = capfd.readouterr()
    assert streams.err == ""
    return streams.out


@pytest.mark.parametrize(
    ("shell", "text", "answer"),
    [
        ("bash", "aevb train-v", "words\ntrain-vae\n"),
        ("bash", "aevb train-bnn odd.csv --target h", "words\nhouse\\ price\n"),
        ("bash", "aevb train-bnn odd.csv --target 'h", "words\nhouse price\n"),
        ("bash", "aevb train-bnn odd.csv --target=h", "words\nhouse\\ price\n"),
        ("bash", "aevb train-bnn odd.csv --target c:", "words\nd\n"),
        ("bash", "aevb train-bnn odd.csv --types e=f=num", "words\nnumber\n"),
        ("bash", "aevb train-bnn odd.csv --types h", "unfinished\nhouse\\ price=\n"),
        ("zsh", "aevb train-bnn odd.csv --target h", "words\nhouse price\n"),
        ("fish", "aevb train-bnn odd.csv --target=h", "words\n--target=house price\n"),
        ("zsh", "aevb predict --see", "words\n--seed\tSeed of all random draws.\n"),
        ("fish", "aevb predict --see", "words\n--seed\tSeed of all random draws.\n"),
        ("bash", "aevb predict ", "files\n"),
        ("zsh", "aevb predict -o ", "files\n"),
        ("bash", "aevb predict data.csv --prefix ", "words\n"),
        ("bash", "", "words\n" + "\n".join(["simulate"])),
    ],
)
def test_an_answer(
    shell: str, text: str, answer: str, call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    folder: Path,
) -> None:  # fmt: skip
    assert folder.is_dir()
    found = asked(call, capfd, monkeypatch, shell, text)
    assert found.startswith(answer) if not text else found == answer


@pytest.mark.parametrize("instruction", ["complete_tcsh", "x", "complete_bash_x"])
def test_what_nobody_can_answer_is_answered_by_nothing(
    instruction: str, call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_AEVB_COMPLETE", instruction)
    assert call("predict") == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_by_the_command_and_by_the_variable(
    shell: str, call: Call, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("completion", shell) == 0
    script = capfd.readouterr().out
    assert script == SCRIPTS[shell]
    monkeypatch.setenv("_AEVB_COMPLETE", f"source_{shell}")
    assert call() == 0
    assert capfd.readouterr().out == script


ASKING = {
    "bash": """eval "$(aevb completion bash)"
compopt() {{ :; }}
COMP_LINE={text}; COMP_POINT=${{#COMP_LINE}}; _aevb aevb; printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    "zsh": """compdef() {{ :; }}; eval "$(aevb completion zsh)"
compadd() {{ print -rl -- $words_found; }}
ask() {{ local -a words=(${{(z)1}}); local PREFIX=$2 CURRENT=$(( $#words + 1 )); _aevb; }}
ask {before} {word}
""",
    "fish": "aevb completion fish | source\ncomplete -C {text}\n",
}


@pytest.mark.parametrize("shell", SCRIPTS)
def test_no_name_is_evaluated_by_the_shell_itself(shell: str, folder: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"this machine has no {shell}")
    before, word = "aevb train-bnn odd.csv --target", "a"
    quoted = {"text": f"{before} {word}", "before": before, "word": word}
    program = ASKING[shell].format(**{name: shlex.quote(each) for name, each in quoted.items()})
    environment = {**os.environ, "PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder)}
    line = [shell, *(["-f"] if shell == "zsh" else []), "-c", program]
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    shown = done.stdout.rstrip("\n")
    expected = [ODD, "".join(each if each.isalnum() else f"\\{each}" for each in ODD)]
    assert shown in expected, done.stderr
    assert not (folder / "pwned").exists()


def test_it_is_quick_and_loads_nothing_slow(folder: Path, aevb: Program) -> None:
    probe = (
        "import sys, time; from aevb_cli.app import app; code = app([], standalone_mode=False); "
        "slow = {'torch', 'pandas', 'matplotlib'} & set(sys.modules); "
        "sys.exit(f'{slow} {time.process_time()}' if code or slow or time.process_time() > 1.5 else 0)"
    )
    environment = {"_AEVB_COMPLETE": "complete_bash", "_AEVB_LINE": "aevb train-vae data.csv --target "}
    line = [sys.executable, "-c", probe]
    done = subprocess.run(line, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"words\nx\nz\n", b"")
    assert (
        aevb(cwd=folder, _AEVB_COMPLETE="complete_zsh", _AEVB_LINE="aevb plot --kind m").stdout == b"words\nmanifold\n"
    )
