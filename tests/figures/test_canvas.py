"""Pictures: the format by the name's ending, the same bytes twice, no display."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from aevb_cli import figures
from aevb_cli.errors import OutputError, UsageError
from tests.figures.pictures import curve

MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("kind", figures.FORMATS)
def test_the_same_bytes_twice(kind: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        figures.save(figures.curves([curve()]), tmp_path / f"{name}.{kind}")
    content = (tmp_path / f"a.{kind}").read_bytes()
    assert content.startswith(MAGIC[kind])
    assert content == (tmp_path / f"b.{kind}").read_bytes()
    if kind == "svg":
        ET.fromstring(content)


@pytest.mark.parametrize("name", ["a.PNG", "a.b.svg", "folder.x/a.Pdf"])
def test_good_endings(name: str) -> None:
    figures.check_format(Path(name))


@pytest.mark.parametrize("name", ["a", "a.jpg", "png", ".png", "a.png.gz", "-"])
def test_bad_endings(name: str) -> None:
    with pytest.raises(UsageError, match=r"End it in \.png, \.svg or \.pdf"):
        figures.check_format(Path(name))


def test_no_place(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        figures.save(figures.curves([curve()]), tmp_path / "no" / "a.png")


def test_a_display_is_not_asked_for(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from aevb_cli import figures; from tests.figures.pictures import curve; "
        "figures.save(figures.curves([curve()]), Path(sys.argv[1])); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    line = [sys.executable, "-c", program, str(tmp_path / "a.png")]  # other tests import pyplot into their process
    assert subprocess.run(line, cwd=Path(__file__).parents[2], check=False).returncode == 0
    assert (tmp_path / "a.png").exists()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_a_panel_for_each_target(count: int) -> None:
    assert len(figures.curves([curve()] * count).axes) == count
