"""A catalogue: every file of tests/odd_tables has one oddity, and here is what must come of it."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from tests.tables.odd_expectations import EXPECTED

ODD = Path(__file__).parents[1] / "odd_tables"
NAN = math.nan

SAME_AS_PLAIN = (
    "plain.csv",
    "blank_lines.csv",
    "blank_lines_crlf.csv",
    "blanks_around_cells.csv",
    "bom.csv",
    "cr.csv",
    "crlf.csv",
    "gzipped.csv.gz",
    "gzipped_in_two_members.csv.gz",
    "gzipped_without_the_name.csv",
    "no_final_newline.csv",
    "not_really.csv.gz",
    "other_notations.csv",
    "pipe.csv",
    "quoted_everywhere.csv",
    "semicolon.csv",
    "tab.csv",
)

ACCEPTED: dict[str, tuple[list[Column], list[list[float]]]] = {
    "large_integers.csv": ([Column("n")], [[9007199254740992.0], [1.2345678901234568e29]]),
    "missing_cells.csv": (
        [Column("x"), Column("region", ("NA", "north", "south"))],
        [[1, 1], [NAN, NAN], [NAN, 0], [NAN, NAN], [5, 2]],
    ),
    "duplicate_names.csv": ([Column("y")], [[2]]),
    "empty_column.csv": ([Column("x")], [[1], [2]]),
    "index_without_a_name.csv": ([Column("x"), Column("y")], [[2, 3]]),
    "latin1.csv": ([Column("x"), Column("city", ("Bern", "Zürich"))], [[1, 0], [2, 1]]),
    "number_among_words.csv": ([Column("x"), Column("code", ("17", "a", "b", "c"))], [[1, 1], [2, 2], [3, 0], [4, 3]]),
    "number_nan.csv": ([Column("x"), Column("y")], [[1, 2], [3, NAN], [5, 6], [7, 8]]),
    "trailing_separator.csv": ([Column("x"), Column("y")], [[1, 2]]),
    "utf16.csv": ([Column("x"), Column("y")], [[1, 2]]),
    "non_ascii.csv": ([Column("größe"), Column("città", ("Zürich", "東京"))], [[1, 0], [2, 1]]),
    "one_column.csv": ([Column("x")], [[1], [2]]),
    "one_record.csv": ([Column("x"), Column("y")], [[1, 2]]),
    "quoted_header.csv": ([Column("a;b"), Column("c,d"), Column('say "x"')], [[1, 2, 3]]),
    "quoted_newline.csv": (
        [Column("x"), Column("note", ("one\nline", 'say "hi"', "two, lines"))],
        [[1, 0], [2, 2], [3, 1]],
    ),
    "separator_inside_quotes.csv": ([Column("a;b"), Column("c")], [[1, 2]]),
    "two_separators_one_consistent.csv": ([Column("a|b"), Column("c")], [[1, 2], [3, 4]]),
}

NO_RECORDS = "header_only.csv"
"""Refused where rows are needed, and read in chunks where they are not."""

READ: dict[str, list[list[float]]] = {
    "booleans.csv": [[1, 1], [2, 0]],
    "dates.csv": [[1, 19753], [2, 19782]],
    "dates_german.csv": [[1, 19753], [2, 19782]],
    "dates_with_times.csv": [[1, 19753 + 10 / 24], [2, 19782 + 11.5 / 24]],
    "identifiers.csv": [[0], [1], [2]],
    "number_decimal_comma.csv": [[1.5, 2], [2.5, 3]],
}
"""Tables whose columns are no plain numbers or words, or are left out: the first values of their first columns."""

REFUSED = {
    # the file
    "empty.csv": ": the file is empty",
    "only_a_bom.csv": ": the file is empty",
    "only_blank_lines.csv": ": the file is empty",
    "workbook.xlsx": ": the zip file is damaged or cut short",
    "truncated.csv.gz": ": the gzip file is damaged or cut short",
    "flipped_byte.csv.gz": ": the gzip file is damaged or cut short",
    "not_really.parquet": ": cannot be read as Parquet: ",
    # the header
    NO_RECORDS: ": it has columns ('x' and 'y') and no row",
    "no_header.csv": ": there is no header; the first line holds numbers ('5.1', '3.5' and 'setosa')",
    "no_header_integers.csv": ": there is no header; the first line holds numbers ('1' and '2')",
    "unclosed_quote_in_header.csv": ", the header has a quote that does not close",
    "two_separators.csv": ": ';' and '|' could both separate the columns. Say which with --separator",
    # the records
    "short_record.csv": ", record 2 has 1 cell where the header has 2",
    "short_record_text.csv": ", record 2 has 1 cell where the header has 2",
    "long_record.csv": ", record 2 has 3 cells where the header has 2",
    "blanks_in_a_line.csv": ", record 2 has 1 cell where the header has 2",
    "unclosed_quote.csv": ", record 2 has a quote that does not close",
    "quote_inside_a_cell.csv": ", record 2 has a quote that does not close, or that stands inside a cell",
    "text_after_a_quote.csv": ", record 1 has a quote that does not close, or that stands inside a cell",
    "nul_byte.csv": ", record 2 holds a NUL byte",
    # the cells
    "number_oops.csv": ", record 2, column 'y': 'oops' is not a plain finite number",
    "number_quoted_word.csv": ", record 2, column 'y': 'no, data' is not a plain finite number",
    "number_two_numbers.csv": ", record 2, column 'y': '1 2' is not a plain finite number",
    "number_decimal_comma_quoted.csv": ", record 2, column 'y': '1,5' is not a plain finite number",
    "number_arabic_digits.csv": ", record 2, column 'y': '١٢' is not a plain finite number",
    "number_full_width_digits.csv": ", record 2, column 'y': '\uff11\uff12' is not a plain finite number",
    "number_hexadecimal.csv": ", record 2, column 'y': '0x10' is not a plain finite number",
    "number_minus_inf.csv": ", record 2, column 'y': '-inf' is not a plain finite number",
    "number_overflow.csv": ", record 2, column 'y': '1e999' is not a plain finite number",
    "number_percent.csv": ", column 'y': its numbers are in '%' and 'no unit'",
    "number_underscore.csv": ", record 2, column 'y': '1_000' is not a plain finite number",
}


def test_the_catalogue_is_complete() -> None:
    expected = {odd.file for odd in EXPECTED}
    assert expected.isdisjoint({*SAME_AS_PLAIN, *ACCEPTED, *READ, *REFUSED})
    assert {path.name for path in ODD.iterdir()} == {*SAME_AS_PLAIN, *ACCEPTED, *READ, *REFUSED, *expected}


@pytest.mark.parametrize("name", SAME_AS_PLAIN)
def test_the_same_table_written_differently(name: str) -> None:
    table = tables.read(str(ODD / name)).typed().table
    assert table.columns == (Column("x"), Column("size"), Column("region", ("north", "south")))
    assert table.values.tolist() == [[1.5, 10, 0], [-2, 20, 1], [300, 30, 0]]
    assert table.digest() == tables.read(str(ODD / "plain.csv")).typed().table.digest()


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_table_that_is_one(name: str) -> None:
    columns, rows = ACCEPTED[name]
    table = tables.read(str(ODD / name)).typed().table
    assert table.columns == tuple(columns)
    assert str(table.values.tolist()) == str([[float(cell) for cell in row] for row in rows])


@pytest.mark.parametrize("name", READ)
def test_an_odd_table_that_is_read_as_its_columns_agree(name: str) -> None:
    found = tables.read(str(ODD / name)).typed().table.values[: len(READ[name]), : len(READ[name][0])]
    assert found.tolist() == [pytest.approx(row) for row in READ[name]]


@pytest.mark.parametrize("name", REFUSED)
def test_an_odd_table_that_is_none(name: str) -> None:
    path = str(ODD / name)
    with pytest.raises(DataError) as caught:
        tables.read(path).typed()
    assert str(caught.value).startswith(path + REFUSED[name])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("chunk_rows", [1, 2, 1000])
@pytest.mark.parametrize("name", sorted({*SAME_AS_PLAIN, *ACCEPTED, *READ, *REFUSED} - {NO_RECORDS}))
def test_a_stream_equals_a_read(name: str, chunk_rows: int) -> None:
    path = str(ODD / name)
    assert outcome_of_stream(path, chunk_rows) == outcome_of_read(path)


def test_a_stream_of_no_records_has_the_names_all_the_same() -> None:
    (chunk,) = tables.stream(str(ODD / NO_RECORDS), [Column("x")], chunk_rows=9)
    assert (chunk.names, len(chunk.table)) == (("x", "y"), 0)


def outcome_of_read(path: str) -> Sequence[object]:
    try:
        raw = tables.read(path)
        table = raw.conforming([Column(name) for name in raw.data])
    except DataError as error:
        return [str(error)]
    return [table.values.tobytes("C"), *(column.to_pylist() for column in raw.text())]


def outcome_of_stream(path: str, chunk_rows: int) -> Sequence[object]:
    try:
        names = next(iter(tables.stream(path, [], chunk_rows=1))).raw.data
        chunks = list(tables.stream(path, [Column(name) for name in names], chunk_rows=chunk_rows))
    except DataError as error:
        return [str(error)]
    assert all(0 < len(chunk.table) <= chunk_rows for chunk in chunks)
    text = zip(*(chunk.text for chunk in chunks), strict=True)
    return [
        b"".join(chunk.table.values.tobytes("C") for chunk in chunks),
        *([cell for column in pieces for cell in column.to_pylist()] for pieces in text),
    ]
