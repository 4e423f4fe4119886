"""Long words, words that look the same when shortened, and legends that stand where no data are."""

import numpy as np
import pytest

from aevb_cli import figures
from aevb_cli.figures.canvas import panels_of
from aevb_cli.figures.captions import distinct, fit_names, legend_above, shortened, width
from tests.figures.pictures import fits


@pytest.mark.parametrize("word", ["", " ", "a" * 11, "a" * 500, "中" * 30, "a中" * 9, "\x1b" * 9, "_", "$x_{"])
@pytest.mark.parametrize("longest", [3, 10, 11, 24])
def test_no_word_is_wider(word: str, longest: int) -> None:
    (label,) = shortened([word], longest)
    assert 0 < width(label) <= longest
    assert label.isprintable()


def test_a_word_that_fits_stays() -> None:
    assert shortened(["setosa", "中文"], 6) == ["setosa", "中文"]


def test_a_number_tells_labels_apart() -> None:
    labels = distinct(shortened([f"a very long word, the number {n} of all" for n in range(12)], 12))
    assert len(set(labels)) == 12
    assert labels[0].startswith("1: a very")


def test_a_legend_stands_above_the_axes_and_leaves_no_name_out() -> None:
    figure, (axes,) = panels_of(1, 4, 3)
    lines = axes.plot(np.arange(3), np.arange(6).reshape(3, 2))
    legend_above(axes, lines, ["_a", ""])
    figure.draw_without_rendering()
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["_a", ""]
    assert legend.get_window_extent().y0 >= axes.get_window_extent().y1
    assert isinstance(figure, figures.Figure)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e12])
def test_a_legend_is_clear_of_the_ticks_power_of_ten(size: float) -> None:
    figure, (axes,) = panels_of(1, 6.4, 4)
    legend_above(axes, axes.plot([0, 1], [0, 7 * size]), ["E(z | x)"], "600 training rows")
    figure.draw_without_rendering()
    legend, power = axes.get_legend(), axes.yaxis.get_offset_text()
    assert legend is not None
    assert bool(power.get_text()) == (size != 1)
    assert not (power.get_text() and legend.get_window_extent().overlaps(power.get_window_extent()))


@pytest.mark.parametrize("count", [1, 2])
def test_a_legend_is_no_wider_than_its_panel(count: int) -> None:
    figure, axes_of = panels_of(count, 6.4, 4)
    for axes in axes_of:
        legend_above(axes, axes.plot(np.ones((2, 6))), [f"a line of that number {n}" for n in range(6)], "long " * 50)
    figure.draw_without_rendering()
    for place, axes in enumerate(axes_of, start=1):
        legend = axes.get_legend()
        assert legend is not None
        assert legend.get_window_extent().x1 <= place * figure.bbox.width / count
        assert legend.get_window_extent().width > 0.5 * axes.get_window_extent().width


LONG = "gross domestic product per inhabitant in dollars of the year 2015, before taxes and after subsidies"


def test_long_names_are_cut_by_a_word_and_not_by_the_edge() -> None:
    figure, (axes,) = panels_of(1, 6.4, 4.4)
    handles = axes.plot([0, 5], [0, 1])
    axes.set(xlabel=LONG, ylabel=LONG)
    fit_names(axes)
    legend_above(axes, handles, [f"90 % interval of p({LONG} | {LONG})"])
    assert fits(figure)


def test_the_power_of_ten_of_ticks_stands_clear_of_a_name() -> None:
    figure, (axes,) = panels_of(1, 2.5, 2.5)
    axes.plot([0, 5e7], [0, 1])
    axes.margins(x=0)
    axes.set_xlabel("inhabitants of the city")
    fit_names(axes)
    figure.draw_without_rendering()
    power = axes.xaxis.get_offset_text()
    assert power.get_text() == "1e7"
    assert not power.get_window_extent().overlaps(axes.xaxis.label.get_window_extent())
