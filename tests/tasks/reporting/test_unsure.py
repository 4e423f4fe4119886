"""The rows that a model is least sure of are those of the widest intervals."""

from pathlib import Path

import numpy as np

import aevb_cli as aevb
from aevb_cli.pages import Grid
from aevb_cli.tasks.reporting import unsure
from aevb_cli.tasks.reporting.predicted import Predicted
from tests.tasks.reporting.models import loaded


def test_the_widest_intervals_first(workshop: Path) -> None:
    model = loaded(workshop, "bnn")
    _, table = unsure.section(model, Predicted(model, 40, 0)).parts
    assert isinstance(table, Grid)
    predicted = aevb.load(workshop / "bnn.safetensors").predict(workshop / "data.csv", draws=40)
    order = np.argsort(-(predicted["z_upper_90"] - predicted["z_lower_90"]).to_numpy(), kind="stable")
    expected = [f"{value:.5g}".replace("-", "−") for value in predicted["x"].to_numpy()[order[: len(table.rows)]]]  # noqa: RUF001
    assert [row[0] for row in table.rows] == expected
    assert table.header[1] == "z, observed"


def test_of_classes_the_least_certain(kinds: Path) -> None:
    model = loaded(kinds, "answer")
    _, table = unsure.section(model, Predicted(model, 40, 0)).parts
    assert isinstance(table, Grid)
    place = list(table.header).index("probability")
    assert all(float(row[place].rstrip("%").strip()) < 60 for row in table.rows)
    assert {row[place - 1] for row in table.rows} <= {"yes", "no"}


def test_wide_tables_are_cut(workshop: Path) -> None:
    model = loaded(workshop, "several")
    assert unsure.caption(model, 8, "Rows") == "Rows: 8 of 120 training rows"
