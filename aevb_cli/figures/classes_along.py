"""Targets that are classes: their probabilities as one feature changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from aevb_cli.figures.canvas import COLOURS, GREY, INK, STYLE, Axes, Band, Figure, panels_of, shaded
from aevb_cli.figures.captions import distinct, fit_names, legend_above, shortened
from aevb_cli.figures.dates import dated
from aevb_cli.lettering import lettered

_MOST = len(COLOURS)
_LONGEST = 24
"""Letters of a class's name."""


@dataclass(frozen=True)
class ProbabilityCurve:
    """The probabilities of a target's classes as functions of one feature.

    names: of x and z; x: ascending, (N,); words: of z, W of them; mean: probabilities, (N, W); bands: (N, W) each, of
    the probabilities; points: the observed x and the indices of the observed words, (R,) each; note: which rows these
    are, and where the other features stand; dates: whether x is days since 1970.
    """

    names: tuple[str, str]
    x: np.ndarray
    words: Sequence[str]
    mean: np.ndarray
    bands: Sequence[Band]
    points: tuple[np.ndarray, np.ndarray]
    note: str
    dates: bool = False


@lettered(STYLE)
def probability_curves(panels: Sequence[ProbabilityCurve]) -> Figure:
    """Draw what the report's Figure 2 is to numbers, a panel per target: probabilities, their intervals, and the data.

    Of two classes the second one's probability is drawn. Of many, those most probable on average have a line each, and
    a dashed line is the sum of the others.
    """
    figure, axes_of = panels_of(len(panels), 6.4, 5.0)
    for axes, curve in zip(axes_of, panels, strict=True):
        (_second if len(curve.words) == 2 else _several)(axes, curve)
        axes.set_xlabel(curve.names[0])
        axes.set_yticks(np.linspace(0, 1, 6))
        axes.margins(x=0.01)
        if curve.dates:
            dated(axes.xaxis)
        fit_names(axes)
    return figure


def _second(axes: Axes, curve: ProbabilityCurve) -> None:
    first, second = distinct(shortened(curve.words, _LONGEST))
    handles: list[Artist] = []
    bands = shaded(curve.bands)
    for shade in bands:
        edges = shade.band.lower[:, 1], shade.band.upper[:, 1]
        axes.fill_between(curve.x, *edges, color=shade.colour, alpha=shade.alpha, linewidth=0)
        handles.append(shade.handle)
    handles += axes.plot(curve.x, curve.mean[:, 1], color=INK, linewidth=1.8, zorder=4)
    x, codes = curve.points
    _rug(axes, x[codes == 0], -0.04, GREY)
    _rug(axes, x[codes == 1], 1.04, GREY)
    handles.append(_mark(GREY))
    labels = [
        *(shade.band.label for shade in bands),
        f"probability of {second}",
        f"data: {second} above, {first} below",
    ]
    legend_above(axes, handles, labels, curve.note)
    axes.set(ylabel=f"{curve.names[1]}: probability of {second}", ylim=(-0.08, 1.08))


def _several(axes: Axes, curve: ProbabilityCurve) -> None:
    shown = most_probable(curve.mean)
    names = distinct(shortened(curve.words, _LONGEST))
    lines, labels = [], [names[place] for place in shown]
    x, codes = curve.points
    bands = shaded(curve.bands)
    for lane, (place, colour) in enumerate(zip(shown, COLOURS, strict=False)):
        for shade in bands:
            edges = shade.band.lower[:, place], shade.band.upper[:, place]
            axes.fill_between(curve.x, *edges, color=colour, alpha=0.6 * shade.alpha, linewidth=0)
        lines += axes.plot(curve.x, curve.mean[:, place], color=colour, linewidth=1.8, zorder=4)
        _rug(axes, x[codes == place], _lane(lane), colour)
    if others := [place for place in range(len(names)) if place not in shown]:
        lines += axes.plot(curve.x, curve.mean[:, others].sum(1), color=GREY, linewidth=1.4, linestyle="--")
        labels.append(f"{len(others)} others")
        _rug(axes, x[np.isin(codes, others)], _lane(len(shown)), GREY)
    patches = [Patch(color=GREY, alpha=0.6 * shade.seen, linewidth=0) for shade in bands]
    handles = [*lines, *patches, _mark(GREY)]
    legend_above(axes, handles, [*labels, *(shade.band.label for shade in bands), "data"], curve.note)
    axes.set(ylabel=f"{curve.names[1]}: probability", ylim=(_lane(len(lines) - 0.5), 1.03))


def most_probable(mean: np.ndarray) -> list[int]:
    """Return the classes that are drawn, ascending: those most probable on average. mean: (N, W)."""
    if mean.shape[1] <= _MOST:
        return list(range(mean.shape[1]))
    return sorted(np.argsort(-mean.mean(0), kind="stable")[: _MOST - 1].tolist())


def _lane(place: float) -> float:
    """Return the height of a class's data, below the curves."""
    return -0.045 * (place + 1)


def _rug(axes: Axes, x: np.ndarray, height: float, colour: str) -> None:
    axes.scatter(x, np.full(len(x), height), marker="|", s=36, color=colour, alpha=0.5, linewidth=0.8)


def _mark(colour: str) -> Line2D:
    return Line2D([], [], color=colour, marker="|", linestyle="none")
