"""A curve to draw, and what the tests ask of any picture."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from aevb_cli import figures

WARNED_OF_GLYPHS = pytest.mark.filterwarnings(
    "ignore:Glyph .* missing from font" if mpl.__version_info__ < (3, 11) else "error"
)
"""Of letters that no font of the machine has. From matplotlib 3.11 on a font of its own stands in for them."""


def curve(rows: int = 50, bands: int = 2) -> figures.Curve:
    x = np.linspace(-3, 3, 100)
    points = np.random.default_rng(0).normal(size=(2, rows))
    made = [figures.Band(f"{n} % interval", np.sin(x) - 0.01 * n, np.sin(x) + 0.01 * n) for n in (90, 50, 10)[:bands]]
    return figures.Curve(("age", "pay in €"), (points[0], points[1]), x, np.sin(x), "mean", made)


def fits(figure: figures.Figure) -> bool:
    """Whether nothing of the picture is cut off; lines are as wide as a hundredth of an inch."""
    figure.draw_without_rendering()
    drawn = figure.get_tightbbox()
    return bool(min(drawn.min) >= -0.01 and np.all(drawn.max <= figure.get_size_inches() + 0.01))


def legend(axes: Axes) -> list[str]:
    """The words of a legend."""
    shown = axes.get_legend()
    assert shown is not None
    return [text.get_text() for text in shown.get_texts()]


def title(axes: Axes) -> str:
    """What stands above the words of a legend."""
    shown = axes.get_legend()
    assert shown is not None
    return shown.get_title().get_text()


def texts(figure: figures.Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]
