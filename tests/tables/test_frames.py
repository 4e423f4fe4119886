"""Data frames of every kind give the table that their CSV file gives, or the same error."""

import datetime
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
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
from aevb_cli.tables.frames import Frame
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
    ("cells", "values"),
    [
        (pd.Series([True, None], dtype="boolean"), [1, np.nan]),
        (np.array([True, False]), [1, 0]),
        ([False, True], [0, 1]),
        (np.array([2**64 - 1, 0], np.uint64), [2.0**64, 0]),
        ([2**70 + 1, None], [2.0**70, np.nan]),
        ([Decimal("0.1"), Decimal("12345678901234567.89")], [0.1, 12345678901234567.89]),
        ([Decimal("NaN"), Decimal(2)], [np.nan, 2]),
        ([1, 2.5], [1, 2.5]),
        ([Decimal("1.5"), 2.5], [1.5, 2.5]),
        ([Fraction(1, 4), 1], [0.25, 1]),
        (np.array([1.5, np.nan], ">f8"), [1.5, np.nan]),
        (np.array([0.1, np.nan], np.float32), [float(np.float32(0.1)), np.nan]),
        (np.array([0.5, np.nan], np.float16), [0.5, np.nan]),
        (np.array([0.5, np.nan], np.longdouble), [0.5, np.nan]),
        (np.ma.masked_array([1.0, 2.0], [False, True]), [1, np.nan]),
        (np.arange(4.0)[::3], [0, 3]),
        (pd.Series(pd.arrays.SparseArray([0.0, 1.5])), [0, 1.5]),
        (pd.Series([3, 1], dtype="category"), [3, 1]),
        (pd.Series([3, pd.NA], dtype=object), [3, np.nan]),
        (pa.array([1, None], pa.int8()), [1, np.nan]),
        (pa.array([None, 2.0]), [np.nan, 2]),
    ],
)
def test_numbers_of_every_type(cells: Any, values: list[float]) -> None:
    table = tables.read({"x": cells}).typed().table
    assert table.columns == (Column("x"),)
    np.testing.assert_array_equal(table.values[:, 0], values)


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series(["b", None, "a"], dtype="category"),
        pd.Series(["b", np.nan, "a"], dtype=object),
        pd.Series(["b", None, "a"], dtype="string"),
        pd.Series(pd.Categorical(["b", None, "a"], ["c", "b", "a"], ordered=True)),
        pl.Series(["b", None, "a"], dtype=pl.Categorical),
        pl.Series(["b", None, "a"], dtype=pl.Enum(["c", "b", "a"])),
        pa.array(["b", None, "a"]).dictionary_encode(),
        pa.array(["b", None, "a"], pa.large_string()),
        pa.array(["b", None, "a"], pa.string_view()),
        np.array(["b", "", "a"]),
        ("b", "NA", "a"),
    ],
)
def test_words_of_every_type_have_the_order_of_the_alphabet(cells: Any) -> None:
    frame = tables.read({"w": cells})
    assert frame.typed().table.columns == (Column("w", ("a", "b")),)
    np.testing.assert_array_equal(frame.typed().table.values[:, 0], [1, np.nan, 0])
    assert [cell or "NA" for cell in arrow_text(frame.text()[0])] == ["b", "NA", "a"]


def arrow_text(column: Any) -> list[str | None]:
    return [cell.as_py() for cell in column]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([datetime.date(2024, 1, 31)], r"it holds dates or times\. Turn them .*, or leave it out with features=\.\.\."),
        (np.array(["2024-01-31"], "M8[D]"), "it holds dates or times"),
        (pd.Series(pd.to_timedelta([1])), "it holds dates or times"),
        (pd.Series([pd.Timestamp(0)], dtype="category"), "it holds dates or times"),
        ([[1, 2]], r"it holds list<.*>, neither numbers nor words\. Leave it out with features=\.\.\."),
        ([{"a": 1}], "it holds struct"),
        ([b"a"], "it holds binary"),
        (pd.Series(pd.period_range("2024", periods=1)), "it holds extension"),
        ([1, "a"], r"its cells .* \(int, str\)\. Make them all numbers or all strings, or leave it out with"),
        (pd.Series([True, 2.5], dtype=object), r"\(bool, float\)"),
        (np.array([1j]), r"\(complex128\)"),
        (["\ud800"], r"\(str\)"),
        ([0.5, np.inf], r"record 2, .*'inf' is not a plain finite number like -1\.5"),
        ([10**400], "'inf' is not a plain finite number"),
        (["2024-01-31"], "'2024-01-31' is a date"),
        (["True", "False"], "could be numbers or categories"),
        (["1", "2", "oops"], "record 3, column 'bad': 'oops' is not a number"),
        ([f"name {n}" for n in range(200)], "200 different words in 200 cells"),
        ([None, None], "nothing stands in column 'bad'"),
    ],
)
def test_a_column_of_another_type_is_refused_where_it_is_used(cells: Any, sentence: str) -> None:
    frame = tables.read({"x": range(len(cells)), "bad": cells})
    assert len(frame.typed(["x"]).table) == len(cells)
    with pytest.raises(DataError, match=sentence) as caught:
        frame.typed()
    assert str(caught.value).startswith("the table")
    assert "column 'bad'" in str(caught.value)
    assert "\n" not in str(caught.value)


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
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "more than one column is called 'x'"),
        (pd.DataFrame({1: [1], "1": [2]}), "more than one column is called '1'"),
        (pa.table([[1], [2]], names=["x", "x"]), "more than one column is called 'x'"),
        ({"x": [1], "": [2]}, "column 2 of 2 has no name"),
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


def test_a_column_that_is_not_used_is_never_converted() -> None:
    class Untouchable(list[object]):
        def __iter__(self) -> Any:
            raise AssertionError

        def __getitem__(self, _: Any) -> Any:
            raise AssertionError

    frame = {"x": [1, 2], "other": Untouchable([1, 2])}
    assert tables.read(frame).typed(["x"]).table.names == ("x",)
    chunks = list(tables.stream(frame, [Column("x")], chunk_rows=1))
    assert [chunk.table.values.tolist() for chunk in chunks] == [[[1]], [[2]]]


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
