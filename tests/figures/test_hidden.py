"""The map of a hidden z: coloured by words or numbers, missing cells shown, and the reconstruction beside it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PathCollection, PolyCollection

from aevb_cli import figures
from aevb_cli.figures.density import FROM
from tests.figures.pictures import fits, legend

MEANS = np.column_stack([np.linspace(-1, 1, 6), np.arange(6.0)])


def of_map(colour: Sequence[float], words: Sequence[str], means: np.ndarray = MEANS) -> figures.LatentMap:
    names = [f"z{place + 1}" for place in range(means.shape[1])]
    return figures.LatentMap(means, names, "kind", np.asarray(colour, dtype=float), words, "6 rows")


def rebuilt(columns: Sequence[str] = ("x",)) -> figures.Rebuilt:
    x = np.linspace(0, 10, 6)
    return figures.Rebuilt(dict.fromkeys(columns, (x, x + 1)), {}, "6 rows")


def points(figure: figures.Figure) -> list[list[list[float]]]:
    """Of the map, each collection's points."""
    return [np.asarray(each.get_offsets()).tolist() for each in figure.axes[0].collections]


def test_a_colour_for_each_word_and_how_many_rows_have_it() -> None:
    figure = figures.latent(of_map([0, 1, 0, 1, 1, 1], ["a", "b"]), rebuilt())
    assert points(figure) == [MEANS[[0, 2]].tolist(), MEANS[[1, 3, 4, 5]].tolist()]
    assert legend(figure.axes[0]) == ["a (2)", "b (4)"]


@pytest.mark.parametrize("missing", [np.nan, -1])
def test_missing_words_are_grey_crosses_and_counted(missing: float) -> None:
    figure = figures.latent(of_map([0, missing, 0, 1, missing, 1], ["a", "b"]), rebuilt())
    assert points(figure)[0] == MEANS[[1, 4]].tolist()
    assert legend(figure.axes[0]) == ["a (2)", "b (2)", "kind missing (2)"]


def test_numbers_have_a_scale_of_colours_and_missing_ones_none() -> None:
    figure = figures.latent(of_map([0, 1, np.nan, 3, 4, 5], []), rebuilt())
    left, _, scale = figure.axes
    grey, dots = left.collections
    assert np.asarray(grey.get_offsets()).tolist() == MEANS[[2]].tolist()
    assert np.asarray(dots.get_array()).tolist() == [0, 1, 3, 4, 5]
    assert scale.get_ylabel() == "kind"
    assert legend(left) == ["kind missing (1)"]


def test_where_all_numbers_are_there_the_legend_is_its_title_alone() -> None:
    left = figures.latent(of_map([0, 1, 2, 3, 4, 5], []), rebuilt()).axes[0]
    found = left.get_legend()
    assert found is not None
    assert found.get_title().get_text() == "6 rows"
    assert [line.get_linestyle() for line in found.get_lines()] == ["None"]


def test_of_many_words_the_rare_ones_are_one() -> None:
    means = np.random.default_rng(0).normal(size=(300, 2))
    words = [f"w{place}" for place in range(30)]
    figure = figures.latent(of_map([*np.arange(30), *np.arange(270) % 19], words, means), rebuilt())
    assert len(legend(figure.axes[0])) == 20
    assert legend(figure.axes[0])[-1] == "11 other words (11)"
    assert sum(map(len, points(figure))) == 300


@pytest.mark.parametrize("colour", [[0, 1, 0, 1, np.nan, 1], [0.5, 2, 3, np.nan, 1, 0]])
@pytest.mark.parametrize("words", [["a", "b"], []])
def test_a_single_hidden_variable_stands_below_its_colour(colour: list[float], words: list[str]) -> None:
    if words:
        colour = [0, 1, 0, 1, np.nan, 1]
    figure = figures.latent(of_map(colour, words, MEANS[:, :1]), rebuilt())
    left = figure.axes[0]
    assert (left.get_xlabel(), left.get_ylabel()) == ("mean of z1", "kind")
    heights = [np.asarray(each)[:, 1] for each in points(figure)]
    assert heights[0].max() < min(each.min() for each in heights[1:]), "missing ones below all others"
    assert sum(map(len, heights)) == 6


@pytest.mark.parametrize("words", [["a", "b", "c"], []])
def test_many_points_are_hexagons(words: list[str]) -> None:
    bits = np.random.default_rng(0)
    means = bits.normal(size=(FROM, 2))
    colour = (means[:, 0] > 0).astype(float)
    colour[::50] = np.nan
    figure = figures.latent(of_map(colour.tolist(), words, means), rebuilt())
    kinds = {type(each) for each in figure.axes[0].collections}
    assert PolyCollection in kinds
    assert PathCollection not in kinds
    assert any("the stronger, the more rows" in label for label in legend(figure.axes[0]))


def test_the_reconstruction_is_in_standard_deviations_of_x_on_equal_scales() -> None:
    (axes,) = figures.reconstruction(rebuilt()).axes
    x, again = np.asarray(axes.collections[0].get_offsets()).T
    assert (x.mean(), x.std()) == pytest.approx((0, 1))
    assert again - x == pytest.approx(np.full(6, 1 / np.linspace(0, 10, 6).std()))
    assert axes.get_xlim() == axes.get_ylim()


def test_cells_that_lie_outside_are_counted() -> None:
    x = np.random.default_rng(0).normal(size=4000)
    x[7] = 400
    (axes,) = figures.reconstruction(figures.Rebuilt({"x": (x, 0.5 * x)}, {}, "4,000 rows")).axes
    assert "1 of 4,000 cells lie outside" in axes.get_xlabel() or "2 of 4,000" in axes.get_xlabel()


def test_words_that_come_back_stand_beside_the_most_frequent_one() -> None:
    shown = figures.Rebuilt({}, {"poor": (0.5, 0.5), "good": (0.9, 0.4)}, "6 rows")
    (axes,) = figures.reconstruction(shown).axes
    assert [bar.get_width() for bar in axes.patches] == [0.9, 0.5]  # type: ignore[attr-defined]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["good", "poor"]
    assert np.asarray(axes.collections[0].get_offsets())[:, 0].tolist() == [0.4, 0.5]


def test_few_words_alone_make_a_low_picture() -> None:
    heights = [
        figures.reconstruction(
            figures.Rebuilt({}, {f"w{place}": (0.9, 0.5) for place in range(count)}, "6 rows")
        ).get_figheight()
        for count in (1, 3, 7, 20)
    ]
    assert heights[0] < heights[1] < heights[2] == heights[3]
    assert heights[0] < 2.5


def test_no_name_is_left_out_of_the_legends_and_nothing_is_cut_off(tmp_path: Path) -> None:
    """matplotlib leaves out names that begin with _ unless they are given to the legend itself. Warnings are errors."""
    figure = figures.latent(of_map([0, 1] * 3, ["_a", ""]), rebuilt(["_x", "$y_{", "z" * 300]))
    left, right = figure.axes
    assert legend(left) == ["_a (3)", '"" (3)']
    assert legend(right)[:2] == ["_x", "$y_{"]
    assert fits(figure)
    for name in ("a.png", "b.png"):
        figures.save(figures.latent(of_map([0, 1] * 3, ["_a", ""]), rebuilt()), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
