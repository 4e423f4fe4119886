"""`-` in every command: stdin and stdout, or refused; and a terminal as stdin: nobody waits there without a word."""

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from aevb_cli.app import app
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
FEW = "--max-iterations 10 --hidden 4,4"
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


class Typing(io.TextIOWrapper):
    """A terminal at which nobody types; or, with content, somebody who then presses Ctrl-D."""

    def __init__(self, content: bytes | None = None) -> None:
        super().__init__(io.BytesIO(content or b""))
        self.silent = content is None

    def isatty(self) -> bool:
        return True

    @property
    def buffer(self) -> io.BytesIO:
        assert not self.silent, "it waits for somebody who may not be there"
        return super().buffer  # type: ignore[return-value]


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def put(name: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(name).read_bytes())))

    return put


@pytest.fixture(autouse=True)
def folder(bench: Path, workshop: Path) -> None:
    for name in ("factor.csv", "latent2.safetensors"):
        shutil.copy(workshop / name, bench)


READ = {
    "train-vae": f"train-vae - {FEW} -o m.safetensors",
    "train-bnn": f"train-bnn - --members 1 {FEW} -o m.safetensors",
    "resume": "resume vae.safetensors --data - --max-iterations 300 -o m.safetensors",
    "predict": "predict vae.safetensors - --draws 5",
    "evaluate": "evaluate vae.safetensors - --draws 5",
    "impute": "impute latent2.safetensors -",
    "plot": "plot vae.safetensors --data - -o p.png",
}
NOT_READ = {"simulate", "sample", "report", "inspect", "help", "completion"}
"""Commands that read no table."""


def test_every_command_is_here() -> None:
    assert set(READ) | NOT_READ == COMMANDS


@pytest.mark.parametrize("name", READ)
def test_a_table_comes_from_stdin(name: str, call: Call, piped: Callable[[str], None]) -> None:
    piped("factor.csv" if name == "impute" else "data.csv")
    assert call(*READ[name].split(), "--quiet") == 0


@pytest.mark.parametrize("name", READ)
def test_at_a_terminal_a_word_says_that_it_waits(
    name: str, call: Call, capfd: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = Path("factor.csv" if name == "impute" else "data.csv").read_bytes()
    monkeypatch.setattr(sys, "stdin", Typing(content))
    assert call(*READ[name].split()) == 0
    assert "Reading a table from this terminal. Ctrl-D on a line of its own ends it." in capfd.readouterr().err


@pytest.mark.parametrize("line", ["predict vae.safetensors", "evaluate", "impute latent2.safetensors"])
def test_at_a_terminal_no_table_is_a_mistake_at_once(
    line: str, call: Call, capfd: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Typing())
    assert call(*line.split()) == 2
    assert "There is no table: stdin is a terminal. Name one after the model" in capfd.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "simulate --n 3 -o -",
        "predict vae.safetensors data.csv --draws 5 -o -",
        "sample latent2.safetensors --n 3 -o -",
        "impute latent2.safetensors factor.csv -o -",
        f"train-vae data.csv --log - {FEW} -o m.safetensors",
    ],
)
def test_a_table_goes_to_stdout(line: str, call: Call, capfd: Text) -> None:
    assert call(*line.split(), "--quiet") == 0
    streams = capfd.readouterr()
    assert streams.err == ""
    assert "," in streams.out.splitlines()[0]
    assert not Path("-").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train-vae data.csv -o -", "A model is a file, which other commands read again; it cannot go to stdout."),
        ("train-bnn data.csv -o -", "A model is a file, which other commands read again; it cannot go to stdout."),
        ("resume vae.safetensors -o -", "A model is a file, which other commands read again; it cannot go to stdout."),
        ("plot vae.safetensors -o -", "-: not a picture's name."),
        ("report vae.safetensors -o -", "-: not a page's name."),
        *(
            (f"{name} -", "A model is a file, which is read more than once; it cannot come from stdin.")
            for name in ("inspect", "plot", "report", "resume", "sample")
        ),
    ],
)
def test_a_model_and_a_picture_are_refused(line: str, said: str, call: Call, capfd: Text) -> None:
    assert call(*line.split()) == 2
    assert said in capfd.readouterr().err
    assert not Path("-").exists()


def test_stdin_is_no_model_and_no_part_of_a_table(call: Call, capfd: Text, piped: Callable[[str], None]) -> None:
    piped("data.csv")
    assert call("predict", "-", "data.csv", "--quiet") == 2
    assert "stdin is one table, and cannot be one of several. Save it as a file." in capfd.readouterr().err
