"""`predict --save-draws FILE.nc` as a shell sees it: messages, exit codes, and what goes with what."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Call, listing

Text = pytest.CaptureFixture[str]


def test_what_is_said_and_written(call: Call, desk: Path, capfd: Text) -> None:
    assert call("predict", "bnn.safetensors", "data.csv", "--draws", "5", "-o", "p.csv", "--save-draws", "d.nc") == 0
    assert capfd.readouterr() == ("", "rows=150\nTable: p.csv\ndraws=150/150\nDraws: d.nc\n")
    assert call("predict", "bnn.safetensors", "data.csv", "--draws", "5", "-q", "--save-draws", "e.nc") == 0
    shown = capfd.readouterr()
    assert (shown.out, shown.err) == (Path("p.csv").read_text(), "")
    assert Path("d.nc").read_bytes() == Path("e.nc").read_bytes()


def test_without_the_package_it_is_a_sentence(
    call: Call, desk: Path, capfd: Text, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *rest: None if name == "h5netcdf" else own(name, *rest)
    )
    assert call("predict", "bnn.safetensors", "data.csv", "--save-draws", "d.nc") == 2
    expected = "Error: --save-draws d.nc: h5netcdf is not installed. Install it: pip install 'aevb[arviz]'\n"
    assert capfd.readouterr() == ("", expected)
    assert "d.nc" not in listing(desk)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("data.csv", "-o", "d.nc"), "d.nc: a table cannot be written as .nc"),
        (("data.csv", "-o", "p.csv", "--save-draws", "d.nc.gz"), "a table cannot be written as .nc"),
        (("data.csv", "-o", "out/", "--save-draws", "d.nc"), "--save-draws writes one file, and -o names a folder"),
        (("data.csv", "--resume", "--save-draws", "d.nc"), "--resume is about a folder"),
        (("-", "-o", "p.csv", "--save-draws", "d.nc"), "and stdin can be read once. Name a file."),
    ],
)
def test_what_does_not_go_together(
    arguments: tuple[str, ...], expected: str, call: Call, desk: Path, capfd: Text
) -> None:
    assert call("predict", "bnn.safetensors", *arguments) == 2
    shown = capfd.readouterr()
    assert expected in shown.err
    assert len(shown.err.splitlines()) <= 3
    assert not {"d.nc", "d.nc.gz", "p.csv", "out"} & set(listing(desk))


def test_a_folder_that_is_not_there_is_exit_7(call: Call, desk: Path, capfd: Text) -> None:
    assert call("predict", "bnn.safetensors", "data.csv", "-q", "-o", "p.csv", "--save-draws", "no/d.nc") == 7
    assert "no/d.nc: cannot be written" in capfd.readouterr().err


def test_what_is_left_out_is_said_before(call: Call, desk: Path, workshop: Path, capfd: Text) -> None:
    given = (workshop / "latent2.safetensors", workshop / "factor.csv", "-o", "p.csv", "--save-draws", "d.nc")
    assert call("predict", *given) == 0
    first = capfd.readouterr().err.splitlines()[0]
    assert first == "d.nc: No log_likelihood and observed_data: z is hidden, so no row says what it was."


def test_the_help_loads_none_of_its_packages() -> None:
    program = (
        "import sys; from aevb_cli.app import app; app(['predict', '--help'], standalone_mode=False); "
        "sys.exit(len({'h5netcdf', 'h5py', 'xarray', 'arviz', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"FILE.nc" in done.stdout
