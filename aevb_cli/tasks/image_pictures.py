"""Pictures of rows that are images: what z draws, what a model makes up, and what comes back of rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from aevb_cli import figures
from aevb_cli.errors import UsageError
from aevb_cli.tasks.held_out import spaced
from aevb_cli.tasks.hidden_view import HiddenView
from aevb_cli.tasks.images import Images, fitting

GRID, DRAWN, PAIRS = 20, 10, 40
"""Images along a hidden variable; images drawn, in each direction; rows with their reconstructions."""


def manifold(view: HiddenView) -> figures.Figure:
    """Draw E(x|z) over a grid of one or two hidden variables, at quantiles of the prior (KW Figure 4).

    Of a learned prior, which has no such quantiles, over the range of the latent means.

    Raises
    ------
    UsageError
        no size is given, or another than the columns'.
    """
    if view.image is None:
        raise UsageError(
            f"--kind manifold draws rows as images, each column a pixel: tell the size, --image. {fitting(view.model)}",
            "Where columns are no pixels: --kind samples shows what the model draws, and the map of z needs no --kind.",
        )
    places, ticks = view.places, [_ticks(view, place) for place in view.places]
    across, up = ticks[0], ticks[1][::-1] if len(ticks) == 2 else np.zeros(1)
    rest = view.means.mean(0) if view.learned_prior else np.zeros(len(view.model.hidden))
    z = np.tile(rest, (len(up), len(across), 1))
    z[..., places[0]] = across
    if len(places) == 2:
        z[..., places[1]] = up[:, None]
    names = [f"z{place + 1}" for place in places]
    others = f", the other hidden variables at {'their mean' if view.learned_prior else '0'}"
    grid = _Grid(view)
    return grid.drawn(
        grid.pixels(view.decoded(z.reshape(-1, z.shape[-1]))).reshape(len(up), len(across), *grid.size),
        f"E(x|z) over {' and '.join(names)}{others if len(places) < z.shape[-1] else ''}",
        [f"{each:.2g}" for each in across],
        [f"{each:.2g}" for each in up] if len(places) == 2 else (),
        (names[0], names[-1] if len(places) == 2 else ""),
    )


def drawn(view: HiddenView) -> figures.Figure:
    """Draw rows that the model makes up. UsageError as of `manifold`."""
    grid = _Grid(view)
    pixels = grid.pixels(view.drawn(DRAWN**2)).reshape(DRAWN, DRAWN, *grid.size)
    return grid.drawn(pixels, f"{DRAWN**2} rows drawn from the model")


def rebuilt(view: HiddenView) -> figures.Figure:
    """Draw rows above their reconstructions. UsageError as of `manifold`."""
    grid = _Grid(view)
    along = min(DRAWN, len(view.rows))
    few = spaced(len(view.rows), min(PAIRS, len(view.rows) // along * along))
    own, again = (
        grid.pixels(each[few]).reshape(-1, along, *grid.size)
        for each in (view.rows, view.latent.reconstruction.numpy())
    )
    title = f"{view.counted(len(few))}, each above its reconstruction"
    pairs = np.stack([own, again], 1).reshape(-1, along, *grid.size)
    return grid.drawn(pairs, title, up=["x", "E(x|z)"] * len(own), note=grid.images.note(view.rows[few]))


@dataclass(frozen=True)
class _Grid:
    """Images of one size and one scale of colours."""

    view: HiddenView

    @property
    def images(self) -> Images:
        return Images.of(self.view.model, self.view.image or (), self.view.rows)

    @property
    def size(self) -> tuple[int, int]:
        return self.images.height, self.images.width

    def pixels(self, rows: np.ndarray) -> np.ndarray:
        """The images of rows, (N, D) -> (N, H, W)."""
        return self.images.pixels(rows)

    def drawn(
        self,
        pixels: np.ndarray,
        title: str,
        across: Sequence[str] = (),
        up: Sequence[str] = (),
        names: tuple[str, str] = ("", ""),
        note: str | None = None,
    ) -> figures.Figure:
        """pixels: (R, C, H, W); note: None, where no cell is missing."""
        images = self.images
        told = images.note(np.zeros((0, 1))) if note is None else note
        return figures.tiles(figures.Tiles(pixels, images.low, images.high, title, across, up, names, note=told))


def _ticks(view: HiddenView, place: int) -> np.ndarray:
    """Values of a hidden variable, (GRID,), ascending."""
    if view.learned_prior:
        low, high = np.quantile(view.means[:, place], [0.01, 0.99])
        return np.linspace(float(low), float(high), GRID)
    quantiles: np.ndarray = torch.special.ndtri((torch.arange(GRID).double() + 0.5) / GRID).numpy()
    return quantiles
