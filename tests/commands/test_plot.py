"""`aevb plot`: which model, which picture, where to."""

import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import Call, listing

Text = pytest.CaptureFixture[str]


def test_beside_the_model_and_twice(call: Call, bench: Path, capfd: Text) -> None:
    assert call("plot", "--interval", "0.9") == 0
    first = (bench / "vae.png").read_bytes()
    assert call("plot") == 0, "0.9 is the default"
    assert (bench / "vae.png").read_bytes() == first
    assert capfd.readouterr() == ("", "Picture: vae.png\n" * 2)
    assert listing(bench) == ["data.csv", "vae.png", "vae.safetensors"]


def test_nothing_but_the_model_is_needed(call: Call, bench: Path) -> None:
    (bench / "data.csv").unlink()
    assert call("plot", "-q") == 0


def test_what_meant_missing_in_training_means_it_in_rows_to_draw(call: Call, bench: Path, capfd: Text) -> None:
    lines = Path("data.csv").read_text().splitlines()
    Path("gaps.csv").write_text("\n".join([*lines[:40], "oops,1", *lines[40:]]))
    few = ("--max-iterations", "20", "--hidden", "4", "-q")
    assert call("train-vae", "gaps.csv", "--na", "oops", *few, "-o", "told.safetensors") == 0
    assert call("plot", "told.safetensors", "--data", "gaps.csv") == 0
    assert call("plot", "vae.safetensors", "--data", "gaps.csv") == 3
    assert "column 'x': 'oops' is not a plain finite number" in capfd.readouterr().err


def test_nested_bands_differ_from_one(call: Call, bench: Path) -> None:
    assert call("plot", "--interval", "0.5", "--interval", "0.9", "-o", "two.svg") == 0
    text = (bench / "two.svg").read_text()
    assert call("plot", "--interval", "0.9", "--interval", "0.5", "-o", "turned.svg") == 0
    assert (bench / "turned.svg").read_text() == text, "the order of the options changes nothing"
    assert ">50 % interval of p(z | x)</text>" in text, "text is text"
    assert ">90 % interval of p(z | x)</text>" in text


@pytest.mark.parametrize(("kind", "name"), [("auto", "vae.png"), ("elbo", "vae.elbo.png")])
def test_each_kind_has_a_name_of_its_own(kind: str, name: str, call: Call, bench: Path) -> None:
    assert call("plot", "--kind", kind, "--quiet") == 0
    assert (bench / name).read_bytes().startswith(b"\x89PNG")


def test_the_newest_is_taken_and_named(call: Call, bench: Path, capfd: Text) -> None:
    shutil.copy("vae.safetensors", "old.safetensors")
    os.utime("old.safetensors", (0, 0))
    assert call("plot") == 0
    assert capfd.readouterr().err == "Model: vae.safetensors, the newest of 2 in this folder.\nPicture: vae.png\n"
    assert call("plot", "old.safetensors", "-q") == 0
    assert capfd.readouterr() == ("", "")
    assert (bench / "old.png").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("--interval", "90"), 2, "did you mean 0.9?"),
        (("--interval", "95%"), 2, "did you mean 0.95?"),
        (("--interval", "0"), 2, "between 0 and 1"),
        (("--interval", "1"), 2, "between 0 and 1"),
        (("--interval", "nan"), 2, "between 0 and 1"),
        (("--interval", "much"), 2, "write, say, 0.9"),
        (("--kind", "pie"), 2, "elbo"),
        (("--kind", "samples"), 2, "--latent 2"),
        (("--kind", "elbo", "--x", "x0"), 2, "--x: a picture of --kind elbo has no use for it"),
        (("--kind", "elbo", "--data", "data.csv"), 2, "--data: a picture of --kind elbo"),
        (("--kind", "elbo", "--target", "z"), 2, "--target: a picture of --kind elbo"),
        (("--kind", "calibration", "--x", "x0"), 2, "--x: a picture of --kind calibration"),
        (("--image", "28"), 2, "Write, say, 28x28"),
        (("--image", "0x9"), 2, "Write, say, 28x28"),
        (("--z", "0"), 2, "Write, say, 1,3"),
        (("--z", "a,b"), 2, "Write, say, 1,3"),
        (("-o", "a.jpg"), 2, "End it in .png, .svg or .pdf"),
        (("-o", "no/a.png"), 7, "no/a.png: cannot be written"),
        (("nope.safetensors",), 4, "nope.safetensors: cannot be read"),
        (("data.csv",), 4, "data.csv: not an aevb model file"),
        ((".", "-o", "a.png"), 4, "folder"),
    ],
    ids=str,
)
def test_refused(arguments: tuple[str, ...], code: int, word: str, call: Call, bench: Path, capfd: Text) -> None:
    assert call("plot", *arguments) == code
    streams = capfd.readouterr()
    assert streams.out == ""
    assert word in streams.err
    assert streams.err.count("\n") <= 3
    assert listing(bench) == ["data.csv", "vae.safetensors"], "nothing partial"


def test_no_model_in_the_folder(call: Call, capfd: Text) -> None:
    assert call("plot") == 4
    assert "aevb train-vae data.csv" in capfd.readouterr().err


def test_a_hidden_z_is_drawn_as_it_is_asked_for(call: Call, bench: Path, workshop: Path, capfd: Text) -> None:
    shutil.copy(workshop / "latent3.safetensors", "latent.safetensors")
    for arguments in (
        *(("--z", "3,1"), ("--kind", "samples"), ("--kind", "reconstruction")),
        *(("--kind", kind, "--image", "1x5") for kind in ("manifold", "samples", "reconstruction")),
        ("--kind", "manifold", "--image", "5X1", "--z", "z2"),
    ):
        assert call("plot", "latent.safetensors", *arguments, "-o", "a.png") == 0, arguments
        assert (bench / "a.png").stat().st_size > 5_000
    capfd.readouterr()
    assert call("plot", "latent.safetensors", "--kind", "manifold", "--image", "8x8") == 2
    assert "64 pixels, and this model has 5 columns. Sizes that fit: 1x5." in capfd.readouterr().err
    assert call("plot", "latent.safetensors", "--z", "4") == 2
    assert call("plot", "latent.safetensors", "--image", "1x5") == 2
