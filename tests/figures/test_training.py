"""The training curve: a panel per term, and early values do not flatten the rest."""

import numpy as np
import pytest

from aevb_cli import figures
from tests.figures.pictures import fits, texts


def test_a_panel_for_each_term() -> None:
    iterations = np.arange(100)
    terms = {"ELBO": np.log1p(iterations), "KL": np.sqrt(iterations)}
    panels = figures.trace(iterations, terms).axes
    assert [axes.get_title("left") for axes in panels] == list(terms)
    for axes, values in zip(panels, terms.values(), strict=True):
        assert axes.lines[0].get_ydata() == pytest.approx(values)


def test_early_values_do_not_flatten_the_rest() -> None:
    values = np.concatenate([np.full(5, -1e6), np.linspace(0, 1, 95)])
    (axes,) = figures.trace(np.arange(100), {"ELBO": values}).axes
    assert axes.get_ylim() == pytest.approx((-0.08, 1.08))


def test_the_iteration_whose_weights_were_kept() -> None:
    figure = figures.trace(np.array([100, 200]), {"ELBO": np.zeros(2), "KL": np.ones(2)}, 100)
    assert "iteration 100, whose weights were kept" in texts(figure)
    for axes in figure.axes:
        assert axes.lines[1].get_xdata() == [100, 100]
    assert fits(figure)
