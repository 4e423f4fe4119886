"""What must come of packed, typed and several files."""

from typing import Any

from tests.tables.odd_kinds import Odd, Took, boolean, code, date, number, out, refused, taken, time, words

X, Y = number("x", 1.5, 2.5, 4, 5.5), number("y", 10, 20, 30, 25)
XS, YS = number("x", 1.5, 2.5, 4, 5.5, 7, 8.5), number("y", 10, 20, 30, 25, 40, 35)


def column(file: str, v: Took, why: str = "", **options: Any) -> Odd:
    """A file whose first column is v."""
    return taken(file, v, Y, why=why, **options)


PACKED: list[Odd] = [
    *(taken(f"packed.{ending}", X, Y) for ending in ("csv.bz2", "csv.xz", "csv.zst", "zip", "csv.zip")),
    taken("packed_without_the_name_zst.csv", X, Y),
    taken("packed_by_a_mac.zip", X, Y, why="what macOS adds is no table"),
    taken("packed_in_a_folder.zip", X, Y),
    taken("packed_gz_in_a_zip.zip", X, Y),
    refused("packed_two.zip", "a.csv", "b.csv"),
    refused("packed_nothing.zip", "packed_nothing.zip"),
    refused("packed_a_picture.zip", "packed_a_picture.zip"),
    *(refused(f"packed_damaged.csv.{ending}", "damaged or cut short") for ending in ("bz2", "xz", "zst")),
]

TYPED: list[Odd] = [
    taken("typed_numbers.parquet", X, Y),
    column("typed_bool.parquet", boolean("v", True, False, None, True)),
    column("typed_nan.parquet", number("v", 1.5, None, None, 5.5), "a double's NaN is missing"),
    refused("typed_infinite.parquet", "record 2", "'v'", "inf"),
    column("typed_strings.parquet", words("v", "a", "b", None, "a")),
    column("typed_string_numbers.parquet", number("v", 1.5, 2.5, None, 5.5), "numbers that a program kept as text"),
    column("typed_large_string.parquet", words("v", "a", "b", "b", "a")),
    column("typed_dictionary.parquet", words("v", "a", "b", None, "a")),
    column("typed_decimal.parquet", number("v", 1.5, 2.25, None, -3)),
    column("typed_date32.parquet", date("v", "2024-01-31", "2024-02-29", None, "2024-12-01")),
    column("typed_timestamp.parquet", date("v", "2024-01-31T10:00", "2024-02-29T11:30", None, "2024-12-01")),
    column(
        "typed_timestamp_zone.parquet", date("v", "2024-01-31T10:00", "2024-02-29T11:30", None), "in universal time"
    ),
    column("typed_time32.parquet", time("v", "14:30", "09:15", None, "00:00")),
    taken("typed_list_beside.parquet", X, out("l"), Y),
    taken("typed_struct_beside.parquet", X, out("s"), Y),
    taken("typed_binary_beside.parquet", X, out("b"), Y),
    taken("typed_null_column.parquet", X, out("v"), Y),
    column("typed_uint64.parquet", number("v", 1, 2**63, 3, 4)),
    column("typed_int8.parquet", number("v", 1, -2, None, 4)),
    column("typed_half.parquet", number("v", 1.5, 2.5, None, 5.5)),
    refused("typed_no_rows.parquet", "no row", why="predict makes a table without rows of it"),
    taken("typed_pandas_index.parquet", X, Y, out("__index_level_0__")),
    taken("typed_pandas_named_index.parquet", X, Y, out("site")),
    taken("typed_pandas_range_index.parquet", X, Y),
    column("typed_pandas_categorical.parquet", words("v", "low", "high", None, "low")),
    column("typed_pandas_int_with_gaps.parquet", number("v", 1, None, 3, 4)),
    refused("typed_parquet_cut.parquet", "Parquet"),
    taken("typed_parquet_named_csv.csv", X, Y, why="the first bytes tell"),
    taken("typed.feather", X, Y),
    column("typed.arrow", code("v", 7, 9, None, 7), "a dictionary of whole numbers: labels"),
    column("typed_dictionary_of_numbers.feather", code("v", 7, 9, None, 7)),
    column("typed_duration.feather", number("v", 1, 2.5, None, 0.75), "in hours"),
    column("typed_stream.arrows", code("v", 7, 9, None, 7)),
    refused("typed_stream_cut.arrows", "Arrow"),
    refused("typed_damaged_offsets.feather", "Arrow", why="the text of a cell lies outside of the file"),
    refused("typed_damaged_dictionary.feather", "Arrow", why="the words of a dictionary lie outside of the file"),
]

