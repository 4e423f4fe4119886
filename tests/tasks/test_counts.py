"""Counts of several tables: joined in any order they are those of one table."""

import itertools
import pickle  # noqa: TID251 - as an engine sends it
from pathlib import Path

import numpy as np
import pytest

from aevb_cli.modelfile import trained
from aevb_cli.modelfile.trained import TrainedModel
from aevb_cli.tasks.counts import Counts


@pytest.fixture
def model(workshop: Path) -> TrainedModel:
    return trained.load(workshop / "bnn.safetensors")


def counted(model: TrainedModel, table: str, x: list[float]) -> Counts:
    found, values = Counts(model, "average", table), np.array(x)[:, None]
    found.gaps.add(values)
    found.outside.add(values, range(1, 1 + len(values)))
    return found


PARTS = {"a.csv": [1.0, np.nan, 2.0], "b.csv": [3.0, 900.0, *np.linspace(50, 55, 80)], "c.csv": [-800.0, 4.0, np.nan]}


def test_joined_in_any_order_they_are_those_of_one_table(model: TrainedModel) -> None:
    whole = " ".join(counted(model, "", [*itertools.chain(*PARTS.values())]).sentences())
    assert "record 5: 900" in whole
    told = set()
    for order in itertools.permutations(PARTS):
        first, *others = (pickle.loads(pickle.dumps(counted(model, name, PARTS[name]))) for name in order)
        for each in others:
            first.join(each)
        told.add(" ".join(first.sentences()))
    assert told == {whole.replace("record 5: 900", "b.csv, record 2: 900")}
    assert "2 of 88 rows lack a value" in whole
    assert "2 of 88 rows lie outside" in whole
    assert "of another distribution" in whole


def test_means_that_are_not_finite_are_counted(model: TrainedModel) -> None:
    """Of those alone that are predicted; a spread without end is no fault."""
    found, other = (Counts(model, "skip") for _ in range(2))
    rows = np.array([True, True, True, False])
    found.add_means({"z_mean": np.array([1, np.inf, np.nan, np.nan]), "z_sd": np.full(4, np.inf)}, rows)
    other.add_means({"z_mean": np.arange(3.0), "y_mean": np.array([np.inf, 1, 2])}, rows[:3])
    other.add_means({"z_probability": np.full(2, np.nan)}, rows[:2])
    found.join(other)
    (sentence,) = found.sentences()
    assert sentence.startswith("3 of 8 rows have a mean that is not finite")
