"""A table without records: its columns are found or missed as those of any other, and no cell is in them."""

import pytest

from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables.empty import EmptyTable

TABLE = EmptyTable("t.csv", ("x", "k", "id"), 1)


def test_its_columns_have_types_and_no_cells() -> None:
    table = TABLE.conforming([Column("k", ("a", "b")), Column("x")])
    assert (table.names, table.values.shape) == (("k", "x"), (0, 2))
    assert TABLE.conforming([]).values.shape == (0, 0)


def test_a_column_that_it_lacks() -> None:
    with pytest.raises(DataError, match="no column 'y'"):
        TABLE.conforming([Column("y")])


def test_the_error_where_rows_are_needed_names_its_columns() -> None:
    labelled = EmptyTable("t.csv", ("x", "k\x001", "k\x002"), 1)
    assert str(labelled.error()) == "t.csv: it has columns ('x', 'k' and 'k') and no row."


def test_the_error_says_what_was_read_of_the_file() -> None:
    told = "sheet 'Notes' is read, not 'Data'. Name another with --sheet."
    sheet = EmptyTable("t.xlsx", ("x",), 1, notes=(f"t.xlsx: {told}",))
    assert str(sheet.error()) == f"t.xlsx: it has columns ('x') and no row: {told}"


def test_all_its_columns_are_written() -> None:
    assert [(len(column), str(column.type)) for column in TABLE.text()] == [(0, "string")] * 3
    assert len(TABLE.text(["id"])) == 1
