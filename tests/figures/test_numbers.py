"""Pictures of numbers: what the report's figures have."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from aevb_cli import figures
from aevb_cli.figures.canvas import BLUE, INK, ORANGE, Band
from tests.figures.pictures import curve, fits, legend, title


def test_figure_1_has_what_the_report_has() -> None:
    figure = figures.curves([curve(bands=2)])
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("age", "pay in €")
    assert legend(axes) == ["90 % interval", "50 % interval", "mean", "data"]
    line = axes.lines[-1]
    assert line.get_color() == INK
    assert line.get_ydata() == pytest.approx(curve().mean)


def test_names_with_a_dollar_sign_are_no_formula(tmp_path: Path) -> None:
    """matplotlib reads text between dollar signs as TeX, and fails where it is none."""
    odd = figures.Curve(("$x_{", "$\\nope$"), *list(vars(curve()).values())[1:])
    figures.save(figures.curves([odd]), tmp_path / "a.png")


def test_no_target_is_left_out_of_the_legend() -> None:
    """matplotlib leaves out names that begin with _ unless they are given to the legend itself."""
    t = np.linspace(0, 1, 5)
    (axes,) = figures.calibration(t, {"_z": t, "b": t}, 99, "99 held-out rows").axes
    assert legend(axes) == ["90 % of chance variation", "_z", "b"]
    assert title(axes) == "99 held-out rows"
    assert axes.get_aspect() == 1


def colours(axes: Axes) -> list[str]:
    """Of the bands in the order of drawing."""
    return [
        to_hex(np.asarray(each.get_facecolor())[0, :3].tolist())
        for each in axes.collections
        if isinstance(each, PolyCollection)
    ]


def test_intervals_of_z_and_of_its_mean_have_two_hues_and_all_of_nine_levels_are_drawn() -> None:
    x = np.linspace(0, 1, 20)
    levels = np.arange(1, 10) / 10
    bands = [Band(f"{level:g} of z", x - level, x + level) for level in levels]
    bands += [Band(f"{level:g} of E", x - level / 9, x + level / 9, of_mean=True) for level in levels]
    figure = figures.curves([figures.Curve(("x", "z"), (x, x), x, x, "mean", bands, "20 of 99 rows")])
    (axes,) = figure.axes
    assert colours(axes) == [ORANGE] * 9 + ["#ffffff"] + [BLUE] * 9
    shown = axes.get_legend()
    assert shown is not None
    assert len(legend(axes)) == 20
    strengths = [patch.get_alpha() for patch in shown.get_patches()]
    assert len(set(strengths)) == 18, "each can be told from the next"
    assert title(axes) == "20 of 99 rows"
    assert fits(figure)


@pytest.mark.parametrize("rows", [1, 50, 6_000])
def test_legends_do_not_cover_data(rows: int) -> None:
    compared = figures.Comparison("z", *curve(rows).points, [Band("90 %", *curve(rows).points)], "which")
    for figure in (figures.curves([curve(rows)]), figures.observed_against_predicted([compared])):
        figure.draw_without_rendering()
        for axes in figure.axes:
            shown = axes.get_legend()
            assert shown is not None
            assert shown.get_window_extent().y0 >= axes.get_window_extent().y1 - 1
        assert fits(figure)


def test_observed_and_predicted_have_equal_scales_and_every_level() -> None:
    z = np.linspace(0, 10, 30)
    bands = [Band(f"{level} %", z - level / 10, z + level / 10) for level in (50, 90)]
    far = z.copy()
    far[0] = 1e6  # one prediction far off does not flatten the others
    (axes,) = figures.observed_against_predicted([figures.Comparison("z", z, far, bands, "30 held-out rows")]).axes
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_aspect() == 1
    assert legend(axes) == ["90 %", "50 %", "mean"]
    few = figures.Comparison("z", z, z + 0.1, bands)
    (axes,) = figures.observed_against_predicted([few]).axes
    assert axes.get_xlim()[1] < 25
