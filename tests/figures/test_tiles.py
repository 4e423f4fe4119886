"""Images in a grid: every pixel where it belongs, one scale for all, and nothing cut off."""

from collections.abc import Sequence

import numpy as np
import pytest

from aevb_cli import figures
from aevb_cli.figures.tiles import mosaic
from tests.figures.pictures import fits, texts

PIXELS = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)


def of(pixels: np.ndarray, up: Sequence[str] = (), across: Sequence[str] = ()) -> figures.Tiles:
    return figures.Tiles(pixels, -1.0, 200.0, "some rows", across, up, ("z1", "z2"), note="Black: nothing.")


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_every_image_is_where_it_belongs(gap: int) -> None:
    joined = mosaic(PIXELS, gap)
    assert joined.shape == (2 * 4 + gap, 3 * 5 + 2 * gap)
    for row in range(2):
        for column in range(3):
            down, along = row * (4 + gap), column * (5 + gap)
            assert joined[down : down + 4, along : along + 5].tolist() == PIXELS[row, column].tolist()
    assert np.ma.getmaskarray(joined).sum() == joined.size - PIXELS.size


def test_zero_is_a_value_and_a_pixel_without_one_is_no_gap() -> None:
    pixels = PIXELS.copy()
    pixels[0, 0, 1, 2] = np.nan
    joined = mosaic(pixels, 1)
    assert not np.ma.getmaskarray(joined)[0, 0]
    figure = figures.tiles(of(pixels))
    shown, between = figure.axes[0].images
    assert np.ma.getmaskarray(np.ma.asarray(shown.get_array()))[1, 2]
    assert np.asarray(between.get_array())[1, 2].tolist() == [0, 0, 0, 0]
    assert np.asarray(between.get_array())[4, 0].tolist() == [1, 1, 1, 1]


def test_one_scale_of_colours_for_all() -> None:
    figure = figures.tiles(of(PIXELS))
    assert figure.axes[0].images[0].get_clim() == (-1, 200)


@pytest.mark.parametrize("shape", [(1, 20, 8, 8), (20, 20, 28, 28), (10, 10, 1, 64), (10, 10, 64, 1), (1, 1, 2, 2)])
def test_nothing_is_cut_off_and_both_ends_are_labelled(shape: tuple[int, int, int, int]) -> None:
    across, up = ([f"{each:.2g}" for each in np.linspace(-2, 2, count)] for count in (shape[1], shape[0]))
    figure = figures.tiles(of(np.random.default_rng(0).random(shape), up, across))
    assert fits(figure)
    assert {"some rows", "Black: nothing.", "z1", "z2", "-2"} <= set(texts(figure))
