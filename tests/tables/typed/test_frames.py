"""Data frames of every kind give the table that their CSV file gives, or the same error."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aevb_cli import tables
from aevb_cli.errors import DataError
from aevb_cli.settings import Column
from aevb_cli.tables.typed.frames import Frame
from tests.tables.ask import outcome, save
from tests.tables.frame_kinds import FRAMES, Columns, as_csv, content

COLUMNS: Columns = {
    "x": [0.1, None, -1e308, 5e-324],
    "n": [2**53 + 1, -7, None, 2**63 - 1],
    "size": ["b", None, " a ", "NA"],
    "grade": ["1", "2.50", "", "-3e2"],
}


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_gives_the_table_that_its_csv_gives(kind: str, tmp_path: Path) -> None:
    frame = tables.read(FRAMES[kind](COLUMNS))
    from_csv = tables.read(as_csv(tmp_path, COLUMNS))
    assert frame.names == from_csv.names
    assert content(frame.typed().table) == content(from_csv.typed().table)
    assert content(frame.typed(["size", "x"]).table) == content(from_csv.typed(["size", "x"]).table)
    known = [Column("size", ("a", "b", "c")), Column("n")]
    assert content(frame.conforming(known)) == content(from_csv.conforming(known))


NUMBERS = st.none() | st.floats(allow_infinity=False, allow_nan=False) | st.integers(-(2**63), 2**63 - 1)
WORDS = (
    st.none() | st.sampled_from(["", "NA", "a", "b ", "1", "2.5", "nan", "1,5", "x"]) | st.text("ab1. é\n", max_size=4)
)


@given(st.lists(NUMBERS, min_size=1) | st.lists(WORDS, min_size=1), st.sampled_from(sorted(FRAMES)))
@example([2**53 + 1, None], "pandas")
@example(["1", "x"], "pandas")
@example([-0.0, None], "pyarrow")
def test_any_column_is_what_its_csv_is(tmp_path_factory: pytest.TempPathFactory, cells: list[Any], kind: str) -> None:
    if any(isinstance(cell, float) for cell in cells):  # one type in a column, as a frame has it
        cells = [None if cell is None else float(cell) for cell in cells]
    columns: Columns = {"x": cells, "row": list(range(len(cells)))}
    frame = FRAMES[kind](columns) if kind != "pandas, an index" else pd.DataFrame(columns)
    path = as_csv(tmp_path_factory.getbasetemp(), columns)
    expected = outcome(lambda: content(tables.read(path).typed().table))
    if isinstance(expected, str):
        expected = expected.replace(path, "the table")
    assert outcome(lambda: content(tables.read(frame).typed().table)) == expected


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (pd.DataFrame(), "it has no columns"),
        ({}, "it has no columns"),
        ({"x": [1, 2], "y": [1]}, "column 'y': 1 values where 'x' has 2"),
        ({"x": np.ones((2, 2))}, "column 'x': an array of 2 dimensions. Give each of its columns a name"),
        ({"x": 1.5}, "column 'x': a float is not a column. Give a list or an array"),
        ({"x": np.array(1.5)}, "column 'x': a ndarray is not a column"),
        ({"x": "abc"}, "column 'x': a str is not a column"),
        ({"x": {1, 2}}, "column 'x': a set is not a column"),
        ({"x": [1, 2], "": [1]}, "column '': 1 values where 'x' has 2"),
        (np.ones((2, 2)), "a ndarray is not a table. Give a path, a data frame"),
        ([{"x": 1}], "a list is not a table"),
        (None, "a NoneType is not a table"),
        (pl.DataFrame({"x": [1]}).lazy(), "a LazyFrame is not a table"),
        (pl.Series([1]), "a Series cannot be read as a table"),
    ],
)
def test_what_is_no_table_is_refused(source: Any, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        tables.read(source)
    assert str(caught.value).startswith("the table")
    with pytest.raises(DataError, match=sentence):
        tables.stream(source, [], chunk_rows=1)


def test_names_that_are_no_strings() -> None:
    assert tables.read(pd.DataFrame([[1, 2, 3]])).names == ("0", "1", "2")
    assert tables.read({" x\t": [1]}).names == ("x",)


@pytest.mark.parametrize(
    ("source", "header", "data"),
    [
        (pd.DataFrame([[1, 2, 3]], columns=["x", "x", "y"]), ("x", "x", "y"), ("y",)),
        (pd.DataFrame({1: [1], "1": [2], "y": [3]}), ("1", "1", "y"), ("y",)),
        (pa.table([[1], [2], [3]], names=["x", "y", "x"]), ("x", "y", "x"), ("y",)),
        ({"y": [1], "": [2]}, ("y", ""), ("y",)),
        ({"": [1], "y": [2]}, ("", "y"), ("y",)),
    ],
)
def test_a_column_without_a_name_of_its_own_is_no_data(
    source: Any, header: tuple[str, ...], data: tuple[str, ...]
) -> None:
    frame = tables.read(source)
    assert (frame.header, frame.data) == (header, data)
    assert frame.typed().table.names == data
    (chunk,) = tables.stream(source, [Column("y")], chunk_rows=9)
    assert (chunk.names, len(chunk.text)) == (header, len(header))
    for twice in {name for name in header if name and header.count(name) > 1}:
        with pytest.raises(DataError, match=f"the table: more than one column is called '{twice}'. Rename them"):
            frame.typed([twice])


def test_a_nameless_first_column_is_the_index() -> None:
    assert tables.read({"": [1], "y": [2]}).index == ("\0000",)
    assert tables.read({"y": [2], "": [1]}).index == ()


def test_numbers_in_a_column_of_known_categories_are_compared_as_text() -> None:
    column = Column("grade", ("1", "2"))
    assert tables.read({"grade": [2, 1]}).conforming([column]).values.tolist() == [[1], [0]]
    with pytest.raises(DataError, match="'true' is new; the model knows '1' and '2'"):
        tables.read({"grade": [True]}).conforming([column])


def test_the_records_of_a_part_keep_their_numbers() -> None:
    first, second = Frame.of({"x": ["1", "2", "oops"]}).parts(2)
    assert first.typed().table.values.tolist() == [[1], [2]]
    with pytest.raises(DataError, match="record 3, column 'x'"):
        second.conforming([Column("x")])


def test_paths_of_every_kind(tmp_path: Path) -> None:
    path = save(tmp_path, "x\n1\n")
    assert tables.read(Path(path)).source == tables.read(path).source == path
    assert len(list(tables.stream(Path(path), [Column("x")], chunk_rows=1))) == 1


@pytest.mark.parametrize(
    "frame",
    ["pl.DataFrame({'w': ['a', 'b'], 'x': [0.5, None]})", "{'w': pl.Series(['a', 'b']), 'x': np.array([0.5, 1])}"],
)
def test_pandas_is_not_imported_for_other_frames(frame: str) -> None:
    code = f"""if True:
        import sys
        import numpy as np
        import polars as pl
        from aevb_cli import tables
        assert "pyarrow" not in sys.modules
        raw = tables.read({frame})
        assert raw.typed().table.columns[0].categories == ("a", "b")
        tables.write("/dev/null", raw.names, [raw.text()])
        print("pandas" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"False\n"
