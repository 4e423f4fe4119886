"""Pictures: the format by the name's ending, the same bytes twice, no display, and each kind of model has one."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from aevb_cli import figures
from aevb_cli.errors import OutputError, UsageError
from aevb_cli.modelfile import trained
from aevb_cli.tasks import plotting

MAGIC = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def curve(rows: int = 50, bands: int = 2) -> figures.Curve:
    x = np.linspace(-3, 3, 100)
    points = np.random.default_rng(0).normal(size=(2, rows))
    made = [figures.Band(f"{n} % interval", np.sin(x) - 0.01 * n, np.sin(x) + 0.01 * n) for n in (90, 50, 10)[:bands]]
    return figures.Curve(("age", "pay in €"), (points[0], points[1]), x, np.sin(x), "mean", made)


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
    import sys

    figures.save(figures.curves([curve()]), tmp_path / "a.png")
    assert "matplotlib.pyplot" not in sys.modules


def test_figure_1_has_what_the_report_has() -> None:
    figure = figures.curves([curve(bands=2)])
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("age", "pay in €")
    legend = axes.get_legend()
    assert legend is not None
    assert {text.get_text() for text in legend.get_texts()} == {"data", "mean", "90 % interval", "50 % interval"}
    (line,) = [line for line in axes.lines if line.get_label() == "mean"]
    assert line.get_color() == figures.BLUE


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_a_panel_for_each_target(count: int) -> None:
    assert len(figures.curves([curve()] * count).axes) == count


KINDS = [
    *((name, "auto") for name in ("vae", "several", "targets", "latent1", "latent2", "latent3")),
    *((name, "elbo") for name in ("vae", "latent2")),
    ("vae", "calibration"),
]


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_every_model_has_its_picture(name: str, kind: plotting.PlotKind, workshop: Path, tmp_path: Path) -> None:
    model = trained.load(workshop / f"{name}.safetensors")
    request = plotting.PlotRequest(kind, [0.5, 0.9], 100, 0, None, None)
    for copy in ("a.png", "b.png"):
        figures.save(plotting.draw(model, request), tmp_path / copy)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_names_with_a_dollar_sign_are_no_formula(tmp_path: Path) -> None:
    """matplotlib reads text between dollar signs as TeX, and fails where it is none."""
    odd = figures.Curve(("$x_{", "$\\nope$"), *list(vars(curve()).values())[1:])
    figures.save(figures.curves([odd]), tmp_path / "a.png")
