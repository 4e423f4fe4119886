"""Tables in any form, and names one by one or in a list."""

from pathlib import Path

from aevb_cli.api import tablelike


def test_a_path_is_a_source_and_a_name() -> None:
    assert (
        tablelike.source(Path("a.csv")) == tablelike.paths_of("a.csv")[0] == tablelike.name_of(Path("a.csv")) == "a.csv"
    )
    table = {"a": [1, 2]}
    assert tablelike.source(table) is table
    assert (tablelike.paths_of(table), tablelike.name_of(table)) == ([], "the table")


def test_one_or_several_names() -> None:
    assert tablelike.listed(None) is None
    assert tablelike.listed("a,b") == ["a,b"]
    assert tablelike.listed(("a", "b")) == ["a", "b"]
