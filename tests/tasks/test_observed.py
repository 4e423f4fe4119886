"""Rows in blocks of one size, however they came, with what was observed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.modelfile import trained
from aevb_cli.settings import Unseen
from aevb_cli.tasks import observed
from aevb_cli.tasks.gaps import GapCount
from aevb_cli.tasks.observed import Rows


def block(first: int, size: int) -> Rows:
    x = np.arange(first, first + size, dtype=float)
    return Rows(first, x[:, None], -x[:, None], x % 2 == 0)


@pytest.mark.parametrize("sizes", [(10,), (1,) * 10, (3, 0, 4, 3), (4, 4, 2), (0, 10, 0)])
def test_the_blocks_are_the_same_however_rows_come(sizes: tuple[int, ...]) -> None:
    starts = np.cumsum([0, *sizes]).tolist()
    found = list(observed.regrouped((block(*each) for each in zip(starts, sizes, strict=False)), 4))
    assert [(each.first, len(each)) for each in found] == [(0, 4), (4, 4), (8, 2)]
    assert np.concatenate([each.x for each in found])[:, 0].tolist() == [*range(10)]
    assert np.concatenate([each.z for each in found])[:, 0].tolist() == [-each for each in range(10)]
    assert np.concatenate([each.skipped for each in found]).tolist() == [True, False] * 5


def test_of_no_row_there_is_an_empty_block() -> None:
    assert [len(each) for each in observed.regrouped([block(0, 0)], 4)] == [0]
    assert [len(each) for each in observed.regrouped([block(0, 4), block(4, 0)], 4)] == [4]


def found(kinds: Path, table: pd.DataFrame, unseen: Unseen = "error") -> Rows:
    model = trained.load(kinds / "mixed.safetensors")
    columns, targets = [*model.features, *model.targets], [each.column for each in model.targets]
    chunks = tables.stream(table, columns, chunk_rows=1000, optional=targets, unseen=unseen)
    (rows,) = observed.rows(model, "the table", chunks, GapCount(model, "average"), unseen)
    return rows


def test_classes_are_codes_and_what_is_not_there_is_missing(kinds: Path) -> None:
    table = pd.read_csv(kinds / "kinds.csv")[:20]
    rows = found(kinds, table.drop(columns="answer"))
    assert rows.x.shape == (20, 3)
    assert rows.z[:, 0].tolist() == table["grade"].map({"low": 0, "mid": 1, "very high": 2}).tolist()
    assert np.isnan(rows.z[:, 1]).all()
    assert rows.z[:, 2].tolist() == (table["code"] - 1).tolist()
    assert rows.z[:, 3].tolist() == table["visits"].tolist()


def test_a_class_that_did_not_train(kinds: Path) -> None:
    table = pd.read_csv(kinds / "kinds.csv")[:3].assign(code=[1, 5, 2], grade=["new", "low", "low"])
    with pytest.raises(DataError, match="new"):
        found(kinds, table)
    with pytest.raises(DataError, match="5 cannot be a value of this target"):
        found(kinds, table.assign(grade="low"))
    rows = found(kinds, table, "missing")
    assert np.isnan(rows.z[:, [0, 2]]).tolist() == [[True, False], [False, True], [False, False]]


def test_an_impossible_count_is_refused(kinds: Path) -> None:
    table = pd.read_csv(kinds / "kinds.csv")[:3].assign(visits=[1, 2.5, 0])
    with pytest.raises(DataError, match=r"record 2, column 'visits': 2\.5 cannot be"):
        found(kinds, table)
