"""A feature of words: a row for each word, whose intervals, means, data and shares are those given."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from aevb_cli import figures
from aevb_cli.figures.words_along import observed_shares
from tests.figures.pictures import WARNED_OF_GLYPHS, fits

RNG = np.random.default_rng(0)
ODD = ["_a", "", "$x_{", "\x1b[31m", "中文", "a word that is longer than the room there is for it"]


def numbers(words: Sequence[str], rows: int = 30) -> figures.Bars:
    mean = RNG.normal(size=len(words))
    bands = [figures.Band("of the mean", mean - 0.1, mean + 0.2), figures.Band("of z", mean - 2, mean + 3)]
    points = (np.arange(rows) % len(words)).astype(float), RNG.normal(size=rows)
    return figures.Bars(("colour", "price"), words, mean, bands, points, f"{rows} rows")


def shares(words: Sequence[str], classes: Sequence[str], rows: int = 60) -> figures.ProbabilityBars:
    p = np.exp(RNG.normal(size=(len(words), len(classes))))
    p /= p.sum(1, keepdims=True)
    points = (np.arange(rows) % len(words)).astype(float), RNG.integers(0, len(classes), rows).astype(float)
    bands = [figures.Band("interval", p - 0.01, p + 0.02)]
    return figures.ProbabilityBars(("colour", "sold"), words, classes, p, bands, points, f"{rows} rows")


def boxes(axes: Axes) -> list[tuple[float, float]]:
    """The left and right ends of the bars in the order of drawing."""
    found = [patch.get_bbox() for patch in axes.patches if isinstance(patch, Rectangle)]
    return [(box.x0, box.x1) for box in found]


def rows_of(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def offsets(axes: Axes) -> list[np.ndarray]:
    return [np.asarray(dots.get_offsets()) for dots in axes.collections]


def test_intervals_means_and_data_are_those_given() -> None:
    given = numbers(["red", "green", "blue"])
    (axes,) = figures.bars([given]).axes
    assert rows_of(axes) == ["red", "green", "blue"]
    narrow, wide = given.bands
    ends = [*zip(wide.lower, wide.upper, strict=True), *zip(narrow.lower, narrow.upper, strict=True)]
    assert np.array(boxes(axes)) == pytest.approx(np.array(ends))
    data, means = offsets(axes)
    assert means.tolist() == [[value, place] for place, value in enumerate(given.mean)]
    found = sorted((round(row), z) for z, row in data)
    assert found == sorted((int(code), z) for code, z in zip(*given.points, strict=True))


def test_the_first_word_stands_above() -> None:
    (axes,) = figures.bars([numbers(["a", "b"])]).axes
    bottom, top = axes.get_ylim()
    assert bottom > top


def test_data_do_not_depend_on_the_order_of_rows() -> None:
    given = numbers(["a", "b"])
    order = RNG.permutation(30)
    codes, z = given.points
    other = figures.Bars(given.names, given.words, given.mean, given.bands, (codes[order], z[order]), given.note)
    one, two = (offsets(figures.bars([rows]).axes[0])[0] for rows in (given, other))
    assert np.array_equal(one, two)


def test_of_many_words_the_most_frequent_are_shown() -> None:
    given = numbers([f"w{n}" for n in range(100)], 170)  # the first seventy have two rows, the others one
    (axes,) = figures.bars([given]).axes
    assert rows_of(axes) == [f"w{n}" for n in range(60)]
    assert axes.get_ylabel() == "colour: the 60 most frequent of 100 words"
    data, means = offsets(axes)
    assert len(data) == 120
    assert means[:, 0].tolist() == given.mean[:60].tolist()


def test_shares_observed() -> None:
    points = np.array([0.0, 0, 0, 0, 2]), np.array([1.0, 1, 0, 1, 0])
    rows = figures.ProbabilityBars(("x", "z"), "abc", ["no", "yes"], np.full((3, 2), 0.5), [], points, "")
    found = observed_shares(rows)
    assert found[[0, 2]].tolist() == [[0.25, 0.75], [1, 0]]
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize(("classes", "drawn"), [(["no", "yes"], [1]), (["a", "b", "c"], [0, 1, 2])])
def test_probabilities_are_those_given(classes: list[str], drawn: list[int]) -> None:
    given = shares(["red", "green"], classes)
    (axes,) = figures.probability_bars([given]).axes
    (band,) = given.bands
    ends = [pair for code in drawn for pair in zip(band.lower[:, code], band.upper[:, code], strict=True)]
    assert np.array(boxes(axes)) == pytest.approx(np.array(ends))
    found = offsets(axes)
    for code, means, observed in zip(drawn, found[::2], found[1::2], strict=True):
        assert means[:, 0].tolist() == given.mean[:, code].tolist()
        assert observed[:, 0].tolist() == observed_shares(given)[:, code].tolist()
        assert np.round(means[:, 1]).tolist() == [0, 1]


@WARNED_OF_GLYPHS
@pytest.mark.parametrize("words", [ODD, ["only"], [f"{'very ' * 9}long {n}" for n in range(70)]], ids=len)
def test_any_words_are_drawn_and_nothing_is_cut_off(words: list[str], tmp_path: Path) -> None:
    """Warnings are errors here. One word has no row."""
    for figure in (
        figures.bars([numbers(words, max(1, len(words) - 1))]),
        figures.probability_bars([shares(words, ODD * 2, max(1, len(words) - 1))]),
    ):
        figures.save(figure, tmp_path / "a.svg")
        assert fits(figure)


@pytest.mark.parametrize("kind", figures.FORMATS)
def test_the_same_bytes_twice(kind: str, tmp_path: Path) -> None:
    first, second = numbers(["a", "b"]), shares(["a", "b"], "abc")
    for name in ("a", "b"):
        figures.save(figures.bars([first]), tmp_path / f"{name}.{kind}")
        figures.save(figures.probability_bars([second]), tmp_path / f"{name}2.{kind}")
    for part in ("", "2"):
        assert (tmp_path / f"a{part}.{kind}").read_bytes() == (tmp_path / f"b{part}.{kind}").read_bytes()
