"""Figures from arrays, without a display or global state. No other module imports matplotlib."""

import logging
import warnings
from collections.abc import Mapping, Sequence
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
from aevb_cli.lettering import lettered  # noqa: E402

__all__ = [
    "Band",
    "Comparison",
    "Curve",
    "Figure",
    "Latent",
    "calibration",
    "check_format",
    "curves",
    "latent",
    "observed_against_predicted",
    "save",
    "trace",
]

BLUE, ORANGE, GREEN, GREY = "#1f5fa8", "#ee8733", "#3a9a5b", "#555555"
FORMATS = ("png", "svg", "pdf")
_STYLE: dict[Any, Any] = {
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
    """An interval at each x. label: in the legend; lower, upper: (N,)."""

    label: str
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class Curve:
    """A target as a function of one feature. All arrays but the points: (N,).

    names: of x and z; points: the observed x and z, (R,) each; x: ascending; mean: E(z|x); mean_label: in the legend.
    """

    names: tuple[str, str]
    points: tuple[np.ndarray, np.ndarray]
    x: np.ndarray
    mean: np.ndarray
    mean_label: str
    bands: Sequence[Band]


@dataclass(frozen=True)
class Comparison:
    """A target, observed and predicted. All arrays: (N,); label: the interval's, in the legend."""

    name: str
    observed: np.ndarray
    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    label: str


@dataclass(frozen=True)
class Latent:
    """What is drawn of a hidden z.

    means: of q(z|x), (N, J); colour: the column of that name, (N,), for a column of words the indices into `words`;
    numbers: each number column of x by its name, and its reconstruction, (N,) each.
    """

    means: np.ndarray
    colour_name: str
    colour: np.ndarray
    words: Sequence[str]
    numbers: Mapping[str, tuple[np.ndarray, np.ndarray]]


def check_format(path: Path) -> None:
    """Raise UsageError unless the path ends in the name of a format."""
    if path.suffix.lstrip(".").lower() not in FORMATS:
        raise UsageError(f"{path}: not a picture's name. End it in .png, .svg or .pdf.")


def save(figure: Figure, path: Path) -> None:
    """Write the figure in the format that the path ends in; the same figure gives the same bytes."""
    kind = path.suffix.lstrip(".").lower()
    undated = {"png": "Software", "svg": "Date", "pdf": "CreationDate"}[kind]
    with rc_context(_STYLE), files.replacing(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of signs that no font here has: they become boxes
        figure.savefig(file, format=kind, dpi=200, metadata={undated: None})


@lettered(_STYLE)
def curves(panels: Sequence[Curve]) -> Figure:
    """Draw the report's Figures 1 and 2, a panel per target: data in grey, mean in blue, intervals in orange."""
    figure, axes_of = _panels(len(panels), 6.4, 4.2)
    for axes, curve in zip(axes_of, panels, strict=True):
        strengths = np.linspace(0.28, 0.5, len(curve.bands))
        for strength, band in zip(strengths, _widest_first(curve.bands), strict=True):
            axes.fill_between(
                curve.x, band.lower, band.upper, color=ORANGE, alpha=strength, linewidth=0, label=band.label
            )
        x, z = curve.points
        axes.scatter(x, z, s=_dot(len(x)), color=GREY, alpha=0.75, linewidth=0, label="data", zorder=3)
        axes.plot(curve.x, curve.mean, color=BLUE, linewidth=1.8, label=curve.mean_label, zorder=4)
        axes.set(xlabel=curve.names[0], ylabel=curve.names[1])
        axes.margins(x=0.01)
        axes.legend(loc="best", fontsize=9)
    return figure


@lettered(_STYLE)
def observed_against_predicted(panels: Sequence[Comparison]) -> Figure:
    """Draw each row's predicted mean and interval against the observed value, a panel per target."""
    figure, axes_of = _panels(len(panels), 5.2, 5.0)
    for axes, rows in zip(axes_of, panels, strict=True):
        z, mean = rows.observed, rows.mean
        sides = [mean - rows.lower, rows.upper - mean]
        axes.errorbar(z, mean, sides, fmt="none", ecolor=ORANGE, alpha=0.45, elinewidth=1, label=rows.label)
        axes.scatter(z, mean, s=_dot(len(z)), color=BLUE, alpha=0.8, linewidth=0, label="mean", zorder=3)
        ends = [min(z.min(), mean.min()), max(z.max(), mean.max())]
        axes.plot(ends, ends, color=GREY, linewidth=1, linestyle="--", zorder=4)
        axes.set(xlabel=f"{rows.name} observed", ylabel=f"{rows.name} predicted")
        axes.legend(loc="best", fontsize=9)
    return figure


@lettered(_STYLE)
def calibration(nominal: np.ndarray, observed: Mapping[str, np.ndarray], rows: int) -> Figure:
    """Draw observed against nominal coverage, a line per target.

    nominal, each of observed: (T,); rows: how many each coverage was measured on. The band holds 90 % of the coverages
    that so many rows give by chance where the model is right.
    """
    figure, (axes,) = _panels(1, 5.0, 4.8)
    spread = 1.645 * np.sqrt(nominal * (1 - nominal) / rows)
    axes.fill_between(
        nominal, nominal - spread, nominal + spread, color="#dddddd", linewidth=0,
        label=f"90 % of chance variation, {rows} rows",
    )  # fmt: skip
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    for (name, values), colour in zip(observed.items(), (BLUE, ORANGE, GREEN, GREY) * len(observed), strict=False):
        axes.plot(nominal, values, color=colour, marker="o", markersize=3.5, linewidth=1.4, label=name)
    axes.set(xlabel="nominal coverage", ylabel="observed coverage", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="upper left", fontsize=9)
    return figure


@lettered(_STYLE)
def trace(iterations: np.ndarray, terms: Mapping[str, np.ndarray]) -> Figure:
    """Draw the training curve, a panel per term of the objective. iterations, terms: (T,); terms in nats per row."""
    figure = Figure(figsize=(6.4, 0.6 + 1.7 * len(terms)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(len(terms), 1, sharex=True))
    for axes, (name, values), colour in zip(panels, terms.items(), (BLUE, ORANGE, GREEN, GREY), strict=False):
        axes.plot(iterations, values, color=colour, linewidth=1.4)
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_ylabel("nats per row", fontsize=8)
        _trim(axes, values)
    panels[-1].set_xlabel("iteration")
    return figure


@lettered(_STYLE)
def latent(shown: Latent) -> Figure:
    """Draw the means of q(z|x), coloured by a column, and beside it the reconstruction of x against x."""
    figure = Figure(figsize=(10.4, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _means(figure, left, shown)
    for name, (values, reconstruction) in shown.numbers.items():
        loc, scale = np.nanmean(values), np.nanstd(values) or 1.0
        x, x_again = (values - loc) / scale, (reconstruction - loc) / scale
        right.scatter(x, x_again, s=_dot(len(x)), alpha=0.5, linewidth=0, label=name)
    right.axline((0, 0), slope=1, color=GREY, linewidth=1, linestyle="--")
    right.set(xlabel="x (standardised)", ylabel="its reconstruction", title="reconstruction")
    if 0 < len(shown.numbers) <= 10:
        right.legend(loc="best", fontsize=9)
    return figure


def _means(figure: Figure, axes: Axes, shown: Latent) -> None:
    across = shown.means[:, 0]
    single = shown.means.shape[1] == 1
    up = shown.colour if single else shown.means[:, 1]
    if shown.words:
        for code, word in enumerate(shown.words):
            rows = shown.colour == code
            axes.scatter(across[rows], up[rows], s=_dot(len(across)), linewidth=0, label=word)
        axes.legend(loc="best", fontsize=9, title=shown.colour_name)
    else:
        dots = axes.scatter(across, up, c=shown.colour, s=_dot(len(across)), cmap="viridis", linewidth=0)
        figure.colorbar(dots, ax=axes, label=shown.colour_name)
    axes.set(xlabel="mean of z1", ylabel=shown.colour_name if single else "mean of z2", title="latent means")


def _panels(count: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many axes, at most three side by side. width, height: in inches, of one."""
    across = min(count, 3)
    down = -(-count // across)
    figure = Figure(figsize=(width * (1 if across == 1 else 0.8 * across), height * down), layout="constrained")
    axes_of = list(figure.subplots(down, across, squeeze=False).flat)
    for unused in axes_of[count:]:
        unused.remove()
    return figure, axes_of[:count]


def _widest_first(bands: Sequence[Band]) -> list[Band]:
    return sorted(bands, key=lambda band: -float(np.mean(band.upper - band.lower)))


def _dot(count: int) -> float:
    """Return the marker area in points squared: smaller for more points."""
    return float(np.clip(2_500 / max(count, 1), 3, 16))


def _trim(axes: Axes, values: np.ndarray) -> None:
    """Set the range of y without the first twentieth: early values lie so far off that they would flatten the rest."""
    low, high = np.quantile(values[len(values) // 20 :], [0.0, 1.0])
    margin = 0.08 * (high - low) or max(1.0, 0.08 * abs(low))
    axes.set_ylim(low - margin, high + margin)
