"""Predictions of many files in Python are those of the command."""

from pathlib import Path

import pytest

import aevb_cli as aevb
from aevb_cli.errors import DataError, UsageError
from tests.conftest import Call, listing


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for number in range(3):
        (tmp_path / f"in/{number}.csv").write_text(f"x\n{number}\n{number + 0.5}\n")
    return tmp_path


def test_outputs_are_the_commands(call: Call, workshop: Path, tables: Path) -> None:
    model, file = aevb.load(workshop / "bnn.safetensors"), workshop / "bnn.safetensors"
    assert model.predict_files("in/*.csv", "one/", draws=10, part="2/2") == {"one/1.csv": 2}
    expected = {f"one/{number}.csv": 2 for number in range(3)}
    assert model.predict_files([Path("in")], Path("one"), draws=10, resume=True) == expected
    assert call("predict", file, "in/*.csv", "-o", "two/", "--draws", "10", "-q") == 0
    for number in range(3):
        assert (tables / f"one/{number}.csv").read_bytes() == (tables / f"two/{number}.csv").read_bytes()
    assert call("predict", file, "in/*.csv", "-o", "one/", "--draws", "10", "--resume", "-q") == 0  # one and the same


def test_what_is_refused_and_warned_of_is_worded_for_python(workshop: Path, tables: Path) -> None:
    model = aevb.load(workshop / "bnn.safetensors")
    (tables / "in/0.csv").write_text("x\n900\n")
    with pytest.warns(UserWarning, match=r"outside the training range, .*0\.csv, record 1: 900") as warned:
        model.predict_files("in", "out", draws=10)
    assert warned[0].filename == __file__
    with pytest.raises(UsageError, match="add resume="):
        model.predict_files("in", "out", draws=10)
    with pytest.raises(UsageError, match=r"draws=10, now 11"):
        model.predict_files("in", "out", draws=11, resume=True)
    for part in ("0/3", "4/3", "x", "1/2/3"):
        with pytest.raises(UsageError, match="part="):
            model.predict_files("in", "new", part=part)
    with pytest.raises(UsageError, match="this is a file"):
        model.predict_files("in", "in/0.csv")
    (tables / "in/1.csv").write_text("x\noops\n")
    with pytest.raises(DataError, match=r"(?s)oops.*1 of 3 inputs has no predictions.*resume=True"):
        model.predict_files("in", "new", draws=10)
    assert listing(tables / "new") == ["0.csv", "2.csv", "_aevb.json"]
