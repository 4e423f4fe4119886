"""Rows that are images: where each pixel's column is, and sizes that would fit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aevb_cli.errors import UsageError
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks.roles import listed

_SHOWN = 4
"""Sizes that are named where one does not fit."""


@dataclass(frozen=True)
class Images:
    """How rows become images.

    height, width: in pixels; place: of each pixel, row by row, the column that it shows, (H W,), -1 where that was
    constant and is no column of the model; low, high: of the colours.
    """

    height: int
    width: int
    place: np.ndarray
    low: float
    high: float

    @classmethod
    def of(cls, model: TrainedModel, image: Sequence[int], rows: np.ndarray) -> "Images":
        """The images of a size. image: height and width; rows: (N, D) in units, whose range the colours have.

        UsageError where a column holds words, or the columns are not so many.
        """
        if words := [column.name for column in model.features if column.categories]:
            raise UsageError(
                f"--image: {listed(words)} hold{'s' * (len(words) == 1)} words, and an image is of numbers. Leave "
                "--image out, or train on the columns of the image alone, with --features."
            )
        height, width = image
        places = next((each for each in _orders(model) if len(each) == height * width), None)
        if places is None:
            raise UsageError(
                f"--image {height}x{width} has {height * width} pixels, and this model has "
                f"{len(model.features)} columns. {fitting(model)}"
            )
        known = rows[np.isfinite(rows)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        return cls(height, width, places, low, high if high > low else low + 1)

    def pixels(self, rows: np.ndarray) -> np.ndarray:
        """The images of rows, (N, D) -> (N, H, W); NaN where a cell is missing, the lowest value where none was."""
        padded = np.column_stack([rows, np.full(len(rows), self.low)])
        return padded[:, self.place].reshape(-1, self.height, self.width)

    def note(self, rows: np.ndarray) -> str:
        """What is to be known of some pixels of rows, (N, D)."""
        blank = int((self.place < 0).sum())
        parts = [
            "Blue: missing cells." if np.isnan(rows).any() else "",
            f"Black: {blank} columns that were constant, and are no part of the model." if blank else "",
        ]
        return " ".join(filter(None, parts))


def fitting(model: TrainedModel) -> str:
    """A sentence with the sizes that would fit, the squarest first."""
    sizes = [f"{height}x{count // height}" for count in map(len, _orders(model)) for height in _heights(count)]
    return f"Sizes that fit: {', '.join(dict.fromkeys(sizes))}."


def _heights(count: int) -> list[int]:
    """The divisors up to the square root, the largest first."""
    return [height for height in range(math.isqrt(count), 0, -1) if count % height == 0][:_SHOWN]


def _orders(model: TrainedModel) -> list[np.ndarray]:
    """The columns' places in the order of the table: of all, and with the columns that were left out as constant."""
    places = {column.name: place for place, column in enumerate(model.features)}
    orders = [np.arange(len(model.features))]
    table = [each for each in model.taken if each.name in places or each.left_out == "constant"]
    if len(table) > len(places) and sum(each.name in places for each in table) == len(places):
        orders.append(np.array([places.get(each.name, -1) for each in table]))
    return orders
