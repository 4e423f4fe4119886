"""What all pictures share: style, panels, and the file that they are written to."""

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

from aevb_cli import files  # noqa: E402
from aevb_cli.errors import UsageError  # noqa: E402

BLUE, ORANGE, GREEN, GREY = "#1f5fa8", "#ee8733", "#3a9a5b", "#555555"
PALE = "#dddddd"
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
}


@dataclass(frozen=True)
class Band:
    """An interval at each x. label: in the legend; lower, upper: (N,), of probabilities (N, W)."""

    label: str
    lower: np.ndarray
    upper: np.ndarray


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
        figure.savefig(file, format=kind, dpi=200, metadata={undated: None})


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
    """Return the bands in the order in which they are drawn over one another."""
    return sorted(bands, key=lambda band: -float(np.mean(band.upper - band.lower)))
