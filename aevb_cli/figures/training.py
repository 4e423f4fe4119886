"""How training went."""

from collections.abc import Mapping

import numpy as np

from aevb_cli.figures.canvas import BLUE, GREEN, GREY, ORANGE, STYLE, Axes, Figure
from aevb_cli.lettering import lettered


@lettered(STYLE)
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


def _trim(axes: Axes, values: np.ndarray) -> None:
    """Set the range of y without the first twentieth: early values lie so far off that they would flatten the rest."""
    low, high = np.quantile(values[len(values) // 20 :], [0.0, 1.0])
    margin = 0.08 * (high - low) or max(1.0, 0.08 * abs(low))
    axes.set_ylim(low - margin, high + margin)
