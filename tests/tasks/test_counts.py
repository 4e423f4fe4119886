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
