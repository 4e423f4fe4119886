"""Many points: hexagons instead of dots, coloured by what most of their points are, the stronger the more they hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb

from aevb_cli.figures.canvas import Axes

FROM = 5000
"""Points from which on single dots would hide each other."""

_ACROSS = 45
_FAINTEST, _MISSING = 0.25, "#9a9a9a"


def hexagons(axes: Axes, points: np.ndarray, values: np.ndarray, colours: Sequence[str] = ()) -> tuple[Any, int]:
    """Draw hexagons over points, (N, 2).

    values: of the points, (N,), NaN where there is none, whose mean colours a hexagon; where there are colours, indices
    into these, of which a hexagon has the most frequent one. Returns what a scale of colours needs, and how many points
    the fullest hexagon holds.
    """
    x, y = points.T
    extent = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    grid: dict[str, Any] = {"gridsize": _ACROSS, "extent": extent, "linewidths": 0.2}

    held, found, nothing = list[int](), list[float](), -1.0 if colours else np.nan

    def of_hexagon(inside: Any) -> float:
        """Note what a hexagon holds. matplotlib drops points and hexagons without a value, hence the places."""
        known = values[np.asarray(inside, dtype=int)]
        held.append(len(known))
        known = known[~np.isnan(known)]
        found.append(
            float(np.bincount(known.astype(int)).argmax() if colours else known.mean()) if len(known) else nothing
        )
        return len(found) - 1.0

    drawn = axes.hexbin(x, y, np.arange(len(x)), reduce_C_function=of_hexagon, **grid)
    order = np.asarray(drawn.get_array()).astype(int)
    counts, shown = np.array(held)[order], np.array(found)[order]
    strength = _FAINTEST + (1 - _FAINTEST) * np.log1p(counts) / np.log1p(counts.max())
    if colours:
        palette = [*colours, _MISSING]
        drawn.set_array(None)
        drawn.set_facecolor([(*to_rgb(palette[int(each)]), part) for each, part in zip(shown, strength, strict=True)])
    else:
        drawn.set_cmap(drawn.get_cmap().with_extremes(bad=_MISSING))
        drawn.set_array(np.ma.masked_invalid(shown))
        drawn.autoscale()
        drawn.set_alpha(strength)
    return drawn, int(counts.max())
