"""The effect of a feature that is words: an interval for each word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from aevb_cli.figures.canvas import COLOURS, GREY, INK, STYLE, Axes, Band, Figure, dot, panels_of, shaded
from aevb_cli.figures.captions import distinct, fit_names, legend_above, shortened
from aevb_cli.figures.classes_along import most_probable
from aevb_cli.lettering import lettered

_MOST = 60
"""Words that are shown."""
_LONGEST = 28
"""Letters of a word."""
_GOLDEN = 0.6180339887


@dataclass(frozen=True)
class Bars:
    """A target of numbers for each word of one feature.

    names: of x and z; words: of x, V of them; mean: E(z|x), (V,); bands: (V,) each, of z and of its mean; points: the
    indices of the observed words and the observed z, (R,) each; note: which rows these are, and over which is
    averaged; mean_label: in the legend.
    """

    names: tuple[str, str]
    words: Sequence[str]
    mean: np.ndarray
    bands: Sequence[Band]
    points: tuple[np.ndarray, np.ndarray]
    note: str
    mean_label: str = ""


@dataclass(frozen=True)
class ProbabilityBars:
    """A target of classes for each word of one feature.

    names: of x and z; words: of x, V of them; classes: the words of z, W of them; mean: probabilities, (V, W); bands:
    (V, W) each, of the probabilities; points: the indices of the observed words and classes, (R,) each; note: as of
    `Bars`.
    """

    names: tuple[str, str]
    words: Sequence[str]
    classes: Sequence[str]
    mean: np.ndarray
    bands: Sequence[Band]
    points: tuple[np.ndarray, np.ndarray]
    note: str


@lettered(STYLE)
def bars(panels: Sequence[Bars]) -> Figure:
    """Draw a row for each word, a panel per target: the data, the mean and the intervals, the narrower the thinner."""
    figure, axes_of = panels_of(len(panels), _width(panels), _height([rows.words for rows in panels], 0.3))
    for axes, rows in zip(axes_of, panels, strict=True):
        shown = _most_frequent(len(rows.words), rows.points[0])
        bands = shaded(rows.bands)
        handles: list[Artist] = []
        for shade, size in zip(bands, np.linspace(0.8, 0.28, max(len(bands), 1)), strict=False):
            lower, upper = shade.band.lower[shown], shade.band.upper[shown]
            bar = range(len(shown)), upper - lower, size, lower
            if shade.first and shade.band.of_mean:  # on what is below it, its hue would be another
                axes.barh(*bar, color="white", linewidth=0)
            axes.barh(*bar, color=shade.colour, alpha=shade.alpha, linewidth=0)
            handles.append(shade.handle)
        axes.scatter(*_scattered(rows.points, shown), s=dot(len(rows.points[0])), color=GREY, alpha=0.4, linewidth=0)
        means = axes.scatter(rows.mean[shown], range(len(shown)), marker="|", s=90, color=INK, linewidth=2.2, zorder=4)
        dots = Line2D([], [], color=GREY, marker="o", markersize=3, linestyle="none")
        mean = rows.mean_label or f"E({rows.names[1]} | {rows.names[0]})"
        labels = [*(shade.band.label for shade in bands), mean, "data"]
        legend_above(axes, [*handles, means, dots], labels, rows.note, beside=2.0)
        _name_rows(axes, rows.names[0], rows.words, shown)
        axes.set_xlabel(rows.names[1])
        fit_names(axes)
    return figure


@lettered(STYLE)
def probability_bars(panels: Sequence[ProbabilityBars]) -> Figure:
    """Draw a row for each word, a panel per target: probabilities, their intervals, and the shares observed.

    Of two classes the second one is drawn; of many, those most probable on average.
    """
    lanes = max(1 if len(rows.classes) == 2 else len(most_probable(rows.mean)) for rows in panels)
    figure, axes_of = panels_of(
        len(panels), _width(panels), _height([rows.words for rows in panels], 0.2 + 0.1 * lanes)
    )
    for axes, rows in zip(axes_of, panels, strict=True):
        _probabilities(axes, rows)
    return figure


def _probabilities(axes: Axes, rows: ProbabilityBars) -> None:
    shown = _most_frequent(len(rows.words), rows.points[0])
    drawn = [1] if len(rows.classes) == 2 else most_probable(rows.mean)
    shares = observed_shares(rows)[shown]
    bands = shaded(rows.bands)
    handles: list[Artist] = []
    for place, code in enumerate(drawn):
        colour = COLOURS[place]
        at = np.arange(len(shown)) + (place - (len(drawn) - 1) / 2) * 0.8 / len(drawn)
        for shade in bands:
            lower, upper = shade.band.lower[shown, code], shade.band.upper[shown, code]
            axes.barh(at, upper - lower, 0.5 / len(drawn), lower, color=colour, alpha=shade.alpha, linewidth=0)
        handles.append(axes.scatter(rows.mean[shown, code], at, marker="|", s=50, color=colour, linewidth=2, zorder=4))
        axes.scatter(shares[:, code], at, s=14, facecolor="none", edgecolor=colour, linewidth=1, zorder=5)
    names = distinct(shortened(rows.classes, _LONGEST))
    labels = (
        [f"probability of {names[code]}" for code in drawn] + [shade.band.label for shade in bands] + ["share observed"]
    )
    handles += [Patch(color=GREY, alpha=shade.seen, linewidth=0) for shade in bands]
    handles.append(Line2D([], [], color=GREY, marker="o", markersize=4, markerfacecolor="none", linestyle="none"))
    legend_above(axes, handles, labels, rows.note, beside=2.0)
    _name_rows(axes, rows.names[0], rows.words, shown)
    axes.set(xlabel=f"{rows.names[1]}: probability", xlim=(-0.02, 1.02))
    fit_names(axes)


def observed_shares(rows: ProbabilityBars) -> np.ndarray:
    """Return the share of each class among the rows of each word, (V, W); of a word without rows, not a number."""
    size = len(rows.words), len(rows.classes)
    cells = np.ravel_multi_index([part.astype(int) for part in rows.points], size)
    counts = np.bincount(cells, minlength=size[0] * size[1]).reshape(size)
    with np.errstate(invalid="ignore"):
        shares: np.ndarray = counts / counts.sum(1, keepdims=True)
    return shares


def _most_frequent(count: int, codes: np.ndarray) -> np.ndarray:
    """Return the words that are shown, ascending: those of the most rows."""
    frequencies = np.bincount(codes.astype(int), minlength=count)
    return np.sort(np.argsort(-frequencies, kind="stable")[:_MOST])


def _width(panels: Sequence[object]) -> float:
    """Return the width of a panel, in inches: several are narrower, and each needs as much room for its words."""
    return 6.4 if len(panels) == 1 else 8.0


def _height(words: Sequence[Sequence[str]], each: float) -> float:
    """Return the height of a panel, in inches. each: of a row."""
    return 2.3 + each * max(1.5, *(min(len(names), _MOST) for names in words))


def _name_rows(axes: Axes, name: str, words: Sequence[str], shown: np.ndarray) -> None:
    few = len(shown) < len(words)
    axes.set_ylabel(f"{name}: the {len(shown)} most frequent of {len(words):,} words" if few else name)
    labels = distinct(shortened(words, _LONGEST))
    axes.set_yticks(range(len(shown)), [labels[place] for place in shown], fontsize=9)
    axes.set_ylim(len(shown) - 0.5, -0.5)  # the first word stands above the others
    axes.grid(visible=False, axis="y")


def _scattered(points: tuple[np.ndarray, np.ndarray], shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the dots of the data lie: in the row of their word, spread by their rank so that few hide others."""
    codes, z = (part[np.isin(points[0], shown)] for part in points)
    order = np.lexsort([codes, z])
    spread = np.arange(len(order)) * _GOLDEN % 1 - 0.5
    return z[order], np.searchsorted(shown, codes[order]) + 0.6 * spread
