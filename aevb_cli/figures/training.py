"""How training went."""

import itertools
from collections.abc import Mapping

import numpy as np

from aevb_cli.figures.canvas import COLOURS, GREY, STYLE, Axes, Figure
from aevb_cli.lettering import lettered

_FEW = 20
"""Records that have a dot each."""


@lettered(STYLE)
def trace(iterations: np.ndarray, terms: Mapping[str, np.ndarray], kept: int | None = None) -> Figure:
    """Draw the training curve, a panel per term of the objective.

    iterations, terms: (T,); terms in nats per row; kept: the iteration whose weights were kept.
    """
    figure = Figure(figsize=(6.4, 1.0 + 1.7 * len(terms)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(len(terms), 1, sharex=True))
    few = len(iterations) <= _FEW
    for axes, (name, values), colour in zip(panels, terms.items(), itertools.cycle(COLOURS), strict=False):
        axes.plot(iterations, values, color=colour, linewidth=1.4, marker="o" if few else None, markersize=3)
        if kept is not None:
            line = axes.axvline(kept, color=GREY, linewidth=1, linestyle="--")
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_ylabel("nats per row", fontsize=8)
        _trim(axes, values)
    panels[-1].set_xlabel("iteration")
    if kept is not None:
        label = [f"iteration {kept:,}, whose weights were kept"]
        figure.legend([line], label, loc="outside upper left", fontsize=9)
    return figure


def _trim(axes: Axes, values: np.ndarray) -> None:
    """Set the range of y without the first twentieth: early values lie so far off that they would flatten the rest."""
    low, high = np.quantile(values[len(values) // 20 :], [0.0, 1.0])
    margin = 0.08 * (high - low) or max(1.0, 0.08 * abs(low))
    axes.set_ylim(low - margin, high + margin)
