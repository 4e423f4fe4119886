"""Scores on the rows that a model trained on are no scores on new rows, and that is said."""

import re
from pathlib import Path

import pytest

from tests.conftest import Call

FEW = ("--draws", "20", "--importance-samples", "10")
KNOWN = re.compile(r"(?i)\btrain.*new rows|new rows.*\btrain", re.DOTALL)


@pytest.mark.parametrize("model", ["vae", "bnn"])
def test_the_training_table_is_recognised(
    call: Call, workshop: Path, capfd: pytest.CaptureFixture[str], model: str
) -> None:
    assert call("evaluate", workshop / f"{model}.safetensors", workshop / "data.csv", *FEW) == 0
    assert KNOWN.search(capfd.readouterr().err)


@pytest.mark.parametrize("model", ["vae", "bnn"])
def test_so_are_some_of_its_rows_by_themselves_in_another_order(
    call: Call, workshop: Path, capfd: pytest.CaptureFixture[str], model: str
) -> None:
    header, *rows = (workshop / "data.csv").read_text().splitlines()
    Path("some.csv").write_text("\n".join([header, *rows[40:10:-1]]))
    assert call("evaluate", workshop / f"{model}.safetensors", "some.csv", *FEW) == 0
    assert KNOWN.search(capfd.readouterr().err)


@pytest.mark.parametrize("model", ["vae", "bnn"])
def test_fresh_rows_are_not_taken_for_it(
    call: Call, workshop: Path, capfd: pytest.CaptureFixture[str], model: str
) -> None:
    assert call("simulate", "--seed", "1", "-o", "fresh.csv") == 0
    capfd.readouterr()
    assert call("evaluate", workshop / f"{model}.safetensors", "fresh.csv", *FEW) == 0
    assert not re.search(r"(?i)\btrained on|training (table|rows)", capfd.readouterr().err)


def test_quiet_says_nothing(call: Call, workshop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("evaluate", workshop / "vae.safetensors", workshop / "data.csv", *FEW, "--quiet") == 0
    assert not capfd.readouterr().err
