"""The map of a hidden z: coloured by words or numbers, and the reconstruction beside it."""

from collections.abc import Sequence

import numpy as np
import pytest

from aevb_cli import figures
from tests.figures.pictures import legend

MEANS = np.column_stack([np.linspace(-1, 1, 6), np.arange(6.0)])


def drawn(colour: np.ndarray, words: Sequence[str]) -> figures.Figure:
    x = np.linspace(0, 10, 6)
    return figures.latent(figures.Latent(MEANS, "kind", colour, words, {"x": (x, x + 1)}))


def test_a_colour_for_each_word() -> None:
    left, _ = drawn(np.array([0, 1, 0, 1, 1, 1.0]), ["a", "b"]).axes
    assert [np.asarray(dots.get_offsets()).tolist() for dots in left.collections] == [
        MEANS[[0, 2]].tolist(),
        MEANS[[1, 3, 4, 5]].tolist(),
    ]


def test_numbers_have_a_scale_of_colours() -> None:
    left, _, scale = drawn(np.arange(6.0), []).axes
    assert np.asarray(left.collections[0].get_array()).tolist() == list(range(6))
    assert scale.get_ylabel() == "kind"


def test_the_reconstruction_is_in_standard_deviations_of_x() -> None:
    _, right = drawn(np.zeros(6), ["a"]).axes
    x, again = np.asarray(right.collections[0].get_offsets()).T
    assert (x.mean(), x.std()) == pytest.approx((0, 1))
    assert again - x == pytest.approx(np.full(6, 1 / np.linspace(0, 10, 6).std()))


def test_no_name_is_left_out_of_the_legends() -> None:
    """matplotlib leaves out names that begin with _ unless they are given to the legend itself."""
    x = np.linspace(0, 1, 6)
    shown = figures.Latent(MEANS, "kind", np.arange(6) % 2, ["_a", ""], {"_x": (x, x), "y": (x, x)})
    left, right = figures.latent(shown).axes
    assert [legend(left), legend(right)] == [["_a", ""], ["_x", "y"]]
