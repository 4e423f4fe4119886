"""Pictures of numbers: what the report's figures have."""

from pathlib import Path

import numpy as np

from aevb_cli import figures
from tests.figures.pictures import curve, legend


def test_figure_1_has_what_the_report_has() -> None:
    figure = figures.curves([curve(bands=2)])
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("age", "pay in €")
    legend = axes.get_legend()
    assert legend is not None
    assert {text.get_text() for text in legend.get_texts()} == {"data", "mean", "90 % interval", "50 % interval"}
    (line,) = [line for line in axes.lines if line.get_label() == "mean"]
    assert line.get_color() == figures.BLUE


def test_names_with_a_dollar_sign_are_no_formula(tmp_path: Path) -> None:
    """matplotlib reads text between dollar signs as TeX, and fails where it is none."""
    odd = figures.Curve(("$x_{", "$\\nope$"), *list(vars(curve()).values())[1:])
    figures.save(figures.curves([odd]), tmp_path / "a.png")


def test_no_target_is_left_out_of_the_legend() -> None:
    """matplotlib leaves out names that begin with _ unless they are given to the legend itself."""
    t = np.linspace(0, 1, 5)
    (axes,) = figures.calibration(t, {"_z": t, "b": t}, 99).axes
    assert legend(axes) == ["90 % of chance variation, 99 rows", "_z", "b"]
