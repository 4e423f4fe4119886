"""Tables in any form, and names one by one or in a list."""

from pathlib import Path
from typing import Any

import pytest

import aevb_cli as api
from aevb_cli.api import tablelike
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import ReadOptions


def test_a_path_is_a_source_and_a_name() -> None:
    assert (
        tablelike.source(Path("a.csv")) == tablelike.paths_of("a.csv")[0] == tablelike.name_of(Path("a.csv")) == "a.csv"
    )
    table = {"a": [1, 2]}
    assert tablelike.source(table) is table
    assert (tablelike.paths_of(table), tablelike.name_of(table)) == ([], "the table")


def test_the_files_of_a_folder_and_of_a_pattern(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        file.write_text("x\n1\n")
    for given in (tmp_path, str(tmp_path / "*.csv"), files):
        assert tablelike.files_of(given) == [str(file) for file in files]
    assert tablelike.files_of({"a": [1, 2]}) == []


def test_how_a_table_is_read() -> None:
    found = tablelike.read_options("-9", ",", None, "latin-1", header=False, sheet=None, strict=True)
    assert found == ReadOptions(encoding="latin-1", header=False, decimal=",", na=("-9",), strict=True)
    with pytest.raises(UsageError, match="decimal=';'"):
        tablelike.read_options(None, ";", None, None, header=None, sheet=None)  # type: ignore[arg-type]


def test_one_or_several_names() -> None:
    assert tablelike.listed(None) is None
    assert tablelike.listed("a,b") == ["a,b"]
    assert tablelike.listed(("a", "b")) == ["a", "b"]
    assert tablelike.listed(2) == tablelike.listed([2]) == ["2"], (
        "pandas calls columns by numbers where none has a name"
    )


@pytest.mark.parametrize("table", [[{"x": 1}, {"x": 2}], [[1, 2], [3, 4]], [1, 2], [], (1.5,), ["a.csv", 3]])
def test_a_list_of_anything_but_paths_is_no_table(table: list[Any]) -> None:
    assert tablelike.paths_of(table) == tablelike.files_of(table) == []
    assert tablelike.name_of(table) == "the table"
    with pytest.raises(DataError, match=r"is not a table\. Give a path, a data frame"):
        api.train_bnn(table, target="x", max_iterations=1)
