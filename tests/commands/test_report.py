"""`aevb report`: one page, where it is written, and what is refused."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Call, listing
from tests.pages.parsed import check

Text = pytest.CaptureFixture[str]


def test_beside_the_model_and_twice(call: Call, bench: Path, capfd: Text) -> None:
    assert call("report") == 0
    first = (bench / "vae.html").read_bytes()
    (bench / "data.csv").unlink()
    assert call("report", "vae.safetensors") == 0, "nothing but the model is needed"
    assert (bench / "vae.html").read_bytes() == first
    assert capfd.readouterr() == ("", "Report: vae.html\n" * 2)
    assert listing(bench) == ["vae.html", "vae.safetensors"]
    check(first.decode())


def test_the_place_and_the_seed(call: Call, bench: Path, workshop: Path, capfd: Text) -> None:
    shutil.copy(workshop / "bnn.safetensors", bench)
    for seed in "01":
        assert call("report", "bnn.safetensors", "--draws", "30", "--seed", seed, "-q", "-o", f"{seed}.html") == 0
    assert (bench / "0.html").read_bytes() != (bench / "1.html").read_bytes()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("-o", "a.pdf"), 2, "End it in .html"),
        (("-o", "-"), 2, "End it in .html"),
        (("-o", "no/a.html"), 7, "no/a.html: cannot be written"),
        (("--draws", "0"), 2, "--draws"),
        (("nope.safetensors",), 4, "nope.safetensors: cannot be read"),
        (("data.csv",), 4, "data.csv: not an aevb model file"),
    ],
    ids=str,
)
def test_refused(arguments: tuple[str, ...], code: int, word: str, call: Call, bench: Path, capfd: Text) -> None:
    assert call("report", *arguments) == code
    streams = capfd.readouterr()
    assert streams.out == ""
    assert word in streams.err
    assert streams.err.count("\n") <= 3
    assert listing(bench) == ["data.csv", "vae.safetensors"], "nothing partial"


def test_names_that_would_be_tags(call: Call, bench: Path) -> None:
    lines = (bench / "data.csv").read_text().splitlines()[1:]
    names = '"<script>alert(1)</script>","</style>\x1b[31m\u202e&"'
    (bench / "odd.csv").write_text("\n".join([names, *lines]))
    few = ("--max-iterations", "30", "--hidden", "4", "-q", "-o", "odd.safetensors")
    assert call("train-vae", "odd.csv", *few) == 0
    assert call("report", "odd.safetensors", "-q") == 0
    page = (bench / "odd.html").read_text()
    found = check(page)
    assert "<script>alert(1)</script>" in found.words
    assert not any(each in page for each in "\x1b\u202e")
