"""Drawn rows beside real ones: a panel for each column and each pair, with what was given."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from aevb_cli import figures
from aevb_cli.figures.canvas import BLUE, GREY
from tests.figures.pictures import fits, texts

BITS = np.random.default_rng(0)


def columns() -> list[figures.Beside]:
    words = figures.Beside("kind", ["a", "b"], np.array([0, 1, 1, np.nan] * 25), np.array([0.0, 1] * 40))
    numbers = figures.Beside("x", (), np.where(BITS.random(100) < 0.1, np.nan, BITS.normal(size=100)), BITS.random(80))
    return [numbers, words, figures.Beside("count", (), BITS.poisson(3, 100).astype(float), BITS.normal(3, 1, 80))]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_panel_for_each_column_and_pair(count: int) -> None:
    figure = figures.beside(columns()[:count], "100 real rows", "80 drawn rows")
    assert len(figure.axes) == count * (count + 1) // 2
    assert {"100 real rows", "80 drawn rows"} <= set(texts(figure))
    assert fits(figure)


def test_pairs_hold_the_rows_that_have_both_cells() -> None:
    x, kind, _ = columns()
    figure = figures.beside([x, kind], "real", "drawn")
    (dots,) = figure.axes[1].collections
    colours = [to_hex(each) for each in np.asarray(dots.get_facecolor())[:, :3]]
    known = int((~np.isnan(x.real) & ~np.isnan(kind.real)).sum())
    assert (colours.count(GREY), colours.count(BLUE)) == (known, 80)
    across, up = np.asarray(dots.get_offsets()).T
    real = np.array([colour == GREY for colour in colours])
    assert sorted(across[real]) == pytest.approx(sorted(x.real[~np.isnan(x.real) & ~np.isnan(kind.real)]))
    assert sorted(up.round()[~real]) == sorted(kind.drawn), "words stand about their codes"


def test_shares_are_of_the_cells_that_are_there() -> None:
    (axes,) = figures.beside([columns()[1]], "real", "drawn").axes
    heights = [bar.get_height() for bar in axes.patches]  # type: ignore[attr-defined]
    assert heights == pytest.approx([1 / 3, 2 / 3, 0.5, 0.5])


def test_of_many_words_the_rare_ones_are_one() -> None:
    words = [f"w{place}" for place in range(20)]
    real = np.repeat(np.arange(20.0), np.arange(20, 0, -1))
    (axes,) = figures.beside([figures.Beside("k", words, real, np.arange(20.0))], "real", "drawn").axes
    labels = [text.get_text() for text in axes.get_xticklabels()]
    assert labels == [*words[:7], "others"]
    assert axes.patches[7].get_height() == pytest.approx(sum(range(1, 14)) / 210)  # type: ignore[attr-defined]


@pytest.mark.parametrize("real", [np.full(5, np.nan), np.full(5, 2.0)])
def test_a_column_without_a_range(real: np.ndarray) -> None:
    shown = figures.Beside("x", (), real, BITS.normal(size=5))
    assert fits(figures.beside([shown, columns()[0]][:1], "real", "drawn"))
