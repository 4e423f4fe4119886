"""A hidden z: the map of its means, and what comes back of x."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aevb_cli.figures.canvas import GREY, STYLE, Axes, Figure, dot
from aevb_cli.lettering import lettered


@dataclass(frozen=True)
class Latent:
    """What is drawn of a hidden z.

    means: of q(z|x), (N, J); colour: the column of that name, (N,), for a column of words the indices into `words`;
    numbers: each number column of x by its name, and its reconstruction, (N,) each.
    """

    means: np.ndarray
    colour_name: str
    colour: np.ndarray
    words: Sequence[str]
    numbers: Mapping[str, tuple[np.ndarray, np.ndarray]]


@lettered(STYLE)
def latent(shown: Latent) -> Figure:
    """Draw the means of q(z|x), coloured by a column, and beside it the reconstruction of x against x."""
    figure = Figure(figsize=(10.4, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _means(figure, left, shown)
    dots = []
    for values, reconstruction in shown.numbers.values():
        loc, scale = np.nanmean(values), np.nanstd(values) or 1.0
        x, x_again = (values - loc) / scale, (reconstruction - loc) / scale
        dots.append(right.scatter(x, x_again, s=dot(len(x)), alpha=0.5, linewidth=0))
    right.axline((0, 0), slope=1, color=GREY, linewidth=1, linestyle="--")
    right.set(xlabel="x (standardised)", ylabel="its reconstruction", title="reconstruction")
    if 0 < len(shown.numbers) <= 10:
        right.legend(dots, list(shown.numbers), loc="best", fontsize=9)
    return figure


def _means(figure: Figure, axes: Axes, shown: Latent) -> None:
    across = shown.means[:, 0]
    single = shown.means.shape[1] == 1
    up = shown.colour if single else shown.means[:, 1]
    if shown.words:
        parts = [shown.colour == code for code in range(len(shown.words))]
        each = [axes.scatter(across[rows], up[rows], s=dot(len(across)), linewidth=0) for rows in parts]
        axes.legend(each, shown.words, loc="best", fontsize=9, title=shown.colour_name)
    else:
        dots = axes.scatter(across, up, c=shown.colour, s=dot(len(across)), cmap="viridis", linewidth=0)
        figure.colorbar(dots, ax=axes, label=shown.colour_name)
    axes.set(xlabel="mean of z1", ylabel=shown.colour_name if single else "mean of z2", title="latent means")
