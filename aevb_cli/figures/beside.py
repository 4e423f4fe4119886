"""Rows that a model makes up beside those of a table: each column by itself, and each pair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axis import Axis
from matplotlib.lines import Line2D

from aevb_cli.figures.canvas import BLUE, GREY, STYLE, Axes, Figure, dot
from aevb_cli.figures.captions import below_power, distinct, shortened
from aevb_cli.figures.dates import dated
from aevb_cli.lettering import lettered

_BINS, _MOST_WORDS = 30, 8
"""Of a histogram; words of a column that have bars of their own."""


@dataclass(frozen=True)
class Beside:
    """A column of a table and of rows that were drawn, (R,) and (M,), NaN where missing; words: (W,).

    dates: whether the numbers are days since 1970.
    """

    name: str
    words: Sequence[str]
    real: np.ndarray
    drawn: np.ndarray
    dates: bool = False


@lettered(STYLE)
def beside(columns: Sequence[Beside], real: str, drawn: str) -> Figure:
    """Draw the distribution of each column on the diagonal and each pair below it. real, drawn: labels."""
    count = len(columns)
    side = max(1.6, min(4.6, 12.0 / count))
    figure = Figure(figsize=(count * side + 0.6, count * side + 0.8), layout="constrained")
    grid = figure.subplots(count, count, squeeze=False)
    shown = [_numbered(column) for column in columns]
    names = distinct(shortened([column.name for column in columns], 18))
    for (row, column), axes in np.ndenumerate(grid):
        if row < column:
            axes.remove()
        elif row == column:
            _alone(axes, shown[row])
        else:
            _pair(axes, shown[column], shown[row])
        if row >= column:
            _label(axes, shown, names, row, column)
    handles = [Line2D([], [], color=colour, marker="o", linestyle="none", markersize=5) for colour in (GREY, BLUE)]
    figure.legend(handles, [real, drawn], loc="outside upper left", ncols=2, fontsize=9)
    return figure


def _numbered(column: Beside) -> Beside:
    """The column with its most frequent words numbered from 0 and the others as one."""
    if not column.words:
        return column
    codes = column.real[~np.isnan(column.real)].astype(int)
    counts = np.bincount(codes, minlength=len(column.words))
    kept = np.arange(len(counts)) if len(counts) <= _MOST_WORDS else np.sort(np.argsort(-counts)[: _MOST_WORDS - 1])
    number = np.full(len(counts), len(kept))
    number[kept] = np.arange(len(kept))
    words = [column.words[code] for code in kept] + (["others"] if len(kept) < len(counts) else [])
    parts = [
        np.where(np.isnan(each), np.nan, number[np.nan_to_num(each).astype(int)])
        for each in (column.real, column.drawn)
    ]
    real, drawn = parts
    return Beside(column.name, words, real, drawn)


def _alone(axes: Axes, column: Beside) -> None:
    real, drawn = (each[~np.isnan(each)] for each in (column.real, column.drawn))
    if column.words:
        places = np.arange(len(column.words))
        for shift, values, colour in ((-0.2, real, GREY), (0.2, drawn, BLUE)):
            share = np.bincount(values.astype(int), minlength=len(places)) / max(1, len(values))
            axes.bar(places + shift, share, 0.4, color=colour, alpha=0.75)
        return
    edges = np.linspace(*_range(column), _BINS + 1)
    whole = np.all(real == real.round()) and np.ptp(edges) <= _BINS
    if whole:
        edges = np.arange(np.floor(edges[0]), np.ceil(edges[-1]) + 2) - 0.5
    for values, colour, fill in ((real, GREY, True), (drawn, BLUE, False)):
        heights = np.histogram(values, edges)[0] / max(1, len(values))
        axes.stairs(heights, edges, fill=fill, color=colour, alpha=0.45 if fill else 1, linewidth=1.6)


def _pair(axes: Axes, x: Beside, y: Beside) -> None:
    """Both kinds of rows in a random order, so that neither hides the other."""
    bits = np.random.default_rng(0)
    across, up = (np.concatenate([column.real, column.drawn]) for column in (x, y))
    colours = np.repeat([GREY, BLUE], [len(x.real), len(x.drawn)])
    order = bits.permutation(len(across))
    order = order[~np.isnan(across[order]) & ~np.isnan(up[order])]
    points = [
        _apart(values[order], bits) if _is_discrete(column) else values[order]
        for column, values in ((x, across), (y, up))
    ]
    axes.scatter(
        points[0], points[1], dot(len(x.real)) / 2, colours[order].tolist(), alpha=0.5, linewidth=0, rasterized=True
    )
    for column, set_range in ((x, axes.set_xlim), (y, axes.set_ylim)):
        if not column.words:
            margin = 0.5 if _is_discrete(column) else 0.0
            low, high = _range(column, 0.03)
            set_range(low - margin, high + margin)


def _apart(values: np.ndarray, bits: np.random.Generator) -> np.ndarray:
    """Whole numbers moved by less than half a step, and others as they are."""
    return np.asarray(values + np.where(values == values.round(), bits.uniform(-0.3, 0.3, len(values)), 0))


def _is_discrete(column: Beside) -> bool:
    """Whether points would lie upon each other: of words, and of few whole numbers."""
    known = column.real[~np.isnan(column.real)]
    return bool(column.words) or bool(np.all(known == known.round()) and len(np.unique(known)) <= _BINS)


def _range(column: Beside, margin: float = 0.0) -> tuple[float, float]:
    """All of the real values, and all but the farthest hundredth of the drawn ones."""
    real, drawn = (each[~np.isnan(each)] for each in (column.real, column.drawn))
    ends = np.concatenate([np.quantile(drawn, [0.005, 0.995]), real])
    low, high = ends.min(), ends.max()
    width = (high - low) or 1.0
    return float(low - margin * width), float(high + margin * width)


def _date(axis: Axis) -> None:
    """Dates along an axis, upright at the bottom, where they have little room side by side."""
    dated(axis)
    if axis.axis_name == "x":  # type: ignore[attr-defined]
        axis.set_tick_params(rotation=90)


def _label(axes: Axes, shown: Sequence[Beside], names: Sequence[str], row: int, column: int) -> None:
    """Names at the left and the lower edge alone."""
    last = len(shown) - 1
    for own, at_edge, set_ticks, set_name in (
        (column, row == last, axes.set_xticks, axes.set_xlabel),
        (row, column == 0 and row > 0, axes.set_yticks, axes.set_ylabel),
    ):
        words = shown[own].words
        if shown[own].dates and (set_ticks == axes.set_xticks or row != column):
            _date(axes.xaxis if set_ticks == axes.set_xticks else axes.yaxis)
        if words and (set_ticks == axes.set_xticks or row != column):
            labels = shortened(words, 10)
            set_ticks(range(len(words)), labels if at_edge else [""] * len(words), fontsize=8)
            if set_ticks == axes.set_xticks and at_edge and sum(map(len, labels)) > 14:
                axes.tick_params(axis="x", rotation=90)
        if at_edge:
            set_name(names[own])
    if row == last:
        axes.xaxis.labelpad += below_power(axes)
    if row == column:
        axes.set_title(names[row], fontsize=9)
        axes.set_ylabel("share" if row == 0 else "", fontsize=8)
    elif row != last:
        axes.tick_params(labelbottom=False)
    if column and row != column:
        axes.tick_params(labelleft=False)
