"""Many points: hexagons instead of dots, coloured by what most of their points are, the stronger the more they hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb

from aevb_cli.figures.canvas import Axes

FROM = 5000
"""Points from which on single dots would hide each other."""

_ACROSS = 45
_FAINTEST = 0.25


def hexagons(axes: Axes, points: np.ndarray, values: np.ndarray, colours: Sequence[str] = ()) -> tuple[Any, int]:
    """Draw hexagons over points, (N, 2).

    values: of the points, (N,), NaN where there is none, whose mean colours a hexagon; where there are colours, indices
    into these, of which a hexagon has the most frequent one. Returns what a scale of colours needs, and how many points
    the fullest hexagon holds.
    """
    x, y = points.T
    extent = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    grid: dict[str, Any] = {"gridsize": _ACROSS, "extent": extent, "linewidths": 0.2}

    def of_hexagon(inside: Any) -> float:
        known = np.asarray(inside, dtype=float)
        known = known[~np.isnan(known)]
        if not len(known):
            return -1.0
        return float(np.bincount(known.astype(int)).argmax() if colours else known.mean())

    held = _values(axes.hexbin(x, y, np.ones(len(x)), reduce_C_function=len, visible=False, **grid))
    drawn = axes.hexbin(x, y, values, reduce_C_function=of_hexagon, **grid)
    strength = _FAINTEST + (1 - _FAINTEST) * np.log1p(held) / np.log1p(held.max())
    if colours:
        palette = [*colours, "#9a9a9a"]  # the last one of a hexagon without a value
        found = [(*to_rgb(palette[int(each)]), part) for each, part in zip(_values(drawn), strength, strict=True)]
        drawn.set_array(None)
        drawn.set_facecolor(found)
    else:
        drawn.set_alpha(strength)
    return drawn, int(held.max())


def _values(drawn: PolyCollection) -> np.ndarray:
    return np.ma.asarray(drawn.get_array()).filled(np.nan).astype(float)
