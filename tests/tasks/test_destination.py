"""Where a training saves: which model is kept, under which name, and what is said of it."""

import os
from pathlib import Path

import pytest

import aevb_cli as aevb
from aevb_cli.errors import UsageError
from aevb_cli.modelfile import trained
from aevb_cli.tasks.destination import Destination
from tests.conftest import Call, listing

Text = pytest.CaptureFixture[str]
FEW = ("--hidden", "4,4", "--max-iterations")
KEPT = "vae.previous.safetensors"
SAID = f"Model: vae.safetensors will be replaced; the one before is kept: {KEPT}."


def iterations(path: str | Path) -> int:
    return int(trained.load(Path(path)).facts["iterations"])


@pytest.mark.parametrize("keep", [True, False])
def test_of_many_saves_the_first_keeps_what_stood_there(keep: bool, workshop: Path, tmp_path: Path) -> None:
    """A long training saves once a minute: what it replaces then is its own."""
    path, model = tmp_path / "m.safetensors", trained.load(workshop / "vae.safetensors")
    path.write_bytes((workshop / "bnn.safetensors").read_bytes())
    to = Destination(path, keep_previous=keep)
    for _ in range(3):
        to.save(model)
    assert listing(tmp_path) == sorted(["m.safetensors", *(["m.previous.safetensors"] if keep else [])])
    assert path.read_bytes() == (workshop / "vae.safetensors").read_bytes()
    if keep:
        assert (tmp_path / "m.previous.safetensors").read_bytes() == (workshop / "bnn.safetensors").read_bytes()


def test_where_nothing_stood_nothing_is_kept(workshop: Path, tmp_path: Path) -> None:
    Destination(tmp_path / "m.safetensors", keep_previous=True).save(trained.load(workshop / "vae.safetensors"))
    Destination(Path(os.devnull), keep_previous=True).save(trained.load(workshop / "vae.safetensors"))
    assert listing(tmp_path) == ["m.safetensors"]


def test_every_way_in_which_a_model_is_replaced(call: Call, bench: Path, capfd: Text) -> None:
    """By its default name, by -o, and by going on with it; one generation alone."""
    first = Path("vae.safetensors").read_bytes()
    assert call("train-vae", "data.csv", *FEW, "10", "--keep-previous") == 0
    assert capfd.readouterr().err.splitlines()[0] == SAID
    assert Path(KEPT).read_bytes() == first
    assert call("train-vae", "data.csv", *FEW, "20", "-o", "vae.safetensors", "--keep-previous", "-q") == 0
    assert (iterations("vae.safetensors"), iterations(KEPT)) == (20, 10)
    capfd.readouterr()
    assert call("resume", "vae.safetensors", "--max-iterations", "30", "--keep-previous") == 0
    assert capfd.readouterr().err.splitlines()[0] == SAID
    assert (iterations("vae.safetensors"), iterations(KEPT)) == (30, 20)
    assert call("resume", "vae.safetensors", "--max-iterations", "40", "-q", "-o", "other.safetensors") == 0
    assert call("resume", "vae.safetensors", "--max-iterations", "50", "-q", "-o", "other.safetensors") == 0
    assert not Path("other.previous.safetensors").exists(), "nobody asked for it"


def test_the_newest_model_is_not_the_one_that_was_kept(call: Call, bench: Path, capfd: Text) -> None:
    Path("bnn.safetensors").unlink(missing_ok=True)
    model = aevb.load("vae.safetensors")
    model.save("vae.safetensors", keep_previous=True)
    os.utime(KEPT, (2e9, 2e9))
    assert sorted(each.name for each in Path().glob("*.safetensors")) == [KEPT, "vae.safetensors"]
    assert call("inspect") == 0
    assert "newest" not in capfd.readouterr().err
    Path("vae.safetensors").unlink()
    assert call("inspect") == 0


def test_a_link_keeps_pointing_and_the_old_model_lies_beside_its_file(workshop: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "v1.safetensors").write_bytes((workshop / "bnn.safetensors").read_bytes())
    link = tmp_path / "current.safetensors"
    link.symlink_to("there/v1.safetensors")
    Destination(link, keep_previous=True).save(trained.load(workshop / "vae.safetensors"))
    assert link.is_symlink()
    assert listing(tmp_path / "there") == ["v1.previous.safetensors", "v1.safetensors"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train-vae data.csv --log vae.previous.safetensors", "the same file as --log"),
        ("resume vae.previous.safetensors -o vae.safetensors", f"--keep-previous {KEPT}: this is a file that is read"),
        (
            "train-vae vae.previous.safetensors -o vae.safetensors",
            f"--keep-previous {KEPT}: this is a file that is read",
        ),
    ],
)
def test_what_is_read_or_written_otherwise_is_not_replaced(
    line: str, said: str, call: Call, bench: Path, capfd: Text
) -> None:
    Path(KEPT).write_bytes(Path("vae.safetensors").read_bytes())
    assert call(*line.split(), "--keep-previous", "--max-iterations", "400") == 2
    assert said in capfd.readouterr().err


def test_a_file_that_is_no_model_is_not_replaced(call: Call, bench: Path, capfd: Text) -> None:
    Path(KEPT).write_bytes(b"notes")
    assert call("train-vae", "data.csv", *FEW, "10", "--keep-previous") == 2
    assert f"{KEPT}: this file is no aevb model" in capfd.readouterr().err
    with pytest.raises(UsageError, match="no aevb model"):
        aevb.load("vae.safetensors").save("vae.safetensors", keep_previous=True)
    assert Path(KEPT).read_bytes() == b"notes"


def test_from_python_and_by_a_variable(call: Call, bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = {"hidden": [4, 4], "output": "m.safetensors", "keep_previous": True}
    for count in (10, 20):
        with pytest.warns(UserWarning, match="Not converged"):
            aevb.train_vae("data.csv", max_iterations=count, **short)  # type: ignore[arg-type]
    assert (iterations("m.safetensors"), iterations("m.previous.safetensors")) == (20, 10)
    monkeypatch.setenv("AEVB_KEEP_PREVIOUS", "1")
    assert call("train-vae", "data.csv", *FEW, "30", "-q", "-o", "m.safetensors") == 0
    assert iterations("m.previous.safetensors") == 20
