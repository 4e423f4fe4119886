"""Column names with escape sequences: no screen obeys them, a picture is well-formed, and data are not changed."""

import subprocess
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.conftest import Call

Streams = pytest.CaptureFixture[bytes]
X, Z = "x\x1b[31mRED\x1b]0;pwned\x07\u202e", "z[red]b[/red]"
BIDI = "\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
FEW = ("--max-iterations", "20", "-o", "e.safetensors")


@pytest.fixture(scope="module")
def trained(
    command: list[str], workshop: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, "subprocess.CompletedProcess[bytes]"]:
    """A folder with a table esc.csv and a model e of it, and what the training said."""
    folder = tmp_path_factory.mktemp("printable")
    rows = (workshop / "data.csv").read_text().splitlines()[1:]
    (folder / "esc.csv").write_text("\n".join([f"{X},{Z}", *rows]))
    return folder, subprocess.run([*command, "train-vae", "esc.csv", *FEW], cwd=folder, capture_output=True, check=True)


@pytest.fixture
def model(trained: tuple[Path, object]) -> Path:
    return trained[0] / "e.safetensors"


def check(*streams: bytes) -> str:
    """The text, once it is known that a terminal shows it and does nothing else."""
    text = b"".join(streams).decode()
    assert not [each for each in text if each in BIDI or (unicodedata.category(each) == "Cc" and each != "\n")], text
    return text


def test_what_is_said_in_training_is_printable(
    trained: tuple[Path, "subprocess.CompletedProcess[bytes]"],
) -> None:
    said = check(trained[1].stdout, trained[1].stderr)
    assert Z in said  # markup is no command, either
    assert "RED" in said


def test_the_summary_of_a_model_is_printable(model: Path, call: Call, capfdbinary: Streams) -> None:
    assert call("inspect", model) == 0
    assert Z in check(*capfdbinary.readouterr())


def test_scores_are_printable(model: Path, call: Call, capfdbinary: Streams) -> None:
    assert call("evaluate", model, model.with_name("esc.csv"), "--importance-samples", "2") == 0
    check(*capfdbinary.readouterr())


def test_errors_are_printable(model: Path, call: Call, capfdbinary: Streams) -> None:
    Path("other.csv").write_text(f"y\x1b[2J,{Z}\n1,2\n")
    assert call("predict", model, "other.csv") == 3
    assert "RED" in check(*capfdbinary.readouterr())


@pytest.mark.parametrize("kind", ["auto", "elbo"])
def test_a_picture_is_well_formed(model: Path, kind: str, call: Call, capfdbinary: Streams) -> None:
    assert call("plot", model, "-o", "e.svg", "--kind", kind) == 0
    check(*capfdbinary.readouterr())
    assert ET.parse("e.svg").getroot().tag.endswith("svg")


def test_data_keep_their_names(model: Path, call: Call, capfdbinary: Streams) -> None:
    assert call("predict", model, model.with_name("esc.csv"), "-q") == 0
    assert capfdbinary.readouterr().out.decode().startswith(f"{X},{Z},{Z}_mean,")
