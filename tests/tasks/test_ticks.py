"""Columns in which one word stands or nothing, and what a model is told of them."""

from pathlib import Path

import numpy as np
import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import ColumnRequest
from aevb_cli.tasks.columns import TrainingTable, assign
from tests.tables.ask import save


def assigned(folder: Path, cells: list[str], **options: object) -> TrainingTable:
    rows = "".join(f"{place % 7},{cell},{place}\n" for place, cell in enumerate(cells))
    given = {"target": None, "features": None, "missing": "learn", "classes": True, "known": True}
    request = ColumnRequest(**{**given, **options})  # type: ignore[arg-type]
    return assign(tables.read(save(folder, f"a,pool,z\n{rows}")), request)


@pytest.mark.parametrize("word", ["x", "yes", "1", "0", "2.5"])
def test_where_a_word_stands_alone_tells_as_much_as_two_words(tmp_path: Path, word: str) -> None:
    cells = [word, "", ""] * 8
    table = assigned(tmp_path, cells)
    assert table.features.names == ("a", "pool")
    pool = table.features.columns[1]
    values = table.features.values[:, 1]
    np.testing.assert_array_equal(np.isnan(values), [not cell for cell in cells])
    assert pool.categories == (word,)
    assert set(values[~np.isnan(values)]) == {0}
    assert table.taken[1].kind == "1 category"


@pytest.mark.parametrize("cells", [["x"] * 24, ["x"] * 20 + [""] * 4, ["x"] * 4 + [""] * 20])
def test_a_constant_with_few_gaps_is_one_and_so_is_a_gap_with_few_cells(tmp_path: Path, cells: list[str]) -> None:
    table = assigned(tmp_path, cells)
    assert table.features.names == ("a",)
    assert table.taken[1].left_out == "constant"


def test_without_rows_with_gaps_it_is_constant(tmp_path: Path) -> None:
    assert assigned(tmp_path, ["x", "", ""] * 8, missing="drop").features.names == ("a",)


def test_a_hidden_z_has_no_use_for_it(tmp_path: Path) -> None:
    found = assigned(tmp_path, ["x", "", ""] * 8, classes=False, known=False, hidden=True)
    assert found.features.names == ("a", "z")


def test_as_a_target_it_is_constant_and_empty_cells_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'pool' is constant.* Empty cells count as unknown"):
        assigned(tmp_path, ["x", "", ""] * 8, target=("pool",))
