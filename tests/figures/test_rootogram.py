"""Pictures of counts: bins that suit them, frequencies worked out by hand, and bars that hang from what is expected."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from scipy import stats

from aevb_cli import figures
from aevb_cli.figures.chance import chance
from aevb_cli.figures.rootogram import Counts, bins, counted, tally
from tests.figures.pictures import texts

RNG = np.random.default_rng(0)
HAND = Counts(
    "visits", np.arange(3), np.array([9, 4, 1]), np.array([4.0, 9.0, 1.0]),
    np.array([1, 4, 0]), np.array([9, 16, 4]), "14 held-out rows",
)  # fmt: skip


def poisson(mean: float, rows: int, note: str = "") -> Counts:
    """Counts of a model that is right."""
    observed = RNG.poisson(mean, rows)
    starts = bins(observed)
    below = np.append(stats.poisson.cdf(starts - 1, mean), 1.0)
    return counted("visits", starts, observed, np.tile(np.diff(below), (rows, 1)), note)


def test_bars_hang_from_what_is_expected() -> None:
    (axes,) = figures.counts([HAND]).axes
    (curve,) = (line for line in axes.lines if len(np.asarray(line.get_xdata())) == 3)
    assert np.asarray(curve.get_ydata()).tolist() == [2, 3, 1]
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    band, bars = [box.get_bbox().get_points()[:, 1].tolist() for box in boxes[:3]], boxes[3:]
    assert band == [[-1, 1], [-1, 1], [-1, 1]]
    assert [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars] == [(2, -1), (3, 1), (1, 0)]


def test_the_axes_tell_counts_and_rows() -> None:
    figure = figures.counts([HAND])
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "≥ 2"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "1", "2", "5"]
    assert axes.get_yticks() == pytest.approx(np.sqrt([0, 1, 2, 5]))
    assert "visits: 14 held-out rows" in texts(figure)


@pytest.mark.parametrize(("observed", "expected"), [([0, 3, 1, 1], [1, 2, 0, 1, 0]), ([2], [0, 0, 1, 0])])
def test_small_counts_have_a_bin_each_and_one_for_more(observed: list[int], expected: list[int]) -> None:
    starts = bins(np.array(observed))
    assert starts.tolist() == list(range(max(observed) + 2))
    assert tally(starts, np.array(observed)).tolist() == expected


LARGE = {
    "one far off": np.append(RNG.poisson(2, 500), 10**6),
    "a narrow range": RNG.poisson(1e6, 500),
    "over many magnitudes": np.exp(RNG.normal(7, 3, 3000)).astype(int),
    "even": RNG.integers(0, 1000, 400),
    "all the same": np.full(50, 10**6),
    "a single row": np.array([10**6]),
}


@pytest.mark.parametrize("observed", LARGE.values(), ids=LARGE)
def test_large_counts_are_spread_over_bins(observed: np.ndarray) -> None:
    starts = bins(observed)
    assert starts[0] == 0
    assert np.all(np.diff(starts) > 0)
    assert len(starts) <= 25
    found = tally(starts, observed)
    assert found.sum() == len(observed)
    assert found.max() <= max(0.3 * len(observed), np.bincount(np.unique(observed, return_inverse=True)[1]).max())


def test_frequencies_and_what_chance_gives() -> None:
    p = np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [0.3, 0.3, 0.4], [0.0, 1.0, 0.0]])
    found = counted("visits", np.array([0, 1, 10]), np.array([0, 12, 9, 1]), p, "")
    assert found.observed.tolist() == [1, 2, 1]
    assert found.expected == pytest.approx([0.9, 1.75, 1.35])
    assert [*zip(found.lower, found.upper, strict=True)] == [chance(column) for column in p.T]


def test_chance_leaves_one_bar_in_ten_outside() -> None:
    """Of 100 tables of a model that is right; bounds of whole rows hold somewhat more than 90 %."""
    inside = []
    for _ in range(100):
        rows = poisson(4, 500)
        inside.append(((rows.lower <= rows.observed) & (rows.observed <= rows.upper))[:9])
    assert 0.9 <= np.mean(inside) <= 0.97


@pytest.mark.parametrize("mean", [0.01, 2, 1e6])
@pytest.mark.parametrize("rows", [1, 300])
def test_any_counts_are_drawn(mean: float, rows: int, tmp_path: Path) -> None:
    """Warnings are errors here."""
    figures.save(figures.counts([poisson(mean, rows, "$x_{ held-out rows")] * 2), tmp_path / "a.svg")


@pytest.mark.parametrize("kind", figures.FORMATS)
def test_the_same_bytes_twice(kind: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        figures.save(figures.counts([HAND]), tmp_path / f"{name}.{kind}")
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
