"""Hexagons hold all points, and have the colour of what most of them are."""

import numpy as np
from matplotlib.colors import to_rgb

from aevb_cli.figures.canvas import BLUE, ORANGE, panels_of
from aevb_cli.figures.density import hexagons

POINTS = np.array([[0.0, 0.0]] * 30 + [[1.0, 1.0]] * 70 + [[1.0, 0.0]] * 5)


def test_a_hexagon_has_the_mean_of_its_points_whose_value_is_known() -> None:
    _, (axes,) = panels_of(1, 4, 4)
    values = np.array([1.0, np.nan, 3.0] * 10 + [5.0] * 70 + [7.0] * 5)
    drawn, most = hexagons(axes, POINTS, values)
    assert most == 70
    assert sorted(np.asarray(drawn.get_array()).tolist()) == [2.0, 5.0, 7.0]
    strength = dict(zip(np.asarray(drawn.get_array()).tolist(), drawn.get_alpha().tolist(), strict=True))
    assert strength[5.0] == 1
    assert strength[7.0] < strength[2.0] < 1


def test_a_hexagon_without_a_value_is_drawn_all_the_same_and_is_no_part_of_the_scale() -> None:
    _, (axes,) = panels_of(1, 4, 4)
    values = np.array([2.0] * 30 + [5.0] * 70 + [np.nan] * 5)
    drawn, _ = hexagons(axes, POINTS, values)
    assert np.ma.getmaskarray(drawn.get_array()).sum() == 1
    assert len(drawn.get_array()) == 3
    assert drawn.get_clim() == (2, 5)


def test_a_hexagon_has_the_colour_of_its_most_frequent_word() -> None:
    _, (axes,) = panels_of(1, 4, 4)
    values = np.array([0.0, 0.0, 1.0] * 10 + [1.0] * 70 + [np.nan] * 5)
    drawn, _ = hexagons(axes, POINTS, values, [BLUE, ORANGE])
    found = {tuple(colour[:3]) for colour in np.asarray(drawn.get_facecolor()).tolist()}
    assert found == {to_rgb(BLUE), to_rgb(ORANGE), to_rgb("#9a9a9a")}
