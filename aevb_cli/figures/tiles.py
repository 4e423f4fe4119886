"""Rows that are images, side by side: what z draws, what a model makes up, and what comes back of rows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from aevb_cli.figures.canvas import STYLE, Axes, Figure
from aevb_cli.lettering import lettered

MISSING = "#6d9be0"
"""The colour of a pixel without a value, a blue."""

_WIDEST, _HIGHEST, _LARGEST_TILE = 10.0, 11.0, 1.0
"""Of all tiles, and of one, in inches."""
_GREYS = LinearSegmentedColormap.from_list("greys", ["black", "white"]).with_extremes(bad=MISSING)


@dataclass(frozen=True)
class Tiles:
    """Images in a grid, and what stands at its edges.

    pixels: (R, C, H, W), NaN where there is no value; low, high: of the colours, one scale for all; across, up: the
    labels of columns and rows, in order, or none; names: of what changes across and upwards; gap: pixels between two
    images; title: what they are; note: what is to be known of some pixels.
    """

    pixels: np.ndarray
    low: float
    high: float
    title: str
    across: Sequence[str] = ()
    up: Sequence[str] = ()
    names: tuple[str, str] = ("", "")
    gap: int = 1
    note: str = ""


def mosaic(pixels: np.ndarray, gap: int) -> np.ma.MaskedArray:
    """Return the images as one, (R (H + gap) - gap, C (W + gap) - gap); what lies between them is masked.

    >>> mosaic(np.arange(2.0).reshape(1, 2, 1, 1), 1).tolist()
    [[0.0, None, 1.0]]
    """
    rows, columns, height, width = pixels.shape
    whole = np.ma.masked_equal(np.zeros((rows, height + gap, columns, width + gap)), 0)
    whole[:, :height, :, :width] = pixels.swapaxes(1, 2)
    joined = whole.reshape(rows * (height + gap), columns * (width + gap))
    return joined[: rows * (height + gap) - gap, : columns * (width + gap) - gap]


@lettered(STYLE)
def tiles(shown: Tiles) -> Figure:
    """Draw images in a grid, the first row above, with one scale of colours."""
    height, width = shown.pixels.shape[2:]
    joined = mosaic(shown.pixels, shown.gap)
    down, along = joined.shape
    scale = min(_WIDEST / along, _HIGHEST / down, _LARGEST_TILE / max(height, width))
    size = along * scale, down * scale
    figure = Figure(figsize=(max(size[0], 3.2) + 1.6, size[1] + 1.1), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(
        np.ma.masked_invalid(np.ma.getdata(joined)), cmap=_GREYS, vmin=shown.low, vmax=shown.high,
        interpolation="nearest",
    )  # fmt: skip
    between = np.ma.getmaskarray(joined)[..., None] * np.ones(4)
    axes.imshow(between, interpolation="nearest")
    figure.colorbar(image, ax=axes, shrink=min(1.0, 2.6 / size[1]), aspect=16, pad=0.02)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_title(shown.title, fontsize=10, loc="left")
    if shown.note:
        figure.supxlabel(shown.note, fontsize=9, x=0.02, ha="left")
    _label(axes, shown.across, (width + shown.gap, width), scale, x=True)
    _label(axes, shown.up, (height + shown.gap, height), scale, x=False)
    axes.set(xlabel=shown.names[0], ylabel=shown.names[1])
    return figure


def _label(axes: Axes, labels: Sequence[str], step: tuple[int, int], scale: float, *, x: bool) -> None:
    """Label the columns (x) or the rows at the middle of their images, as many as there is room for.

    step: pixels from one image to the next, and of one; scale: inches of a pixel.
    """
    every = math.ceil((0.45 if x else 0.16) / (step[0] * scale))
    places = range(0, len(labels), every)
    ticks = [place * step[0] + (step[1] - 1) / 2 for place in places]
    (axes.set_xticks if x else axes.set_yticks)(ticks, [labels[place] for place in places], fontsize=8)
    axes.tick_params(length=0)
