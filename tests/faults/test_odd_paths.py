"""Names that the system refuses, links in a circle, names that are no UTF-8: what is wrong with them is said."""

import os
import shutil
from pathlib import Path

import pytest

from aevb_cli import files
from tests.conftest import Call

Text = pytest.CaptureFixture[str]
LONG = "a" * 300
DEEP = "a/" * 3000
TABLE, MODEL, FOLDER = f"{LONG}.csv", f"{LONG}.safetensors", f"{LONG}/"
NOT_UTF_8 = os.fsdecode(b"d\xfe.csv")


@pytest.mark.parametrize("long", [LONG, DEEP], ids=["name", "path"])
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("predict vae.safetensors {}.csv", 3),
        ("predict {} data.csv", 4),
        ("predict vae.safetensors data.csv -o {}/", 7),
        ("predict vae.safetensors data.csv -o {}.csv", 7),
        ("predict vae.safetensors {}*.csv", 3),
        ("impute {} data.csv", 4),
        ("evaluate vae.safetensors {}.csv", 3),
        ("train-vae {}", 3),
        ("train-vae data.csv --max-iterations 5 --log {}", 7),
        ("train-vae data.csv --max-iterations 5 -o {}.safetensors", 7),
    ],
)
def test_a_name_that_is_too_long(line: str, code: int, long: str, bench: Path, call: Call, capfd: Text) -> None:
    assert bench
    assert call(*(word.format(long) for word in line.split())) == code
    error = capfd.readouterr().err
    assert "bug" not in error
    assert "file name too long" in error or "there is no" in error or "no file matches" in error


@pytest.mark.parametrize("sign", ["a", "ä", "\U0001f600"])
def test_as_long_a_name_as_the_system_takes_can_be_written(sign: str, tmp_path: Path, call: Call, capfd: Text) -> None:
    name = sign * ((255 - len(".csv")) // len(sign.encode())) + ".csv"
    left = tmp_path / f".{name[:55]}.killed01.aevb-unfinished"
    left.touch()
    for _ in range(2):
        assert call("simulate", "--n", "3", "-o", name) == 0, capfd.readouterr().err
        assert sorted(each.name for each in tmp_path.iterdir()) == [name]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("predict loop data.csv", 4),
        ("predict vae.safetensors loop", 3),
        ("train-vae loop", 3),
        ("simulate -o loop", 7),
        ("train-vae data.csv --max-iterations 5 -o loop", 7),
        ("predict vae.safetensors data.csv -o loop", 7),
    ],
)
def test_links_in_a_circle(line: str, code: int, bench: Path, call: Call, capfd: Text) -> None:
    (bench / "loop").symlink_to("loop")
    assert call(*line.split()) == code
    assert "too many levels of symbolic links" in capfd.readouterr().err
    assert (bench / "loop").is_symlink()


def test_what_a_record_in_json_cannot_name(bench: Path, call: Call, capfd: Text) -> None:
    shutil.copy(bench / "data.csv", bench / NOT_UTF_8)
    assert call("predict", "vae.safetensors", NOT_UTF_8, "-o", "out/", "-q") == 2
    assert "is no UTF-8" in capfd.readouterr().err
    assert call("predict", "vae.safetensors", NOT_UTF_8, "-o", "out.csv", "-q") == 0
    assert call("predict", "vae.safetensors", "data.csv", "--prefix", os.fsdecode(b"\xff")) == 2
    assert "no UTF-8" in capfd.readouterr().err


def test_nothing_is_said_of_what_cannot_be_known(tmp_path: Path) -> None:
    for path in (tmp_path / LONG, "nul\0", str(tmp_path / "none")):
        assert not files.exists(path)
        assert not files.is_file(path)
        assert not files.is_folder(path)
    assert files.exists(tmp_path)
    assert files.is_folder(tmp_path)
    (tmp_path / "file").touch()
    assert files.is_file(tmp_path / "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OSError, match="symbolic links"):
        files.resolved(tmp_path / "loop")


def test_the_command_that_goes_on_can_be_typed(bench: Path, call: Call, capfd: Text) -> None:
    (bench / "sp ace $x").mkdir()
    assert call("train-vae", "data.csv", "--max-iterations", "20", "-o", "sp ace $x/m.safetensors") == 0
    assert "aevb resume 'sp ace $x/m.safetensors' --max-iterations 40" in capfd.readouterr().err
