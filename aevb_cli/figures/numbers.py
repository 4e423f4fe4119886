"""Targets that are numbers: along one feature, against what was observed, and how often intervals hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aevb_cli.figures.canvas import BLUE, GREEN, GREY, ORANGE, PALE, STYLE, Band, Figure, dot, panels_of, widest_first
from aevb_cli.lettering import lettered


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


@lettered(STYLE)
def curves(panels: Sequence[Curve]) -> Figure:
    """Draw the report's Figures 1 and 2, a panel per target: data in grey, mean in blue, intervals in orange."""
    figure, axes_of = panels_of(len(panels), 6.4, 4.2)
    for axes, curve in zip(axes_of, panels, strict=True):
        strengths = np.linspace(0.28, 0.5, len(curve.bands))
        for strength, band in zip(strengths, widest_first(curve.bands), strict=True):
            axes.fill_between(
                curve.x, band.lower, band.upper, color=ORANGE, alpha=strength, linewidth=0, label=band.label
            )
        x, z = curve.points
        axes.scatter(x, z, s=dot(len(x)), color=GREY, alpha=0.75, linewidth=0, label="data", zorder=3)
        axes.plot(curve.x, curve.mean, color=BLUE, linewidth=1.8, label=curve.mean_label, zorder=4)
        axes.set(xlabel=curve.names[0], ylabel=curve.names[1])
        axes.margins(x=0.01)
        axes.legend(loc="best", fontsize=9)
    return figure


@lettered(STYLE)
def observed_against_predicted(panels: Sequence[Comparison]) -> Figure:
    """Draw each row's predicted mean and interval against the observed value, a panel per target."""
    figure, axes_of = panels_of(len(panels), 5.2, 5.0)
    for axes, rows in zip(axes_of, panels, strict=True):
        z, mean = rows.observed, rows.mean
        sides = [mean - rows.lower, rows.upper - mean]
        axes.errorbar(z, mean, sides, fmt="none", ecolor=ORANGE, alpha=0.45, elinewidth=1, label=rows.label)
        axes.scatter(z, mean, s=dot(len(z)), color=BLUE, alpha=0.8, linewidth=0, label="mean", zorder=3)
        ends = [min(z.min(), mean.min()), max(z.max(), mean.max())]
        axes.plot(ends, ends, color=GREY, linewidth=1, linestyle="--", zorder=4)
        axes.set(xlabel=f"{rows.name} observed", ylabel=f"{rows.name} predicted")
        axes.legend(loc="best", fontsize=9)
    return figure


@lettered(STYLE)
def calibration(nominal: np.ndarray, observed: Mapping[str, np.ndarray], rows: int) -> Figure:
    """Draw observed against nominal coverage, a line per target.

    nominal, each of observed: (T,); rows: how many each coverage was measured on. The band holds 90 % of the coverages
    that so many rows give by chance where the model is right.
    """
    figure, (axes,) = panels_of(1, 5.0, 4.8)
    spread = 1.645 * np.sqrt(nominal * (1 - nominal) / rows)
    band = axes.fill_between(nominal, nominal - spread, nominal + spread, color=PALE, linewidth=0)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    lines = []
    for values, colour in zip(observed.values(), (BLUE, ORANGE, GREEN, GREY) * len(observed), strict=False):
        lines += axes.plot(nominal, values, color=colour, marker="o", markersize=3.5, linewidth=1.4)
    axes.set(xlabel="nominal coverage", ylabel="observed coverage", xlim=(0, 1), ylim=(0, 1))
    # Given with their artists: of artists' own names matplotlib leaves out those that begin with _.
    labels = [f"90 % of chance variation, {rows} rows", *observed]
    axes.legend([band, *lines], labels, loc="upper left", fontsize=9)
    return figure
