"""Pictures of classes: bins and shares of cases worked out by hand, and what is drawn is what was given."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from aevb_cli import figures
from aevb_cli.figures.reliability import Reliability, confusion, reliability
from tests.figures.pictures import fits, texts

RNG = np.random.default_rng(0)


def target(rows: int, words: Sequence[str], spread: float = 1.5) -> figures.Classes:
    """A target whose probabilities are right."""
    p = np.exp(RNG.normal(size=(rows, len(words))) * spread)
    p /= p.sum(1, keepdims=True)
    observed = (p.cumsum(1) > RNG.random((rows, 1))).argmax(1)
    return figures.Classes("kind", words, observed, p, f"{rows} held-out rows")


def lines(axes: Axes) -> list[Line2D]:
    """The lines but the diagonal."""
    return [line for line in axes.lines if line.get_linestyle() == "-"]


def test_bins_hold_equally_many() -> None:
    """Twenty rows: the ten less probable, of which two happened, and the ten others, of which seven did."""
    p = np.arange(20) / 20
    happened = np.isin(np.arange(20), [3, 8, 10, 11, 12, 14, 16, 18, 19])
    found = reliability(p, happened)
    assert found.predicted == pytest.approx([0.225, 0.725])
    assert found.happened == pytest.approx([0.2, 0.7])
    assert np.all(found.lower <= found.predicted)
    assert np.all(found.predicted <= found.upper)


@pytest.mark.parametrize("others", [5, 10])
def test_equal_probabilities_stay_together(others: int) -> None:
    """Rows of 0.1, nine of which happened, are one bin, and a few others another."""
    p = np.concatenate([np.full(100 - others, 0.1), np.linspace(0.5, 0.7, others)])
    found = reliability(p, np.concatenate([np.arange(100 - others) < 9, np.ones(others)]))
    assert found.predicted == pytest.approx([0.1, 0.6])
    assert found.happened == pytest.approx([9 / (100 - others), 1.0])


@pytest.mark.parametrize("rows", [1, 9, 150])
def test_alike_is_one_bin(rows: int) -> None:
    found = reliability(np.full(rows, 0.3), np.zeros(rows))
    assert found.predicted == pytest.approx([0.3])
    assert found.happened.tolist() == [0]


def test_the_order_of_rows_does_not_matter() -> None:
    p = np.round(RNG.beta(0.5, 2, 503), 2)
    happened = RNG.random(503) < p
    order = RNG.permutation(503)
    one, other = reliability(p, happened), reliability(p[order], happened[order])
    assert all(np.array_equal(vars(one)[name], vars(other)[name]) for name in vars(Reliability(*[p] * 4)))


def test_chance_leaves_one_bin_in_ten_outside() -> None:
    """Of 200 tables of a model that is right; bounds of whole rows hold somewhat more than 90 %."""
    inside = []
    for _ in range(200):
        p = RNG.beta(0.5, 0.8, 1000)
        found = reliability(p, RNG.random(1000) < p)
        inside.append((found.lower <= found.happened) & (found.happened <= found.upper))
    assert 0.9 <= np.mean(inside) <= 0.96


def test_confusion_counts() -> None:
    p = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.5, 0.5, 0.0]])
    found = confusion(figures.Classes("kind", ["a", "b", "c"], np.array([0, 2, 2, 1]), p, ""))
    assert found.tolist() == [[1, 0, 0], [1, 0, 0], [1, 0, 1]]


def test_of_two_classes_the_second_is_drawn() -> None:
    rows = target(300, ["no", "yes"])
    axes, matrix, _ = figures.classes([rows]).axes
    (line,) = lines(axes)
    expected = reliability(rows.probabilities[:, 1], rows.observed == 1)
    assert np.asarray(line.get_xydata()) == pytest.approx(np.column_stack([expected.predicted, expected.happened]))
    assert {text.get_text() for text in matrix.texts} == {str(count) for count in confusion(rows).flat}
    shares = np.asarray(matrix.images[0].get_array())
    assert shares.sum(1) == pytest.approx([1, 1])


@pytest.mark.parametrize(("words", "count"), [("abc", 3), ("abcd", 4), ("abcde", 1)])
def test_a_line_for_each_of_a_few_classes(words: str, count: int) -> None:
    assert len(lines(figures.classes([target(200, words)]).axes[0])) == count


def test_the_note_and_every_word_stand_in_the_picture() -> None:
    words = ["_a", "", "$x_{", "\x1b[31m", "中文", "a word that is longer than the room there is for it"]
    found = texts(figures.classes([target(200, words), target(50, ["b", "c"])]))
    assert {"kind: 200 held-out rows", "kind: 50 held-out rows", "_a  1", '""  2', "$x_{  3", "中文  5"} <= set(found)
    assert not any("\x1b" in text for text in found)


def test_a_rare_class_fills_its_axes() -> None:
    p = np.linspace(0, 0.02, 1000)
    rows = figures.Classes("kind", ["a", "b"], (np.arange(1000) % 200 == 0) * 1, np.column_stack([1 - p, p]), "")
    axes = figures.classes([rows]).axes[0]
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlim()[1] < 0.1


ODD = {
    "one row": target(1, "ab"),
    "one class": target(20, ["only"]),
    "alike": figures.Classes("kind", "ab", np.zeros(50, int), np.tile([0.7, 0.3], (50, 1)), ""),
    "certain": figures.Classes("kind", "ab", np.zeros(50, int), np.tile([1.0, 0.0], (50, 1)), ""),
    "many": target(500, [f"{'very ' * 9}long word {n}" for n in range(120)]),
    "several": target(100, "abc"),
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD)
def test_odd_targets_are_drawn(rows: figures.Classes, tmp_path: Path) -> None:
    """Warnings are errors here."""
    figures.save(figures.classes([rows]), tmp_path / "a.svg")


@pytest.mark.parametrize("kind", figures.FORMATS)
def test_the_same_bytes_twice(kind: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        figures.save(figures.classes([ODD["several"]]), tmp_path / f"{name}.{kind}")
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_nothing_is_cut_off() -> None:
    figure = figures.classes([target(200, [f"{'very ' * 9}long word {n}" for n in range(20)]), target(99, "abcd")])
    assert fits(figure)