LINES: list[Odd] = [
    *(taken(f"json{rest}", X, Y) for rest in (".jsonl", "_array.json", "_array_indented.json", "_blank_lines.jsonl")),
    *(taken(f"json{rest}", X, Y) for rest in ("_in_a_csv.csv", "_crlf.jsonl", "_bom.jsonl")),
    taken("json_missing_keys.jsonl", number("x", 1.5, None, 4, None), words("k", "a", None, "b", "a"), Y),
    column("json_whole_and_broken.jsonl", number("v", 1, 2.5, 4, 1000)),
    column("json_bool.jsonl", boolean("v", True, False, None, True)),
    taken("json_nested.jsonl", X, out("at"), Y),
    column("json_number_and_word.jsonl", words("v", "1", "a", "1", "a"), "one number among words is a word: told"),
    column("json_dates.jsonl", date("v", "2024-01-31", "2024-02-29", "2024-03-15")),
    column("json_nan.jsonl", number("v", 1.5, None, 4, 5.5), "Python's and pandas' NaN, which JSON does not have"),
    refused("json_broken_line.jsonl", "record 2", "JSON"),
    refused("json_a_list_in_a_line.jsonl", "record 2", "object"),
    refused("json_null_in_a_line.jsonl", "record 1", "object", why="Arrow's parser ends the process there"),
    refused("json_key_twice.jsonl", "record 1", "the key 'x' more than once", why="which of them counts is not known"),
    refused("json_of_columns.json", "one JSON object", "lines=True"),
    refused("json_pandas_default.json", "one JSON object", "lines=True"),
    refused("json_empty_array.json", "empty"),
]

BOOKS: list[Odd] = [
    taken("workbook_one_sheet.xlsx", X, Y),
    taken("workbook_two_sheets.xlsx", X, Y, sheet="data"),
    taken("workbook_two_sheets.xlsx", X, Y, sheet="2"),
    refused("workbook_two_sheets.xlsx", "'nosuch'", "'about'", "'data'", sheet="nosuch"),
    taken("workbook_index.xlsx", out(""), X, Y),
    taken("workbook_title_merged.xlsx", X, Y),
    column("workbook_dates.xlsx", date("v", "2024-01-31", "2024-02-29", None, "2024-12-01")),
    column("workbook_times.xlsx", time("v", "14:30", "09:15", None, "00:00")),
    column("workbook_bool.xlsx", boolean("v", True, False, None, True)),
    column("workbook_words_and_gaps.xlsx", words("v", "a", "b", None, "a")),
    column("workbook_numbers_as_text.xlsx", number("v", 1.5, 2.5, 4, 5.5)),
    column("workbook_error_cells.xlsx", number("v", 1.5, None, 4, None)),
    refused("workbook_formulas.xlsx", "'v'", why="formulas whose values no program has saved"),
    column("workbook_percent.xlsx", number("v", 0.05, 0.125, 1, 0.07), "the number that is stored"),
    taken("workbook_empty_rows.xlsx", X, Y, why="blank rows are none, as blank lines of a CSV"),
    taken("workbook_far_cell.xlsx", X, Y, out(""), why="a note beside the table is a column without a name"),
    refused("workbook_no_cells.xlsx", "nothing stands"),
    refused("workbook_cut.xlsx", "workbook_cut.xlsx"),
    refused("workbook_old.xls", ".xls"),
]

FOLDERS: list[Odd] = [
    taken("folder_of_parts", XS, YS),
    taken("folder_other_order", XS, YS, why="columns go by name"),
    taken("folder_with_notes", X, Y, why="only tables are read"),
    refused("folder_deep", "folder_deep", why="folders in it are not searched"),
    refused("folder_other_columns", "part2.csv", "'y'"),
    refused("folder_other_kinds", "part2.csv", "'x'", "'warm'"),
    taken("folder_two_formats", XS, YS),
    refused("folder_without_tables", "folder_without_tables"),
]
