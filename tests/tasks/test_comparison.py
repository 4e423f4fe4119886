"""Predicted beside observed: held-out rows by networks that have not seen them, at any level."""

from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from torch import Generator

from aevb_cli.core.calibration.held_out import PROBABILITIES
from aevb_cli.modelfile import trained
from aevb_cli.tasks import comparison
from tests.figures.pictures import texts

GIVEN = [0.5, 0.9]


@pytest.mark.parametrize("probability", [1e-9, 0.002, 0.03, 0.5, 0.62, 0.999, 1 - 1e-9])
def test_between_known_quantiles_a_gaussian_is_met_exactly(probability: float) -> None:
    p = NormalDist(3.0, 2.0)
    known = np.array([[p.inv_cdf(each) for each in PROBABILITIES]])
    expected = p.inv_cdf(min(max(probability, 1e-6), 1 - 1e-6))
    assert comparison.quantiles(known, probability) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["several", "targets", "guaranteed"])
def test_intervals_of_held_out_rows_hold_as_many_as_is_expected(name: str, workshop: Path) -> None:
    model = trained.load(workshop / f"{name}.safetensors")
    rows = model.predicted
    assert rows.shape == (model.facts["held_out"]["rows"], len(model.targets), 2 + len(PROBABILITIES))
    assert (np.diff(rows[..., 2:], axis=-1) >= 0).all()
    central = np.abs(2 * model.pit - 1)
    for level in GIVEN:  # the interval before recalibration holds the rows whose PIT lies in it
        lower, upper = (comparison.quantiles(rows[:, 0, 2:], (1 + side * level) / 2) for side in (-1, 1))
        inside = (lower <= rows[:, 0, 0]) & (rows[:, 0, 0] <= upper)
        assert abs(inside.mean() - (central[:, 0] <= level).mean()) < 0.03


def test_the_rows_are_said(workshop: Path) -> None:
    model = trained.load(workshop / "several.safetensors")
    predictor = model.model.drawn(1, Generator())
    figure = comparison.drawn(model, predictor, None, GIVEN, [0])
    assert f"{len(model.predicted)} held-out rows" in texts(figure)
    (axes,) = figure.axes
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_aspect() == 1
    older = replace(model, predicted=model.predicted[:0])
    assert "120 training rows, which the model has seen" in texts(comparison.drawn(older, predictor, None, GIVEN, [0]))
    assert "5 rows" in texts(comparison.drawn(model, predictor, model.rows[:5], GIVEN, [0]))


def test_rows_are_counted_of_how_many(workshop: Path) -> None:
    model = trained.load(workshop / "vae.safetensors")
    assert comparison.counted(model, 150, None) == "150 training rows"
    assert comparison.counted(model, 40, None) == "40 of 150 training rows"
