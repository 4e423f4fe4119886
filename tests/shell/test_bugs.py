"""The report of a bug."""

from importlib.metadata import version
from pathlib import Path

import pytest

from aevb_cli import __version__
from tests.conftest import Call


@pytest.fixture
def report(
    call: Call, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> tuple[str, str]:
    """What is shown, and what is reported, of a bug that quotes a cell."""

    def broken(*_: object, **__: object) -> None:
        cell = "Jane Doe"
        try:
            float(cell)
        except ValueError as error:
            raise RuntimeError(f"cannot use {cell}") from error

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("aevb_cli.simulation.simulate", broken)
    assert call("simulate", "--seed", "12345678", "-o", "secret-name.csv") == 1
    (path,) = tmp_path.glob("aevb-bug-*.txt")
    shown = capfd.readouterr().err
    assert str(path) in shown
    return shown, path.read_text()


def test_it_is_named_and_has_versions_and_the_traceback(report: tuple[str, str]) -> None:
    shown, written = report
    assert shown.startswith("Error: This is a bug in aevb: RuntimeError: cannot use Jane Doe\nPlease report it with ")
    assert shown.count("\n") == 2
    for part in (
        f"aevb {__version__}, Python 3.",
        "numpy 2",
        "Command: aevb simulate --seed",
        "in broken",
        "RuntimeError",
    ):
        assert part in written
    assert f"torch {version('torch')}" in written


def test_nothing_of_the_users_is_in_it(report: tuple[str, str], tmp_path: Path) -> None:
    _, written = report
    code = written.count("{cell}")  # the program's own line
    assert code == 1
    for secret in ("Jane", "Doe", "12345678", "secret-name", str(tmp_path), str(Path.home()) + "/"):
        assert secret not in written.replace('cell = "Jane Doe"', "")


def test_a_folder_that_is_full_takes_nothing_away(
    call: Call, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("so it is")

    monkeypatch.setattr("tempfile.mkstemp", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    monkeypatch.setattr("aevb_cli.simulation.simulate", broken)
    assert call("simulate") == 1
    assert "Please report it. --debug shows where it happened." in capfd.readouterr().err
