"""Targets that are numbers: along one feature, against what was observed, and how often intervals hold them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.lines import Line2D

from aevb_cli.figures.canvas import (
    BLUE,
    COLOURS,
    GREY,
    INK,
    ORANGE,
    PALE,
    STYLE,
    Axes,
    Band,
    Figure,
    dot,
    panels_of,
    shaded,
    widest_first,
)
from aevb_cli.figures.captions import fit_names, legend_above
from aevb_cli.figures.chance import LEVEL
from aevb_cli.figures.dates import dated
from aevb_cli.lettering import lettered

_MANY = 5_000
"""Dots from which on an SVG or a PDF holds them as one picture."""

_FEW_BANDS = 6
"""Whose edges may be plain to see."""


@dataclass(frozen=True)
class Curve:
    """A target as a function of one feature. All arrays but the points: (N,).

    names: of x and z; points: the observed x and z, (R,) each; x: ascending; mean: E(z|x); mean_label: in the legend;
    note: which rows the points are; dates: whether x is days since 1970.
    """

    names: tuple[str, str]
    points: tuple[np.ndarray, np.ndarray]
    x: np.ndarray
    mean: np.ndarray
    mean_label: str
    bands: Sequence[Band]
    note: str = ""
    dates: bool = False


@dataclass(frozen=True)
class Comparison:
    """A target, observed and predicted. All arrays: (N,); bands: intervals; note: which rows these are."""

    name: str
    observed: np.ndarray
    mean: np.ndarray
    bands: Sequence[Band]
    note: str = ""


@lettered(STYLE)
def curves(panels: Sequence[Curve]) -> Figure:
    """Draw the report's Figures 1 and 2, a panel per target: data, mean, and intervals of z and of its mean."""
    most = max(len(curve.bands) for curve in panels)
    figure, axes_of = panels_of(len(panels), 6.4, 4.4 + 0.1 * most)  # the legend grows with the intervals
    width, strength = (0.6, 0.8) if most <= _FEW_BANDS else (0.4, 0.4)
    for axes, curve in zip(axes_of, panels, strict=True):
        handles: list[Artist] = []
        labels = [*(shade.band.label for shade in shaded(curve.bands)), curve.mean_label, "data"]
        for shade in shaded(curve.bands):
            ends = shade.band.lower, shade.band.upper
            if shade.first and shade.band.of_mean:  # on what is below it, its hue would be another
                axes.fill_between(curve.x, *ends, color="white", linewidth=0)
            axes.fill_between(curve.x, *ends, color=shade.colour, alpha=shade.alpha, linewidth=0)
            for end in ends:  # seen where it lies below the other hue, too
                axes.plot(curve.x, end, color=shade.colour, linewidth=width, alpha=strength)
            handles.append(shade.handle)
        x, z = curve.points
        faint = float(np.clip(300 / max(len(x), 1), 0.3, 0.75))
        dots = axes.scatter(
            x, z, s=dot(len(x)), color=GREY, alpha=faint, linewidth=0, zorder=3, rasterized=len(x) >= _MANY
        )
        handles += axes.plot(curve.x, curve.mean, color=INK, linewidth=1.8, zorder=4)
        axes.set(xlabel=curve.names[0], ylabel=curve.names[1])
        axes.margins(x=0.01)
        if curve.dates:
            dated(axes.xaxis)
        fit_names(axes)
        legend_above(axes, [*handles, _as_large(dots)], labels, curve.note)
    return figure


@lettered(STYLE)
def observed_against_predicted(panels: Sequence[Comparison]) -> Figure:
    """Draw each row's predicted mean and intervals against the observed value, a panel per target, in equal scales."""
    figure, axes_of = panels_of(len(panels), 5.4, 5.6)
    for axes, rows in zip(axes_of, panels, strict=True):
        z, mean, bands = rows.observed, rows.mean, widest_first(rows.bands)
        handles: list[Artist] = []
        for place, band in enumerate(bands):
            width = 1 + 1.6 * place / max(1, len(bands) - 1)
            strength = float(np.clip(60 / max(len(z), 1), 0.12, 0.45))
            axes.vlines(
                z, band.lower, band.upper, color=ORANGE, alpha=strength, linewidth=width, rasterized=len(z) > _MANY
            )
            handles.append(Line2D([], [], color=ORANGE, alpha=0.4 + 0.4 * place / max(1, len(bands)), linewidth=width))
        dots = axes.scatter(
            z, mean, s=dot(len(z)), color=BLUE, alpha=0.8, linewidth=0, zorder=3, rasterized=len(z) > _MANY
        )
        _equal(axes, z, mean, *(part for band in bands for part in (band.lower, band.upper)))
        axes.set(xlabel=f"{rows.name} observed", ylabel=f"{rows.name} predicted")
        fit_names(axes)
        legend_above(axes, [*handles, _as_large(dots)], [*(band.label for band in bands), "mean"], rows.note)
    return figure


def _equal(axes: Axes, observed: np.ndarray, *predicted: np.ndarray) -> None:
    """Set equal scales, and draw the line on which predictions are right.

    The range is that of what was observed, and of all but the farthest hundredth of what was predicted.
    """
    known = np.concatenate([each[np.isfinite(each)] for each in predicted])
    ends = [*np.quantile(known, [0.005, 0.995]), observed.min(), observed.max()] if len(observed) else [0.0, 1.0]
    margin = 0.04 * (max(ends) - min(ends)) or 1.0
    low, high = min(ends) - margin, max(ends) + margin
    axes.plot([low, high], [low, high], color=GREY, linewidth=1, linestyle="--", zorder=4)
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")


def _as_large(dots: Artist) -> Line2D:
    """A legend's mark for dots, large enough that its colour is seen, however small these are."""
    colour = dots.get_facecolor()[0][:3]  # type: ignore[attr-defined]
    return Line2D([], [], color=colour, marker="o", linestyle="none", markersize=4)


@lettered(STYLE)
def calibration(nominal: np.ndarray, observed: Mapping[str, np.ndarray], rows: int, note: str) -> Figure:
    """Draw observed against nominal coverage, a line per target.

    nominal, each of observed: (T,); rows: how many each coverage was measured on; note: which ones. The band holds
    90 % of the coverages that so many rows give by chance where the model is right.
    """
    figure, (axes,) = panels_of(1, 5.4, 5.4)
    spread = 1.645 * np.sqrt(nominal * (1 - nominal) / rows)
    band = axes.fill_between(nominal, nominal - spread, nominal + spread, color=PALE, linewidth=0)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    lines = []
    styles = zip(observed.values(), itertools.cycle(COLOURS), itertools.cycle("os^Dvp"), strict=False)
    for values, colour, marker in styles:
        lines += axes.plot(nominal, values, color=colour, marker=marker, markersize=3.5, linewidth=1.4, clip_on=False)
    axes.set(xlabel="nominal coverage", ylabel="observed coverage", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    labels = [f"{LEVEL * 100:g} % of chance variation", *observed]
    legend_above(axes, [band, *lines], labels, note)
    return figure
