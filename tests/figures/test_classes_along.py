"""Probabilities along one feature: what is drawn is what was given, for two classes, a few, and many."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from aevb_cli import figures
from aevb_cli.figures.canvas import COLOURS, GREY, INK
from aevb_cli.figures.classes_along import most_probable
from tests.figures.pictures import WARNED_OF_GLYPHS, fits, legend

RNG = np.random.default_rng(0)
X = np.linspace(0, 10, 40)


def curve(words: Sequence[str], levels: Sequence[float] = (0.1, 0.03)) -> figures.ProbabilityCurve:
    p = np.exp(RNG.normal(size=(len(X), len(words))))
    p /= p.sum(1, keepdims=True)
    bands = [figures.Band(f"within {level}", p - level, p + level) for level in sorted(levels)]
    points = RNG.uniform(0, 10, 60), np.arange(60) % len(words)
    return figures.ProbabilityCurve(("age", "kind"), X, words, p, bands, points, "60 rows")


def rugs(axes: Axes) -> dict[str, list[list[float]]]:
    """The marks of the data by their colour."""
    found: dict[str, list[list[float]]] = {}
    for marks in axes.collections:
        if isinstance(marks, PathCollection):
            found.setdefault(to_hex(np.asarray(marks.get_edgecolor())[0]), []).append(
                np.asarray(marks.get_offsets())[:, 0].tolist()
            )
    return found


def test_of_two_classes_the_second_is_drawn() -> None:
    given = curve(["no", "yes"])
    (axes,) = figures.probability_curves([given]).axes
    (line,) = axes.lines
    assert line.get_color() == INK
    assert np.asarray(line.get_ydata()).tolist() == given.mean[:, 1].tolist()
    x, codes = given.points
    assert rugs(axes) == {GREY: [x[codes == 0].tolist(), x[codes == 1].tolist()]}
    assert axes.get_ylabel() == "kind: probability of yes"
    assert legend(axes) == ["within 0.1", "within 0.03", "probability of yes", "data: yes above, no below"]


def test_every_interval_is_drawn_the_widest_behind() -> None:
    given = curve(["no", "yes"])
    (axes,) = figures.probability_curves([given]).axes
    areas = [area for area in axes.collections if not isinstance(area, PathCollection)]
    drawn = [np.asarray(area.get_paths()[0].vertices)[:, 1] for area in areas]
    for y, band in zip(drawn, reversed(given.bands), strict=True):
        assert {*band.lower[:, 1], *band.upper[:, 1]} == set(y)


@pytest.mark.parametrize("count", [3, 8])
def test_a_line_and_marks_for_each_of_a_few_classes(count: int) -> None:
    given = curve([f"class {n}" for n in range(count)])
    (axes,) = figures.probability_curves([given]).axes
    assert [np.asarray(line.get_ydata()).tolist() for line in axes.lines] == given.mean.T.tolist()
    x, codes = given.points
    assert rugs(axes) == {COLOURS[code]: [x[codes == code].tolist()] for code in range(count)}
    assert axes.get_ylim()[0] < -0.045 * count


def test_of_many_classes_the_others_are_summed() -> None:
    given = curve([f"class {n}" for n in range(20)])
    shown = most_probable(given.mean)
    (axes,) = figures.probability_curves([given]).axes
    *lines, others = axes.lines
    assert [np.asarray(line.get_ydata()).tolist() for line in lines] == given.mean.T[shown].tolist()
    assert np.asarray(others.get_ydata()) == pytest.approx(1 - given.mean[:, shown].sum(1))
    assert legend(axes)[:8] == [*(f"class {place}" for place in shown), "13 others"]
    assert sum(len(marks) for each in rugs(axes).values() for marks in each) == 60


def test_the_most_probable_are_shown() -> None:
    mean = np.full((5, 10), 0.01)
    mean[:, 3] = 0.91
    assert 3 in most_probable(mean)
    assert most_probable(mean) == [0, 1, 2, 3, 4, 5, 6]
    assert most_probable(mean[:, :8]) == list(range(8))


@WARNED_OF_GLYPHS
@pytest.mark.parametrize(
    "given",
    [curve(["_a", ""], ()), curve(["中文", "$x_{", "\x1b[31m"]), curve([f"{'very ' * 9}long {n}" for n in range(30)])],
    ids=["two", "three", "many"],
)
def test_any_words_are_drawn_and_nothing_is_cut_off(given: figures.ProbabilityCurve, tmp_path: Path) -> None:
    """Warnings are errors here."""
    figure = figures.probability_curves([given] * 2)
    figures.save(figure, tmp_path / "a.svg")
    assert fits(figure)


@pytest.mark.parametrize("kind", figures.FORMATS)
def test_the_same_bytes_twice(kind: str, tmp_path: Path) -> None:
    given = curve("abc")
    for name in ("a", "b"):
        figures.save(figures.probability_curves([given]), tmp_path / f"{name}.{kind}")
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
