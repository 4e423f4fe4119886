"""Column names with escape sequences: no screen obeys them, a picture is well-formed, and data are not changed."""

import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.conftest import Program

X, Z = "x\x1b[31mRED\x1b]0;pwned\x07\u202e", "z[red]b[/red]"
BIDI = "\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.fixture
def trained(aevb: Program, workshop: Path, tmp_path: Path) -> list[bytes]:
    """A table esc.csv and a model e of it; what the training said."""
    rows = (workshop / "data.csv").read_text().splitlines()[1:]
    (tmp_path / "esc.csv").write_text("\n".join([f"{X},{Z}", *rows]))
    done = aevb("train-vae", "esc.csv", "--max-iterations", "20", "-o", "e.safetensors")
    assert done.returncode == 0
    return [done.stdout, done.stderr]


def check(*streams: bytes) -> str:
    """The text, once it is known that a terminal shows it and does nothing else."""
    text = b"".join(streams).decode()
    assert not [each for each in text if each in BIDI or (unicodedata.category(each) == "Cc" and each != "\n")], text
    return text


def test_what_is_said_in_training_is_printable(trained: list[bytes]) -> None:
    said = check(*trained)
    assert Z in said  # markup is no command, either
    assert "RED" in said


@pytest.mark.usefixtures("trained")
def test_the_summary_of_a_model_is_printable(aevb: Program) -> None:
    done = aevb("inspect", "e.safetensors")
    assert done.returncode == 0
    assert Z in check(done.stdout, done.stderr)


@pytest.mark.usefixtures("trained")
def test_scores_are_printable(aevb: Program) -> None:
    done = aevb("evaluate", "e.safetensors", "esc.csv", "--importance-samples", "2")
    assert done.returncode == 0
    check(done.stdout, done.stderr)


@pytest.mark.usefixtures("trained")
def test_errors_are_printable(aevb: Program, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(f"y\x1b[2J,{Z}\n1,2\n")
    done = aevb("predict", "e.safetensors", "other.csv")
    assert done.returncode == 3
    assert "RED" in check(done.stdout, done.stderr)


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("kind", ["auto", "elbo"])
def test_a_picture_is_well_formed(aevb: Program, tmp_path: Path, kind: str) -> None:
    done = aevb("plot", "e.safetensors", "-o", "e.svg", "--kind", kind)
    assert done.returncode == 0
    check(done.stdout, done.stderr)
    assert ET.parse(tmp_path / "e.svg").getroot().tag.endswith("svg")


@pytest.mark.usefixtures("trained")
def test_data_keep_their_names(aevb: Program) -> None:
    done = aevb("predict", "e.safetensors", "esc.csv", "-q")
    assert done.returncode == 0
    assert done.stdout.decode().startswith(f"{X},{Z},{Z}_mean,")
