"""Of a hidden z: what is drawn, and that the least expected rows are those that predict says so of."""

from pathlib import Path

import numpy as np

import aevb_cli as aevb
from aevb_cli.pages import Grid, Picture
from aevb_cli.tasks.reporting import hidden
from tests.tasks.reporting.models import loaded


def test_the_least_expected_rows_are_those_of_predict(workshop: Path) -> None:
    *_, unsure = hidden.sections(loaded(workshop, "latent2"), 0)
    (table,) = unsure.parts
    assert isinstance(table, Grid)
    place = list(table.header).index("rank")
    ranks = [float(row[place].rstrip("%").strip()) for row in table.rows]
    assert ranks == sorted(ranks)
    predicted = aevb.load(workshop / "latent2.safetensors").predict(workshop / "factor.csv")
    smallest = np.sort(predicted["px_rank"].to_numpy())[: len(ranks)]
    np.testing.assert_allclose(ranks, 100 * smallest, atol=0.51)


def test_units_and_pictures(people: Path) -> None:
    shown, back, _ = hidden.sections(loaded(people, "people"), 0)
    picture, units = shown.parts
    assert isinstance(picture, Picture)
    assert isinstance(units, Grid)
    assert [row[0] for row in units.rows] == ["z1", "z2"]
    assert [type(part) for part in back.parts].count(Picture) == 2
