"""What all pictures share: style, panels, and the file that they are written to."""

import io
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it reports its font cache

from matplotlib import rc_context  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402

from aevb_cli import files  # noqa: E402
from aevb_cli.errors import UsageError  # noqa: E402

BLUE, ORANGE, GREEN, GREY = "#1f5fa8", "#ee8733", "#3a9a5b", "#555555"
PALE = "#dddddd"
INK = "#14406f"
"""Of a mean within the band of its own interval: a darker blue."""

COLOURS = (BLUE, ORANGE, GREEN, "#8a5fb0", "#c8404a", "#1aa3a8", "#8c6d46", "#d9669e")
FORMATS = ("png", "svg", "pdf")
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.parse_math": False,  # so that a column may be called $x$
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "svg.hashsalt": "aevb",  # ids that do not change from run to run
    "pdf.fonttype": 42,  # text stays text: it can be searched and edited
    "svg.fonttype": "none",
}


@dataclass(frozen=True)
class Band:
    """An interval at each x. label: in the legend; lower, upper: (N,), of probabilities (N, W).

    of_mean: it is one of E(z|x), not of z, and has a hue of its own.
    """

    label: str
    lower: np.ndarray
    upper: np.ndarray
    of_mean: bool = False


def check_format(path: Path) -> None:
    """Raise UsageError unless the path ends in the name of a format."""
    if path.suffix.lstrip(".").lower() not in FORMATS:
        raise UsageError(f"{path}: not a picture's name. End it in .png, .svg or .pdf.")


def save(figure: Figure, path: Path) -> None:
    """Write the figure in the format that the path ends in; the same figure gives the same bytes."""
    kind = path.suffix.lstrip(".").lower()
    undated = {"png": "Software", "svg": "Date", "pdf": "CreationDate"}[kind]
    with rc_context(STYLE), files.replacing(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of signs that no font here has: they become boxes
        drawn = io.BytesIO()  # where a disk is full, the PDF's own error would stand before that
        figure.savefig(drawn, format=kind, dpi=200, metadata={undated: None})
        file.write(drawn.getbuffer())


def as_svg(figure: Figure) -> str:
    """Return the figure as the text of an SVG; the same figure gives the same text."""
    with rc_context(STYLE), io.StringIO() as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
        return file.getvalue()


def panels_of(count: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many axes, at most three side by side. width, height: in inches, of one."""
    across = min(count, 3)
    down = -(-count // across)
    figure = Figure(figsize=(width * (1 if across == 1 else 0.8 * across), height * down), layout="constrained")
    axes_of = list(figure.subplots(down, across, squeeze=False).flat)
    for unused in axes_of[count:]:
        unused.remove()
    return figure, axes_of[:count]


def dot(count: int) -> float:
    """Return the marker area in points squared: smaller for more points."""
    return float(np.clip(2_500 / max(count, 1), 3, 16))


def widest_first(bands: Sequence[Band]) -> list[Band]:
    """Return the bands in the order of drawing: those of z, then those of E(z|x), the widest first."""
    return sorted(bands, key=lambda band: (band.of_mean, -float(np.mean(band.upper - band.lower))))


@dataclass(frozen=True)
class Shade:
    """A band as it is drawn: its colour, its strength (alpha), and the one that is seen over those of its hue below.

    first: it is the lowest of its hue.
    """

    band: Band
    colour: str
    alpha: float
    seen: float
    first: bool

    @property
    def handle(self) -> Patch:
        """Its mark in a legend."""
        return Patch(color=self.colour, alpha=self.seen, linewidth=0)


def shaded(bands: Sequence[Band]) -> list[Shade]:
    """Return the bands in the order of drawing, in two hues: those of z, then those of E(z|x), the widest first.

    However many of a hue lie upon each other, the innermost is as strong, and each can be told from the next.
    """
    found = []
    for of_mean, colour, strongest in ((False, ORANGE, 0.65), (True, BLUE, 0.55)):
        alike = [band for band in widest_first(bands) if band.of_mean == of_mean]
        alpha = 1 - (1 - strongest) ** (1 / max(len(alike), 2))
        found += [
            Shade(band, colour, alpha, 1 - (1 - alpha) ** place, place == 1)
            for place, band in enumerate(alike, start=1)
        ]
    return found
